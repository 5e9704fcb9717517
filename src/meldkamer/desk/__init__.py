"""What people and machines reach a room through: HTTP, WebSocket and the operators' pages."""

from meldkamer.desk.app import DeskApp, create_app
from meldkamer.desk.services import PictureWorld, Services

__all__ = ["DeskApp", "PictureWorld", "Services", "create_app"]
