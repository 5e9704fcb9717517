"""Which units to send: the fastest suitable ones, over the borders of rooms, with the reasons."""

from meldkamer.response.proposal.answer import Filled, Going, Proposal, Reason, Short
from meldkamer.response.proposal.contender import Contender, Weights
from meldkamer.response.proposal.drawing import CUT_OFF, NO_PLACE, Stand, Trip
from meldkamer.response.proposal.propose import propose
from meldkamer.response.proposal.service import Advice, Present, Proposals
from meldkamer.response.proposal.standing import UNDER_WAY
from meldkamer.response.runcards.need import Accept, Need, Slot

__all__ = [
    "CUT_OFF",
    "NO_PLACE",
    "UNDER_WAY",
    "Accept",
    "Advice",
    "Contender",
    "Filled",
    "Going",
    "Need",
    "Present",
    "Proposal",
    "Proposals",
    "Reason",
    "Short",
    "Slot",
    "Stand",
    "Trip",
    "Weights",
    "propose",
]
