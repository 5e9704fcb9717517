"""Rooms as one: carrying out commands, the shared picture, and who serves which function."""

from meldkamer.network.exercises import Exercises, HeldExercise
from meldkamer.network.follower import Follower
from meldkamer.network.handler import Handler
from meldkamer.network.in_doubt import lost_by, maybe_used_by
from meldkamer.network.island import Island
from meldkamer.network.leases import MARGIN_SECONDS, RENEW_SECONDS, TTL_SECONDS, LeaseKeeper, LeaseWatch
from meldkamer.network.outcome import Done, NotOwner
from meldkamer.network.ownership import Ownership
from meldkamer.network.past import Past, PastKeeper, Start
from meldkamer.network.picture import Change, Picture, kind_and_ref, subject_of
from meldkamer.network.reading import Reading, read_folded, read_whole
from meldkamer.network.statement import Statement, short_digest
from meldkamer.network.succession import Capacity, Successor, spread

__all__ = [
    "MARGIN_SECONDS",
    "RENEW_SECONDS",
    "TTL_SECONDS",
    "Capacity",
    "Change",
    "Done",
    "Exercises",
    "Follower",
    "Handler",
    "HeldExercise",
    "Island",
    "LeaseKeeper",
    "LeaseWatch",
    "NotOwner",
    "Ownership",
    "Past",
    "PastKeeper",
    "Picture",
    "Reading",
    "Start",
    "Statement",
    "Successor",
    "kind_and_ref",
    "lost_by",
    "maybe_used_by",
    "read_folded",
    "read_whole",
    "short_digest",
    "spread",
    "subject_of",
]
