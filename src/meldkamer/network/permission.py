"""When a function may be taken: established from the picture before the rules are asked."""

from __future__ import annotations

from collections.abc import Callable

from meldkamer.domain.basics import Refused
from meldkamer.domain.function import TakeFunction
from meldkamer.network.picture import Picture


def check_take(command: TakeFunction, room: str, picture: Picture, lapsed: Callable[[str], bool]) -> None:
    """Raises Refused unless this room may take the function for itself on this ground."""
    f = picture.function(command.function)
    if command.to != room:
        raise Refused("function.only_for_own_room", function=command.function, room=command.to)
    match command.ground:
        case "declared" if picture.desk(f.owner).state != "down":
            raise Refused("function.owner_not_down", function=command.function, owner=f.owner)
        case "lapsed" if picture.desk(f.owner).state != "silent" and not lapsed(f.owner):
            raise Refused("function.owner_alive", function=command.function, owner=f.owner)
        case "agreed":
            raise Refused("function.other_side_must_agree", function=command.function)
