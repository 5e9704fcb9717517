"""LoST (RFC 5222): from a location and a service to who answers there."""

from meldkamer.geo.lost.answer import MEDIA
from meldkamer.geo.lost.request import LIMITS
from meldkamer.geo.lost.server import LostServer, LostSettings

__all__ = ["LIMITS", "MEDIA", "LostServer", "LostSettings"]
