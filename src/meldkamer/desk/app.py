"""The application of a process: all operations, the live channel and the pages, behind the guard."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from meldkamer.access import Session
from meldkamer.desk.account_api import add_account_of_ones_own
from meldkamer.desk.accounts_api import add_accounts
from meldkamer.desk.admin_api import add_admin
from meldkamer.desk.admin_confirm_api import add_confirm
from meldkamer.desk.admin_factor_api import add_admin_factor
from meldkamer.desk.admin_glass_api import add_glass
from meldkamer.desk.admin_pack_api import add_pack_admin
from meldkamer.desk.attention_api import add_attention
from meldkamer.desk.chat_api import add_chat
from meldkamer.desk.commands_api import add_commands
from meldkamer.desk.contract import Api
from meldkamer.desk.doors_api import add_doors
from meldkamer.desk.drawing_api import add_drawing
from meldkamer.desk.earlier_api import add_earlier
from meldkamer.desk.feed_api import add_feed
from meldkamer.desk.health_api import add_health
from meldkamer.desk.history_api import add_history, noted_with
from meldkamer.desk.history_live import PATH as PAST
from meldkamer.desk.history_live import PastLive
from meldkamer.desk.live import Admit, Admitted, Live
from meldkamer.desk.lookup_api import add_lookup
from meldkamer.desk.lost_api import PATH as LOST
from meldkamer.desk.lost_api import LostEndpoint
from meldkamer.desk.metrics_api import metrics_route
from meldkamer.desk.ng112_api import add_ng112
from meldkamer.desk.pages import Pages
from meldkamer.desk.paper_api import PaperPages
from meldkamer.desk.passkey_api import add_key_sign_in, add_passkeys
from meldkamer.desk.positions_live import PATH as POSITIONS
from meldkamer.desk.positions_live import PositionsLive
from meldkamer.desk.proposal_api import add_proposals
from meldkamer.desk.provider_api import add_provider
from meldkamer.desk.reach_api import add_reach
from meldkamer.desk.reading_api import add_reading
from meldkamer.desk.report_files import ReportFiles
from meldkamer.desk.reports_api import add_reports
from meldkamer.desk.security import Guard, identify_with
from meldkamer.desk.services import Services
from meldkamer.desk.session_api import add_session
from meldkamer.desk.steering_acts_api import add_steering_acts
from meldkamer.desk.steering_api import add_steering
from meldkamer.desk.tiles_api import TileRoutes, add_tiles
from meldkamer.desk.wallboard_api import add_wallboard
from meldkamer.desk.warnings_api import add_warnings
from meldkamer.desk.workplaces_api import add_workplaces

LIVE = "/api/live"


class DeskApp:
    """The ASGI application. api: its operations, for tests and for `openapi`."""

    def __init__(self, api: Api, inner: ASGIApp) -> None:
        self.api, self._inner = api, inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        await self._inner(scope, receive, send)


def create_app(services: Services) -> DeskApp:
    """The application. It starts nothing by itself: `room` runs the hub, the follower and all else."""
    identify = identify_with(services.gate, services.cookie)
    api = create_api(services, identify)
    live = Live(services.hub, _admit(services, identify), services.clock)
    lost = LostEndpoint(services.lost, identify)
    past = PastLive(services.history, _admit(services, identify), noted_with(services, identify))
    pages = [
        metrics_route(services, identify),
        *PaperPages(services, identify).routes(),
        *ReportFiles(services, identify).routes(),
        *TileRoutes(services, identify).routes(),
        *Pages(services.static, services.site.exercise).routes(),
    ]
    positions = PositionsLive(services, identify)
    inner = _Split(live, past, positions, lost, api.app(pages))
    return DeskApp(api, Guard(inner, services.site))


def create_api(services: Services, identify: Callable[[HTTPConnection], Session | None]) -> Api:
    """All operations."""
    api = Api("Meldkamer", services.version, identify=identify, clock=services.clock, cookie=services.cookie.name)
    for add in (
        add_session,
        add_commands,
        add_reading,
        add_earlier,
        add_lookup,
        add_tiles,
        add_proposals,
        add_reach,
        add_doors,
        add_feed,
        add_account_of_ones_own,
        add_key_sign_in,
        add_passkeys,
        add_provider,
        add_accounts,
        add_admin,
        add_confirm,
        add_admin_factor,
        add_glass,
        add_pack_admin,
        add_health,
        add_history,
        add_wallboard,
        add_chat,
        add_attention,
        add_drawing,
        add_warnings,
        add_ng112,
        add_steering,
        add_steering_acts,
        add_reports,
        add_workplaces,
    ):
        add(api, services)
    return api


class _Split:
    """The live channels and LoST go straight to their endpoints: no layer between a frame and the socket, and none that
    knows only JSON before a standard that has its own form."""

    def __init__(self, live: Live, past: PastLive, positions: PositionsLive, lost: LostEndpoint, rest: ASGIApp) -> None:
        self._live, self._past, self._positions = live, past, positions
        self._lost, self._rest = lost, rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == LIVE:
            await self._live(scope, receive, send)
        elif scope["type"] == "websocket" and scope["path"] == PAST:
            await self._past(scope, receive, send)
        elif scope["type"] == "websocket" and scope["path"] == POSITIONS:
            await self._positions(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == LOST:
            await self._lost(scope, receive, send)
        else:
            await self._rest(scope, receive, send)


def _admit(services: Services, identify: Callable[[HTTPConnection], Session | None]) -> Admit:
    async def admit(scope: Scope) -> Admitted | None:
        connection = HTTPConnection(scope)
        session = identify(connection)
        if session is None or "read" not in session.rights:
            return None

        def still() -> bool:
            # Also tells the session that its screens are open, so that a desk is never idle.
            now = identify(connection)
            return now is not None and "read" in now.rights

        return Admitted(
            session.person, session.room, services.seat(session), session.exercise, frozenset(session.regions), still
        )

    return admit
