"""Signing in and out, and taking a seat. Who sits where is a fact in the record; the session only remembers it."""

from __future__ import annotations

import logging
from typing import Annotated

import msgspec

from meldkamer.access import PUBLIC, SESSION, Session, SessionView, need
from meldkamer.desk.contract import Api, Request
from meldkamer.desk.refusals import in_words
from meldkamer.desk.seating import AnySeat, come_in, take, told
from meldkamer.desk.services import Services
from meldkamer.domain import desk
from meldkamer.domain.basics import Refused
from meldkamer.network import Done
from meldkamer.record import RecordError

SeatName = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z._-]+$(?!\n)")]

log = logging.getLogger(__name__)


class SignInBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Account and password; `seat` is taken at once when it is given and free. new_password: takes the place of the
    old one, and must when that was given by somebody else. code: of the second factor, or a recovery code."""

    account: Annotated[str, msgspec.Meta(max_length=200)]
    password: Annotated[str, msgspec.Meta(max_length=1_000)]
    seat: AnySeat = ""
    new_password: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    code: Annotated[str, msgspec.Meta(max_length=40)] = ""

    def __repr__(self) -> str:
        return f"SignInBody(account={self.account!r}, seat={self.seat!r})"


class SeatBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The seat to take."""

    seat: SeatName


def add_session(api: Api, services: Services) -> None:
    """Register the operations."""
    gate, cookie = services.gate, services.cookie

    async def leave(session: Session) -> Done | None:
        seat = services.seat(session)
        if not seat:
            return None
        command = desk.SignOut(room=session.room, seat=seat)
        return await services.handler(session).do(
            command, command_id=services.ids.new(), context=services.context(session)
        )

    @api.op("POST", "/api/sign-in", needs=PUBLIC, problems=("wrong_credentials", "slow_down", "store_full", "refused"))
    async def sign_in(request: Request, body: SignInBody) -> SessionView:
        """Sign in with a password and a code where one is asked; the answer sets the session cookie."""
        previous = cookie.read(request.connection)
        secret, session = await gate.sign_in(
            body.account, body.password, "", request.address, previous, body.new_password, body.code
        )
        request.headers.append(cookie.give(secret))
        return told(services, await come_in(services, secret, session, body.seat))

    @api.op("GET", "/api/session", needs=SESSION)
    async def session_now(request: Request) -> SessionView:
        """Who is signed in here, and what they may."""
        return told(services, request.session)

    @api.op("POST", "/api/sign-out", needs=SESSION)
    async def sign_out(request: Request) -> None:
        """Leave the seat and end the session."""
        try:
            if request.session.room in services.handlers:
                await leave(request.session)
        except (Refused, RecordError) as error:
            log.warning("%s signed out, the seat is not noted as free: %s", request.session.id, error)
        if secret := cookie.read(request.connection):
            await gate.sign_out(secret)
        request.headers.append(cookie.take())

    @api.op(
        "POST",
        "/api/seat",
        needs=need("operate"),
        problems=("refused", "conflict", "unknown", "store_full", "not_owner"),
    )
    async def take_seat(request: Request, body: SeatBody) -> SessionView:
        """Take a seat; the one taken before becomes free."""
        session = request.session
        try:
            if services.seat(session) not in ("", body.seat):
                await leave(session)
            await take(services, session, body.seat)
        except (Refused, RecordError) as error:
            raise in_words(error, services.words, session) or error from error
        if secret := cookie.read(request.connection):
            session = await gate.sessions.take_seat(secret, body.seat) or session
        return told(services, session)

    @api.op("POST", "/api/seat/leave", needs=SESSION, problems=("conflict", "unknown", "store_full"))
    async def leave_seat(request: Request) -> SessionView:
        """Leave the seat."""
        session = request.session
        await leave(session)
        if secret := cookie.read(request.connection):
            session = await gate.sessions.take_seat(secret, "") or session
        return told(services, session)
