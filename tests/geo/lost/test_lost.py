"""LoST: a corpus of requests with the answers to each, as files; and what no file can say.

`MELDKAMER_GOLDEN=write` writes the answers anew; read them before you commit them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meldkamer.domain.clock import FakeClock
from meldkamer.geo import Geography, LostServer, LostSettings, RdTransform, XmlRefused, read_xml
from meldkamer.geo.borders import Point
from meldkamer.geo.lost.alike import MOST_TEXTS, RequestReader
from meldkamer.geo.lost.faults import LostFault
from meldkamer.geo.lost.request import FindService, LostRequest, read_request
from meldkamer.pack import Pack
from tests.geo.geodata import GOLDEN

FOLDER = GOLDEN / "lost"
REQUESTS = sorted(path.name.removesuffix(".request.xml") for path in FOLDER.glob("*.request.xml"))
RD = RdTransform()
LOST = "urn:ietf:params:xml:ns:lost1"


@pytest.fixture(scope="module")
def server(country: Geography, pack: Pack) -> LostServer:
    return LostServer(country, pack, LostSettings(), lambda function: None, FakeClock())


def without_key(answer: bytes) -> str:
    """The key of a boundary follows from the release, and that from when the test's files were zipped."""
    return re.sub(r'key="([A-Z]+)-[0-9a-f]{16}"', r'key="\1-KEY"', answer.decode("utf-8"))


@pytest.mark.parametrize("name", REQUESTS)
def test_the_corpus(server: LostServer, name: str) -> None:
    answer = without_key(server.answer((FOLDER / f"{name}.request.xml").read_bytes()))
    path = FOLDER / f"{name}.answer.xml"
    if os.environ.get("MELDKAMER_GOLDEN") == "write":
        path.write_text(answer.replace("><", ">\n<") + "\n", encoding="utf-8")
    assert answer.replace("><", ">\n<") + "\n" == path.read_text(encoding="utf-8")
    root = read_xml(answer.encode("utf-8"))
    assert root.namespace == LOST


def find(point: tuple[float, float], service: str = "urn:service:sos.police", more: str = "") -> bytes:
    lat, lon = RD.to_wgs84(*point)
    return (
        f'<findService xmlns="{LOST}" xmlns:gml="http://www.opengis.net/gml" {more}><location id="a" '
        f'profile="geodetic-2d"><gml:Point><gml:pos>{lat:.8f} {lon:.8f}</gml:pos></gml:Point></location>'
        f"<service>{service}</service></findService>"
    ).encode()


def said(answer: bytes, name: str) -> list[str]:
    return [element.text for element in read_xml(answer).walk() if element.name == name]


def test_the_answer_is_what_the_intake_decides_by(server: LostServer, country: Geography, pack: Pack) -> None:
    for x in range(101_500, 250_000, 7_000):
        for y in range(401_500, 550_000, 7_000):
            region = country.where.at(*RD.to_wgs84(x, y)).region
            assert said(server.answer(find((x, y))), "uri") == [f"sip:{region}.P.intake@meldkamer.invalid"]


def test_the_edge_is_exact(server: LostServer) -> None:
    """On both sides of the border between two regions' squares, a centimetre away."""
    west = said(server.answer(find((189_999.99, 475_000))), "uri")
    east = said(server.answer(find((190_000.01, 475_000))), "uri")
    assert west == ["sip:AD.P.intake@meldkamer.invalid"] and east == ["sip:MD.P.intake@meldkamer.invalid"]


def test_a_boundary_by_reference_is_the_one_by_value(server: LostServer) -> None:
    reference = next(e for e in read_xml(server.answer(find((175_000, 475_000)))).walk()
                     if e.name == "serviceBoundaryReference")  # fmt: skip
    key = reference.attributes["key"]
    fetched = server.answer(f'<getServiceBoundary xmlns="{LOST}" key="{key}"/>'.encode())
    value = server.answer(find((175_000, 475_000), more='serviceBoundary="value"'))
    assert said(fetched, "posList") == said(value, "posList") != []
    numbers = [float(text) for text in said(value, "posList")[0].split()]
    ring = [RD.to_rd(*pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]
    corners = {(round(x, 1), round(y, 1)) for x, y in ring}
    assert {(160_000, 460_000), (190_000, 460_000), (190_000, 490_000), (160_000, 490_000)} <= corners
    for (lat1, lon1), (lat2, lon2) in pairwise(zip(numbers[::2], numbers[1::2], strict=True)):
        x, y = RD.to_rd((lat1 + lat2) / 2, (lon1 + lon2) / 2)  # between two corners, straight in degrees
        assert min(abs(x - 160_000), abs(x - 190_000), abs(y - 460_000), abs(y - 490_000)) < 0.1


def test_addresses_follow_who_serves_now(country: Geography, pack: Pack) -> None:
    clock = FakeClock()
    owners = {"AD.P.intake": "NH"}
    settings_ = LostSettings(source="lost.example", uri="sip:{function}@{room}.example;region={region}")
    server = LostServer(country, pack, settings_, owners.get, clock)
    answer = server.answer(find((175_000, 475_000)))
    assert said(answer, "uri") == ["sip:AD.P.intake@NH.example;region=AD"]
    mapping = next(element for element in read_xml(answer).walk() if element.name == "mapping")
    assert mapping.attributes["expires"] == "2026-01-01T00:01:00Z"  # a minute
    owners["AD.P.intake"] = "AD"
    assert said(server.answer(find((175_000, 475_000))), "uri") == ["sip:AD.P.intake@AD.example;region=AD"]


def test_on_a_fresh_clone_it_answers_without_boundaries(pack: Pack, rd: RdTransform) -> None:
    clock = FakeClock()
    server = LostServer(Geography(pack, rd, None, clock), pack, LostSettings(), lambda function: None, clock)
    answer = server.answer(find(rd.to_rd(52.09, 5.12), more='serviceBoundary="value"'))
    assert said(answer, "uri") == ["sip:MD.P.intake@meldkamer.invalid"]
    names = [element.name for element in read_xml(answer).walk()]
    assert "serviceBoundary" not in names and "serviceBoundaryReference" not in names
    civic = (
        f'<findService xmlns="{LOST}" validateLocation="true"><location id="a" profile="civic"><civicAddress '
        'xmlns="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"><country>NL</country><A3>Utrecht</A3>'
        "<RD>Onbekende Weg</RD></civicAddress></location><service>urn:service:sos</service></findService>"
    ).encode()
    answer = server.answer(civic)
    assert said(answer, "valid") == ["ca:country ca:A3"] and said(answer, "unchecked") == ["ca:RD"]


@pytest.mark.parametrize(
    ("source", "uri"),
    [
        ("lost", "sip:x@y"),
        ("lost.exa mple", "sip:x@y"),
        ("lost.example", "sip:{person}@y"),
        ("lost.example", "{function}"),
        ("lost.example", "sip:a b@y"),
        ("lost.example", "sip:{"),
    ],
)
def test_settings_that_nobody_could_use_are_refused(country: Geography, pack: Pack, source: str, uri: str) -> None:
    with pytest.raises(ValueError, match="lost"):
        LostServer(country, pack, LostSettings(source=source, uri=uri), lambda function: None, FakeClock())


@settings(max_examples=300, deadline=None)
@given(body=st.binary(max_size=400))
def test_any_bytes_get_an_answer(country: Geography, pack: Pack, body: bytes) -> None:
    server = LostServer(country, pack, LostSettings(), lambda function: None, FakeClock())
    assert read_xml(server.answer(body)).name == "errors"


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_request_with_a_piece_missing_or_doubled_gets_an_answer(
    country: Geography, pack: Pack, data: st.DataObject
) -> None:
    server = LostServer(country, pack, LostSettings(), lambda function: None, FakeClock())
    request = (FOLDER / f"{data.draw(st.sampled_from(REQUESTS))}.request.xml").read_bytes()[:4000]
    at = data.draw(st.integers(0, len(request)))
    to = data.draw(st.integers(at, min(len(request), at + 60)))
    times = data.draw(st.sampled_from([0, 2]))
    answer = read_xml(server.answer(request[:at] + request[at:to] * times + request[to:]))
    assert answer.namespace == LOST
    assert "internalError" not in [element.name for element in answer.walk()]


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=100))
def test_whatever_stands_in_a_request_comes_back_escaped(country: Geography, pack: Pack, text: str) -> None:
    server = LostServer(country, pack, LostSettings(), lambda function: None, FakeClock())
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace(">", "&gt;")
    body = find((175_000, 475_000)).decode().replace('id="a"', f'id="x{escaped}"').encode("utf-8", "replace")
    read_xml(server.answer(body))


def test_a_large_body_is_refused_before_it_is_read(server: LostServer) -> None:
    assert b"badRequest" in server.answer(b"<a>" + b" " * 70_000 + b"</a>")


def test_xml_limits() -> None:
    for body in (b"\xff\xfe<\x00a\x00/\x00>\x00", b"<a>\0</a>", "<a>é</a>".encode("latin-1")):
        with pytest.raises(XmlRefused):
            read_xml(body)
    assert read_xml('<a b="1"><c>é</c></a>'.encode()).said("c") == "é"
    assert Path(FOLDER).is_dir()


# The pieces of a text at which `RequestReader` looks, and texts in which they mean something else.
IDS = ("a", "tried-112", "x.y_z-1", "", "b c", "&amp;", "é")
PLACES = (
    "52.1 5.1",
    "  52.1\n5.1 ",
    "1e1 .5",
    "52.1",
    "52.1 5.1 3",
    "91 5",
    "5.1.2 3",
    "e e",
    "- +",
    "11.5 22.25",
    "<b/>52 5",
)
TEXTS = (
    # as a proxy writes it
    '<findService xmlns="urn:ietf:params:xml:ns:lost1" xmlns:g="http://www.opengis.net/gml"><location id="{id}" '
    'profile="geodetic-2d"><g:Point><g:pos>{place}</g:pos></g:Point></location><service>urn:service:sos</service>'
    "</findService>",
    # the position in a comment, and in a part that nobody reads
    '<findService xmlns="urn:ietf:params:xml:ns:lost1" xmlns:g="http://www.opengis.net/gml"><location id="{id}" '
    'profile="geodetic-2d"><!-- <pos>{place}</pos> --><g:Point><g:pos>52 5</g:pos></g:Point></location>'
    "<service>urn:service:sos</service></findService>",
    '<findService xmlns="urn:ietf:params:xml:ns:lost1" xmlns:g="http://www.opengis.net/gml"><location id="{id}" '
    'profile="geodetic-2d"><g:Point><g:pos>52 5</g:pos></g:Point></location><service>urn:service:sos</service>'
    "<pos>{place}</pos></findService>",
    # the id of another element, and of a location that does not count
    '<findService xmlns="urn:ietf:params:xml:ns:lost1" xmlns:g="http://www.opengis.net/gml" id="{id}"><location '
    'id="own" profile="geodetic-2d"><g:Point><g:pos>{place}</g:pos></g:Point></location><service>urn:service:sos'
    "</service></findService>",
    '<findService xmlns="urn:ietf:params:xml:ns:lost1" xmlns:g="http://www.opengis.net/gml"><location id="{id}" '
    'profile="other"/><location id="two" profile="geodetic-2d"><g:Point><g:pos>{place}</g:pos></g:Point></location>'
    "<service>urn:service:sos</service></findService>",
    # a circle, a polygon of single positions, another request, a document type
    '<findService xmlns="urn:ietf:params:xml:ns:lost1" xmlns:g="http://www.opengis.net/gml"><location id="{id}" '
    'profile="geodetic-2d"><s:Circle xmlns:s="http://www.opengis.net/pidflo/1.0"><g:pos>{place}</g:pos><s:radius>9'
    "</s:radius></s:Circle></location><service>urn:service:sos</service></findService>",
    '<listServicesByLocation xmlns="urn:ietf:params:xml:ns:lost1" xmlns:g="http://www.opengis.net/gml"><location '
    'id="{id}" profile="geodetic-2d"><g:Point><g:pos>{place}</g:pos></g:Point></location></listServicesByLocation>',
    '<!DOCTYPE findService><findService xmlns="urn:ietf:params:xml:ns:lost1" xmlns:g="http://www.opengis.net/gml">'
    '<location id="{id}" profile="geodetic-2d"><g:Point><g:pos>{place}</g:pos></g:Point></location>'
    "<service>urn:service:sos</service></findService>",
)


@settings(max_examples=300, deadline=None)
@given(
    asked=st.lists(
        st.tuples(
            st.sampled_from(TEXTS[:1] * 4 + TEXTS),
            st.sampled_from(IDS),
            st.one_of(st.sampled_from(PLACES), st.floats(-200, 200).map(lambda at: f"{at:.6f} {at / 3:.9f}")),
        ),
        min_size=2,
        max_size=12,
    )
)
def test_a_request_that_is_like_an_earlier_one_is_read_as_strictly(asked: list[tuple[str, str, str]]) -> None:
    reader = RequestReader()
    for text, identity, place in asked:
        body = text.format(id=identity, place=place).encode()
        assert read_or_fault(reader.read, body) == read_or_fault(read_request, body)


def read_or_fault(read: Callable[[bytes], LostRequest], body: bytes) -> LostRequest | tuple[str, str]:
    try:
        return read(body)
    except LostFault as fault:
        return fault.kind, fault.message


def test_the_same_question_elsewhere_is_not_read_as_xml_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = RequestReader()
    text = TEXTS[0]
    reader.read(text.format(id="a", place="52 5").encode())
    monkeypatch.setattr("meldkamer.geo.lost.alike.read_request", None)
    request = reader.read(text.format(id="b", place="51 6").encode())
    assert isinstance(request, FindService)
    assert (request.location.id, request.location.where) == ("b", Point(51.0, 6.0))


def test_texts_that_are_remembered_are_bounded() -> None:
    reader = RequestReader()
    text = TEXTS[0]
    for n in range(3 * MOST_TEXTS):
        reader.read(text.replace("</findService>", " " * n + "</findService>").format(id="a", place="52 5").encode())
        assert len(reader._known) <= MOST_TEXTS
