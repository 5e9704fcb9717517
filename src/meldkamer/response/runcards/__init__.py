"""Run cards: what an incident of a kind needs, as files that a region changes with four eyes."""

from meldkamer.response.runcards.approval import approve
from meldkamer.response.runcards.choose import Chosen, Circumstances, choose
from meldkamer.response.runcards.errors import RunCardError
from meldkamer.response.runcards.load import FOLDER, cards_of, load_cards
from meldkamer.response.runcards.model import CardBook
from meldkamer.response.runcards.need import Accept, Need, Slot

__all__ = [
    "FOLDER",
    "Accept",
    "CardBook",
    "Chosen",
    "Circumstances",
    "Need",
    "RunCardError",
    "Slot",
    "approve",
    "cards_of",
    "choose",
    "load_cards",
]
