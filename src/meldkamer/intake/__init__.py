"""Intake: from a contact over any channel to a person who answers it."""

from meldkamer.intake.channel_event import ChannelEvent, ChannelLocation
from meldkamer.intake.distribution import RING_SECONDS, FreeSeat, Offer, WaitingCall, choose, overload
from meldkamer.intake.distributor import Distributor
from meldkamer.intake.door import Accepted, Door, Locate, Step, ToRd, call_id
from meldkamer.intake.duplicates import Duplicate, Duplicates, Report
from meldkamer.intake.follow_up import FollowUp, do_as

__all__ = [
    "RING_SECONDS",
    "Accepted",
    "ChannelEvent",
    "ChannelLocation",
    "Distributor",
    "Door",
    "Duplicate",
    "Duplicates",
    "FollowUp",
    "FreeSeat",
    "Locate",
    "Offer",
    "Report",
    "Step",
    "ToRd",
    "WaitingCall",
    "call_id",
    "choose",
    "do_as",
    "overload",
]
