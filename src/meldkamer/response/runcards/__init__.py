"""Run cards: what an incident of a kind needs, as files that a region changes with four eyes."""

from meldkamer.response.runcards.choose import Chosen, Circumstances, choose
from meldkamer.response.runcards.load import FOLDER, RunCardError, approve, load_cards
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
    "choose",
    "load_cards",
]
