"""What a provider says is believed when all of it holds; and when it says nothing, that is known within seconds."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from meldkamer.access import Flows, NotProven, NotSafeToOpen, ProviderAway, RelyingParty, read_client_secret
from meldkamer.access import oidc as protocol
from meldkamer.access.oidc import Asked, Shown
from meldkamer.access.provider_settings import ProviderSettings, check_provider
from meldkamer.domain.clock import FakeClock
from meldkamer.settings import SettingsError, read_settings
from tests.oidc.liar import CLIENT, ISSUER, SECRET, SETTINGS, Liar, a_key

DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture
def liar(clock: FakeClock) -> Liar:
    return Liar(clock)


@pytest.fixture
def party(liar: Liar, clock: FakeClock) -> RelyingParty:
    return a_party(liar, clock)


def a_party(liar: Liar, clock: FakeClock, secret: str = SECRET, **other: Any) -> RelyingParty:
    return RelyingParty(msgspec.structs.replace(SETTINGS, **other), secret, clock, os.urandom, liar)


async def asked(party: RelyingParty, liar: Liar) -> Asked:
    url, flow = await party.begin()
    assert liar.visit(url) == flow.state
    return flow


async def test_the_question_holds_what_makes_its_answer_ours(party: RelyingParty) -> None:
    url, flow = await party.begin()
    question = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(f"{ISSUER}/go?") and flow.verifier not in url
    assert (question["response_type"], question["scope"], question["client_id"]) == ("code", "openid", CLIENT)
    assert question["redirect_uri"] == SETTINGS.redirect
    assert (question["state"], question["nonce"]) == (flow.state, flow.nonce)
    assert question["code_challenge_method"] == "S256" and len(question["code_challenge"]) == 43
    assert (question["prompt"], question["max_age"], question["acr_values"]) == ("login", "0", "two")
    again, other = await party.begin()
    assert again != url and not {other.state, other.nonce, other.verifier} & {flow.state, flow.nonce, flow.verifier}


async def test_a_token_that_holds_says_who_it_is(party: RelyingParty, liar: Liar) -> None:
    proof = await party.finish(await asked(party, liar), "the-code")
    assert (proof.subject, proof.strong) == ("8f3a", False)
    (exchange,) = [request for request in liar.asked if request.method == "POST"]
    form = parse_qs(exchange.content.decode())
    assert form["code"] == ["the-code"] and form["redirect_uri"] == [SETTINGS.redirect] and "client_secret" not in form
    given = base64.b64decode(exchange.headers["authorization"].removeprefix("Basic ")).decode()
    assert given == "meldkamer-rt:canary%3Asecret%2F7"


NOW = 1_767_225_600  # where the clock of the tests stands
LIES: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "x" * 43},
    "no nonce": {"nonce": None},
    "another issuer": {"iss": "https://login.example.evil"},
    "the issuer with a slash": {"iss": ISSUER + "/"},
    "another audience": {"aud": "another-room"},
    "also for others": {"aud": [CLIENT, "another-room"], "azp": CLIENT},
    "for nobody": {"aud": []},
    "another authorised party": {"azp": "another-room"},
    "expired": {"exp": NOW - 61},
    "without an end": {"exp": None},
    "issued later": {"iat": NOW + 61},
    "not valid yet": {"nbf": NOW + 61},
    "signed in long ago": {"auth_time": NOW - 3_600},
    "signed in nobody knows when": {"auth_time": None},
    "nobody": {"sub": ""},
    "a subject that breaks a line": {"sub": "a\nb"},
    "a subject without an end": {"sub": "a" * 256},
    "a subject that is none": {"sub": 7},
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_token_of_which_one_thing_does_not_hold_proves_nothing(
    party: RelyingParty, liar: Liar, lie: str
) -> None:
    flow = await asked(party, liar)
    assert (await party.finish(flow, "the-code")).subject == "8f3a"
    liar.claims = LIES[lie]
    with pytest.raises(NotProven) as refused:
        await party.finish(flow, "the-code")
    assert flow.nonce not in str(refused.value)


async def test_clocks_may_differ_a_little(party: RelyingParty, liar: Liar, clock: FakeClock) -> None:
    flow = await asked(party, liar)
    for little in ({"exp": NOW - 59}, {"iat": NOW + 59, "nbf": NOW + 59}, {"auth_time": NOW - 59}):
        liar.claims = little
        assert (await party.finish(flow, "the-code")).subject == "8f3a"
    exact = a_party(liar, clock, skew=0)
    with pytest.raises(NotProven, match="expiry"):
        liar.claims = {"exp": NOW - 1}
        await exact.finish(await asked(exact, liar), "the-code")


async def test_a_forged_signature_proves_nothing(party: RelyingParty, liar: Liar) -> None:
    flow = await asked(party, liar)
    good = liar.signed(liar.signer)
    head, body, signature = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))

    def part(what: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(what).encode()).rstrip(b"=").decode()

    other = part({**claims, "sub": "somebody-else"})
    public = json.dumps(liar.signer.as_dict(private=False))
    by_secret = jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])
    by_public = jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key(public), algorithms=["HS256"])
    forged = [
        f"{head}.{other}.{signature}",
        f"{head}.{body}.{'A' * len(signature)}",
        f"{head}.{body}.",
        f"{part({'alg': 'none'})}.{body}.",
        f"{part({'alg': 'none'})}.{other}.{signature}",
        by_secret,
        by_public,
        liar.signed(a_key("one")),  # anybody can name a key as they like
        liar.signed(a_key("two")),
        "",
        "a.b.c",
        "é.é.é",
        good + "A" * 20_000,
    ]
    for token in forged:
        liar.token = token or " "
        with pytest.raises(NotProven):
            await party.finish(flow, "the-code")
    liar.token = good
    assert (await party.finish(flow, "the-code")).subject == "8f3a"


async def test_a_new_key_counts_at_once_and_one_that_is_taken_back_no_more(party: RelyingParty, liar: Liar) -> None:
    flow = await asked(party, liar)
    old, new = liar.signer, a_key("two")
    liar.keys, liar.signer = [old, new], new
    assert (await party.finish(flow, "the-code")).subject == "8f3a"
    liar.keys, liar.signer = [new], old
    with pytest.raises(NotProven, match="none of the provider's keys"):
        await party.finish(flow, "the-code")
    # Keys of kinds that are not known here harm nobody.
    liar.answers["/keys"] = (200, json.dumps({"keys": [{"kty": "new"}, {}, new.as_dict(private=False)]}).encode())
    liar.signer = new
    assert (await party.finish(flow, "the-code")).subject == "8f3a"


async def test_a_second_factor_counts_only_when_the_settings_know_its_name(
    party: RelyingParty, liar: Liar, clock: FakeClock
) -> None:
    flow = await asked(party, liar)
    for claims, strong in (
        ({"acr": "two"}, True),
        ({"amr": ["pwd", "otp"]}, True),
        ({"acr": "one", "amr": ["pwd"]}, False),
        ({"acr": "otp", "amr": ["two"]}, False),
    ):
        liar.claims = claims
        assert (await party.finish(flow, "the-code")).strong is strong
    nothing = a_party(liar, clock, acr=(), amr=())
    liar.claims = {"acr": "two", "amr": ["otp"]}
    assert not (await nothing.finish(await asked(nothing, liar), "the-code")).strong


async def test_whoever_is_signed_in_there_counts_where_the_settings_say_so(liar: Liar, clock: FakeClock) -> None:
    party = a_party(liar, clock, fresh=False)
    url, flow = await party.begin()
    liar.visit(url)
    assert "prompt" not in url and "max_age" not in url
    liar.claims = {"auth_time": None}
    assert (await party.finish(flow, "the-code")).subject == "8f3a"


async def test_an_answer_of_another_provider_is_not_exchanged(party: RelyingParty, liar: Liar) -> None:
    flow = await asked(party, liar)
    assert (await party.finish(flow, "the-code", ISSUER)).subject == "8f3a"
    before = len(liar.asked)
    with pytest.raises(NotProven, match="another provider"):
        await party.finish(flow, "the-code", "https://login.example.evil")
    assert len(liar.asked) == before


async def test_a_provider_that_names_itself_in_answers_must(liar: Liar, clock: FakeClock) -> None:
    liar.metadata = {"authorization_response_iss_parameter_supported": True}
    party = a_party(liar, clock)
    with pytest.raises(NotProven, match="another provider"):
        await party.finish(await asked(party, liar), "the-code")


AWAY: dict[str, tuple[int, bytes] | Exception] = {
    "no line": httpx.ConnectError("no route"),
    "broken": (500, b"{}"),
    "not there": (404, b""),
    "elsewhere": (302, b""),
    "no JSON": (200, b"<html>"),
    "nothing in it": (200, b"{}"),
    "without an end": (200, b" " * 300_000),
    "not UTF-8": (200, b'{"issuer": "\xff"}'),
}


@pytest.mark.parametrize("how", AWAY)
@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token"])
async def test_a_provider_that_makes_no_sense_is_away(liar: Liar, clock: FakeClock, how: str, path: str) -> None:
    party = a_party(liar, clock)
    flow = await asked(party, liar)
    await clock.pump(protocol.KNOWN_SECONDS)
    liar.answers[path] = AWAY[how]
    with pytest.raises((ProviderAway, NotProven)) as said:
        await party.finish(flow, "the-code")
    refused = path == "/token" and how == "not there"
    assert isinstance(said.value, NotProven if refused else ProviderAway) and SECRET not in str(said.value)


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://login.example.evil"},
        {"token_endpoint": "http://login.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://user@login.example/go"},
    ],
)
async def test_addresses_at_which_others_read_along_are_not_used(
    liar: Liar, clock: FakeClock, metadata: dict[str, str]
) -> None:
    liar.metadata = metadata
    with pytest.raises(ProviderAway):
        await a_party(liar, clock).begin()


async def test_a_provider_that_does_not_answer_is_given_up_and_not_asked_by_each(
    liar: Liar, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = asyncio.Event()

    class Silent(Liar):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.asked.append(request)
            await never.wait()
            raise AssertionError

    silent = Silent(clock)
    monkeypatch.setattr(protocol, "SECONDS", 0.01)
    party = a_party(silent, clock)
    answers = await asyncio.gather(*(party.begin() for _ in range(30)), return_exceptions=True)
    assert all(isinstance(answer, ProviderAway) for answer in answers) and len(silent.asked) == 1
    await clock.pump(protocol.KNOWN_SECONDS)
    with pytest.raises(ProviderAway, match="does not answer"):
        await party.begin()
    assert len(silent.asked) == 2


async def test_a_provider_that_comes_back_is_found_again(liar: Liar, clock: FakeClock) -> None:
    party = a_party(liar, clock)
    liar.answers[DISCOVERY] = httpx.ConnectError("no route")
    with pytest.raises(ProviderAway):
        await party.begin()
    del liar.answers[DISCOVERY]
    await clock.pump(protocol.KNOWN_SECONDS)
    assert (await party.begin())[0].startswith(ISSUER)


async def test_the_secret_goes_to_the_exchange_alone_and_into_no_log(
    liar: Liar, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    liar.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    party = a_party(liar, clock)
    flow = await asked(party, liar)
    await party.finish(flow, "the-code")
    liar.answers["/token"] = (400, json.dumps({"error": "invalid_grant", "error_description": SECRET}).encode())
    with pytest.raises(NotProven, match="invalid_grant") as refused:
        await party.finish(flow, "the-code")
    holds = {r.url.path for r in liar.asked if b"canary" in r.content or "canary" in str(r.headers) + str(r.url)}
    assert holds == {"/token"}
    said = caplog.text + str(refused.value) + repr(party.settings) + repr(flow)
    for secret in (SECRET, flow.verifier, flow.nonce, flow.state):
        assert secret not in said


# --- what is on its way ----------------------------------------------------------------------------------------------


def test_what_is_on_its_way_can_be_neither_read_nor_made_elsewhere(clock: FakeClock) -> None:
    flows, now = Flows(os.urandom), clock.now()
    flow = Asked(state="s", nonce="canary-n", verifier="canary-v", at=now)
    sealed = flows.seal(flow)
    assert flows.open(sealed, now) == flow and "canary" not in sealed
    assert b"canary" not in base64.urlsafe_b64decode(sealed + "==")
    turned = sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]
    for wrong in ("", "x", turned, sealed[:20], sealed + "AAAA", "é", Flows(os.urandom).seal(flow)):
        assert flows.open(wrong, now) is None


def test_what_is_on_its_way_ends(clock: FakeClock) -> None:
    flows, now = Flows(os.urandom), clock.now()
    asked = flows.seal(Asked(state="s", nonce="n", verifier="v", at=now))
    shown = flows.seal(Shown(account="anna", subject="8f3a", at=now))
    assert flows.open(asked, now + protocol.FLOW_MILLIS - 1) and flows.open(shown, now + protocol.CODE_MILLIS - 1)
    assert flows.open(asked, now + protocol.FLOW_MILLIS) is None
    assert flows.open(shown, now + protocol.CODE_MILLIS) is None
    assert flows.open(asked, now - 1) is None


# --- settings --------------------------------------------------------------------------------------------------------

HOSTS = ("room", "127.0.0.1")


@pytest.mark.parametrize(
    "redirect",
    [
        "https://evil.example/w/provider",
        "https://room.evil.example/w/provider",
        "https://room@evil.example/w/provider",
        "https://room/w/provider/../..",
        "https://room/w/provider?to=https://evil.example",
        "https://room/w/provider#x",
        "https://room/",
        "http://room/w/provider",
        "//room/w/provider",
        "/w/provider",
        "https://room:port/w/provider",
        "https://[room/w/provider",
    ],
)
def test_people_come_back_to_this_room_alone(redirect: str) -> None:
    check_provider(SETTINGS, HOSTS)
    check_provider(msgspec.structs.replace(SETTINGS, redirect="http://127.0.0.1:8112/w/provider"), HOSTS)
    with pytest.raises(ValueError, match="redirect"):
        check_provider(msgspec.structs.replace(SETTINGS, redirect=redirect), HOSTS)


@pytest.mark.parametrize("issuer", ["http://login.example", "login.example", "https://login.example?x=1", "ftp://x"])
def test_an_issuer_that_others_could_speak_for_is_refused(issuer: str) -> None:
    with pytest.raises(ValueError, match="issuer"):
        check_provider(msgspec.structs.replace(SETTINGS, issuer=issuer), HOSTS)


def test_the_configuration_is_read_beside_its_file(tmp_path: Path) -> None:
    file = tmp_path / "room.toml"
    head = 'data = "d"\nrooms = ["RT"]\nhosts = ["room"]\n[sign_in.provider]\nname = "Politie"\n'
    good = 'issuer = "https://login.example"\nclient = "rt"\nsecret = "p.secret"\nca = "ca.pem"\n'
    file.write_text(f'{head}{good}redirect = "https://room/w/provider"\namr = ["otp"]\n')
    found = read_settings(file).sign_in.provider
    assert found == ProviderSettings(
        name="Politie",
        issuer="https://login.example",
        client="rt",
        secret=str(tmp_path / "p.secret"),
        ca=str(tmp_path / "ca.pem"),
        redirect="https://room/w/provider",
        amr=("otp",),
    )
    for wrong, named in (
        ('redirect = "https://evil/w/provider"\n', "redirect"),
        ("", "redirect"),
        ("rol = 1\n", "rol"),
    ):
        file.write_text(head + good + wrong)
        with pytest.raises(SettingsError, match=named):
            read_settings(file)


def test_the_secret_is_in_a_file_of_its_owner(tmp_path: Path, clock: FakeClock) -> None:
    file = tmp_path / "p.secret"
    file.write_text("  een geheim\n")
    file.chmod(0o600)
    assert read_client_secret(file) == "een geheim"
    file.chmod(0o640)
    with pytest.raises(NotSafeToOpen, match="others may read it"):
        read_client_secret(file)
    file.chmod(0o600)
    file.write_text("\n")
    for path in (file, tmp_path / "none"):
        with pytest.raises(NotSafeToOpen):
            read_client_secret(path)
    with pytest.raises(NotSafeToOpen):
        RelyingParty(msgspec.structs.replace(SETTINGS, ca=str(file)), "", clock, os.urandom)


# --- leaving ----------------------------------------------------------------------------------------------------------


async def test_who_left_here_can_leave_there_and_comes_back_to_the_first_page(party: RelyingParty, liar: Liar) -> None:
    liar.metadata = {"end_session_endpoint": f"{ISSUER}/end?realm=x"}
    url = await party.leave()
    assert url.startswith(f"{ISSUER}/end?realm=x&")
    question = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
    assert question == {"realm": "x", "client_id": CLIENT, "post_logout_redirect_uri": "https://room/"}
    assert SECRET not in liar.everything


async def test_a_provider_without_such_a_place_says_nothing_and_one_with_an_open_line_is_away(
    liar: Liar, clock: FakeClock
) -> None:
    assert await a_party(liar, clock).leave() == ""
    for place in ("http://login.example/end", "javascript:alert(1)", "https://user@login.example/end"):
        liar.metadata = {"end_session_endpoint": place}
        with pytest.raises(ProviderAway):
            await a_party(liar, clock).leave()
