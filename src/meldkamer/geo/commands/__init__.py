"""`meldkamer geo …`: bring the user's own geography, see which is in force, search it."""

from meldkamer.geo.commands.ask import open_geography
from meldkamer.geo.commands.parser import add_parser

__all__ = ["add_parser", "open_geography"]
