"""Positions as vehicle modems send them: short lines in datagrams, each identified and authorised."""

from meldkamer.response.wire.refusals import Why
from meldkamer.response.wire.senders import SendersError
from meldkamer.response.wire.udp import UdpPositions

__all__ = ["SendersError", "UdpPositions", "Why"]
