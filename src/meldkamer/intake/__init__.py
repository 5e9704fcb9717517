"""Intake: from a contact over any channel to a person who answers it."""

from meldkamer.intake.channel_event import ChannelEvent, ChannelLocation
from meldkamer.intake.distribution import FreeSeat, Home, Offer, Rule, WaitingCall, choose, onward, overflow_changes
from meldkamer.intake.distributor import Distributor
from meldkamer.intake.door import Accepted, Door, Locate, Step, ToRd, call_id
from meldkamer.intake.duplicates import Duplicate, Duplicates, Report
from meldkamer.intake.earlier import EARLIER_FILES, Earlier, EarlierCalls, Looked, place_of
from meldkamer.intake.earlier import Tally as EarlierTally
from meldkamer.intake.follow_up import FollowUp, do_as
from meldkamer.intake.ng112 import (
    DequeueRegistration,
    Queue,
    RoomNow,
    Service,
    kind_of,
    queue_state,
    registrations,
    service_state,
)
from meldkamer.intake.rooms_now import RoomsNow, room_now

__all__ = [
    "EARLIER_FILES",
    "Accepted",
    "ChannelEvent",
    "ChannelLocation",
    "DequeueRegistration",
    "Distributor",
    "Door",
    "Duplicate",
    "Duplicates",
    "Earlier",
    "EarlierCalls",
    "EarlierTally",
    "FollowUp",
    "FreeSeat",
    "Home",
    "Locate",
    "Looked",
    "Offer",
    "Queue",
    "Report",
    "RoomNow",
    "RoomsNow",
    "Rule",
    "Service",
    "Step",
    "ToRd",
    "WaitingCall",
    "call_id",
    "choose",
    "do_as",
    "kind_of",
    "onward",
    "overflow_changes",
    "place_of",
    "queue_state",
    "registrations",
    "room_now",
    "service_state",
]
