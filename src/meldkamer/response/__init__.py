"""Response: which unit goes, that its crew knows it, and what they answer."""

from meldkamer.response.agreements import Agreements, covering
from meldkamer.response.channel import AlertChannel, ChannelError, RealChannel
from meldkamer.response.clash import Clash
from meldkamer.response.delivery import RECEIPT_SECONDS, ROUND_PAUSES, SEND_SECONDS
from meldkamer.response.field import FieldChannel, OlderEpoch, Order, Orders
from meldkamer.response.fleet import Append, Registered, Registration, record_append, register_fleet
from meldkamer.response.fleet_file import FleetFileError, first_status, from_pack, read_fleet
from meldkamer.response.nearest import Candidate, Nearest, NearestUnits
from meldkamer.response.order_text import order_text
from meldkamer.response.outbox import Outbox
from meldkamer.response.packing import PackFaults, PackKeeper, export_pack, packed, plain
from meldkamer.response.position_history import PositionHistory, Sample
from meldkamer.response.positions import JUMPED, MIN_MILLIS, Heard, Position, PositionReport, Positions, Verdict
from meldkamer.response.proposal import CUT_OFF, NO_PLACE, UNDER_WAY, Advice, Proposals, Stand, Trip
from meldkamer.response.receipts import Receipts
from meldkamer.response.runcards import CardBook, cards_of
from meldkamer.response.wire import SendersError, UdpPositions
from meldkamer.response.wire import Why as WhyRefused

__all__ = [
    "CUT_OFF",
    "JUMPED",
    "MIN_MILLIS",
    "NO_PLACE",
    "RECEIPT_SECONDS",
    "ROUND_PAUSES",
    "SEND_SECONDS",
    "UNDER_WAY",
    "Advice",
    "Agreements",
    "AlertChannel",
    "Append",
    "Candidate",
    "CardBook",
    "ChannelError",
    "Clash",
    "FieldChannel",
    "FleetFileError",
    "Heard",
    "Nearest",
    "NearestUnits",
    "OlderEpoch",
    "Order",
    "Orders",
    "Outbox",
    "PackFaults",
    "PackKeeper",
    "Position",
    "PositionHistory",
    "PositionReport",
    "Positions",
    "Proposals",
    "RealChannel",
    "Receipts",
    "Registered",
    "Registration",
    "Sample",
    "SendersError",
    "Stand",
    "Trip",
    "UdpPositions",
    "Verdict",
    "WhyRefused",
    "cards_of",
    "covering",
    "export_pack",
    "first_status",
    "from_pack",
    "order_text",
    "packed",
    "plain",
    "read_fleet",
    "record_append",
    "register_fleet",
]
