"""Rooms as one: carrying out commands, the shared picture, and who serves which function."""

from meldkamer.network.follower import Follower
from meldkamer.network.handler import Handler
from meldkamer.network.leases import RENEW_SECONDS, TTL_SECONDS, LeaseKeeper, LeaseWatch
from meldkamer.network.outcome import Done, NotOwner
from meldkamer.network.ownership import Ownership
from meldkamer.network.picture import Change, Picture, kind_and_ref, subject_of
from meldkamer.network.reading import Reading, read_whole
from meldkamer.network.succession import Successor, successor

__all__ = [
    "RENEW_SECONDS",
    "TTL_SECONDS",
    "Change",
    "Done",
    "Follower",
    "Handler",
    "LeaseKeeper",
    "LeaseWatch",
    "NotOwner",
    "Ownership",
    "Picture",
    "Reading",
    "Successor",
    "kind_and_ref",
    "read_whole",
    "subject_of",
    "successor",
]
