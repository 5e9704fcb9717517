"""Registers in the shapes in which they are published: columns and elements of the real files, with our own content.

The extract of the BAG: the namespaces and the frame of `lvbag-extract-nl.zip`. `bag-light.gpkg`: its five layers, of
which two have areas. The NWB of the national geo services: all columns of both layers.
"""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from meldkamer.geo import Releases
from meldkamer.geo.gazetteer.import_run import SourceError
from meldkamer.geo.geopackage import middle_point
from tests.geo.gazetteer.test_imports import take
from tests.geo.geodata import Layers, wkb_line, wkb_point, write_geopackage

OBJECT = [
    "openbare_ruimte_naam",
    "openbare_ruimte_naam_kort",
    "huisnummer",
    "huisletter",
    "toevoeging",
    "postcode",
    "woonplaats_naam",
    "nummeraanduiding_hoofdadres_identificatie",
    "openbare_ruimte_identificatie",
    "woonplaats_identificatie",
    "bronhouder_identificatie",
]
DWELLING = [
    "oppervlakte", "gebruiksdoel", "bouwjaar", "pand_identificatie", "pandstatus",
]  # fmt: skip
WEGVAKKEN = [
    "objectid",
    "wvk_id",
    "wvk_begdat",
    "jte_id_beg",
    "jte_id_end",
    "wegbehsrt",
    "wegnummer",
    "wegdeelltr",
    "hecto_lttr",
    "bst_code",
    "rpe_code",
    "admrichtng",
    "rijrichtng",
    "stt_naam",
    "stt_bron",
    "wpsnaam",
    "gme_id",
    "gme_naam",
    "hnrstrlnks",
    "hnrstrrhts",
    "e_hnr_lnks",
    "e_hnr_rhts",
    "l_hnr_lnks",
    "l_hnr_rhts",
    "begafstand",
    "endafstand",
    "beginkm",
    "eindkm",
    "pos_tv_wol",
    "wegbehcode",
    "wegbehnaam",
    "distrcode",
    "distrnaam",
    "dienstcode",
    "dienstnaam",
    "wegtype",
    "wgtype_oms",
    "routeltr",
    "routenr",
    "routeltr2",
    "routenr2",
    "routeltr3",
    "routenr3",
    "routeltr4",
    "routenr4",
    "wegnr_aw",
    "wegnr_hmp",
    "geobron_id",
    "geobron_nm",
    "bronjaar",
    "openlr",
    "bag_orl",
    "frc",
    "fow",
    "alt_naam",
    "alt_nr",
    "rel_hoogte",
    "st_lengthshape",
]
HECTOPUNTEN = [
    "objectid", "hectomtrng", "afstand", "wvk_id", "wvk_begdat", "zijde", "hecto_lttr",
]  # fmt: skip

FRAME = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<sl-bag-extract:bagStand '
    'xmlns:DatatypenNEN3610="www.kadaster.nl/schemas/lvbag/imbag/datatypennen3610/v20200601" '
    'xmlns:Objecten="www.kadaster.nl/schemas/lvbag/imbag/objecten/v20200601" '
    'xmlns:gml="http://www.opengis.net/gml/3.2" '
    'xmlns:Historie="www.kadaster.nl/schemas/lvbag/imbag/historie/v20200601" '
    'xmlns:Objecten-ref="www.kadaster.nl/schemas/lvbag/imbag/objecten-ref/v20200601" '
    'xmlns:selecties-extract="http://www.kadaster.nl/schemas/lvbag/extract-selecties/v20200601" '
    'xmlns:sl-bag-extract="http://www.kadaster.nl/schemas/lvbag/extract-deelbestand-lvc/v20200601" '
    'xmlns:sl="http://www.kadaster.nl/schemas/standlevering-generiek/1.0">'
    "<sl-bag-extract:bagInfo><selecties-extract:LVC-Extract><selecties-extract:StandTechnischeDatum>2027-01-01"
    "</selecties-extract:StandTechnischeDatum></selecties-extract:LVC-Extract></sl-bag-extract:bagInfo>"
    "<sl:standBestand><sl:dataset>LVBAG</sl:dataset><sl:inhoud><sl:gebied>NLD</sl:gebied></sl:inhoud>{}"
    "</sl:standBestand></sl-bag-extract:bagStand>"
)
STAND = "<sl:stand><sl-bag-extract:bagObject>{}</sl-bag-extract:bagObject></sl:stand>"
OCCURRENCE = (
    "<Objecten:voorkomen><Historie:Voorkomen><Historie:voorkomenidentificatie>{n}</Historie:voorkomenidentificatie>"
    "<Historie:beginGeldigheid>{begin}</Historie:beginGeldigheid>{end}"
    "<Historie:tijdstipRegistratie>2010-12-15T11:34:47.000</Historie:tijdstipRegistratie><Historie:BeschikbaarLV>"
    "<Historie:tijdstipRegistratieLV>2010-12-15T12:00:51.879</Historie:tijdstipRegistratieLV>"
    "</Historie:BeschikbaarLV></Historie:Voorkomen></Objecten:voorkomen>"
)
NOW = OCCURRENCE.format(n=2, begin="2012-01-01", end="")
PAST = OCCURRENCE.format(n=1, begin="2010-01-26", end="<Historie:eindGeldigheid>2012-01-01</Historie:eindGeldigheid>")
TAIL = (
    "<Objecten:geconstateerd>N</Objecten:geconstateerd><Objecten:documentdatum>2010-01-26</Objecten:documentdatum>"
    "<Objecten:documentnummer>X/1</Objecten:documentnummer>"
)


def named(kind: str, id: str, name: str, more: str = "", when: str = NOW) -> str:
    return (
        f'<Objecten:{kind}>{when}<Objecten:identificatie domein="NL.IMBAG.{kind}">{id}</Objecten:identificatie>'
        f"<Objecten:naam>{name}</Objecten:naam>{more}{TAIL}</Objecten:{kind}>"
    )


def lies_in(place: str) -> str:
    ref = f'<Objecten-ref:WoonplaatsRef domein="NL.IMBAG.Woonplaats">{place}</Objecten-ref:WoonplaatsRef>'
    return f"<Objecten:ligtIn>{ref}</Objecten:ligtIn>"


def number(id: str, house: int, more: str = "") -> str:
    return (
        f'<Objecten:Nummeraanduiding>{NOW}<Objecten:identificatie domein="NL.IMBAG.Nummeraanduiding">{id}'
        f"</Objecten:identificatie><Objecten:huisnummer>{house}</Objecten:huisnummer><Objecten:postcode>9001AA"
        "</Objecten:postcode><Objecten:typeAdresseerbaarObject>Verblijfsobject</Objecten:typeAdresseerbaarObject>"
        f"<Objecten:status>Naamgeving uitgegeven</Objecten:status>{TAIL}{more}<Objecten:ligtAan>"
        '<Objecten-ref:OpenbareRuimteRef domein="NL.IMBAG.Openbareruimte">9999300000000001'
        "</Objecten-ref:OpenbareRuimteRef></Objecten:ligtAan></Objecten:Nummeraanduiding>"
    )


def dwelling(id: str, main: str, side: tuple[str, ...], x: float, when: str = NOW) -> str:
    def refs(ids: tuple[str, ...]) -> str:
        return "".join(
            f'<Objecten-ref:NummeraanduidingRef domein="NL.IMBAG.Nummeraanduiding">{one}'
            "</Objecten-ref:NummeraanduidingRef>"
            for one in ids
        )

    other = f"<Objecten:heeftAlsNevenadres>{refs(side)}</Objecten:heeftAlsNevenadres>" if side else ""
    return (
        f"<Objecten:Verblijfsobject><Objecten:heeftAlsHoofdadres>{refs((main,))}</Objecten:heeftAlsHoofdadres>{when}"
        f'{other}<Objecten:identificatie domein="NL.IMBAG.Verblijfsobject">{id}</Objecten:identificatie>'
        f'<Objecten:geometrie><Objecten:punt><gml:Point srsName="urn:ogc:def:crs:EPSG::28992" srsDimension="3">'
        f"<gml:pos>{x} 463000.0 0.0</gml:pos></gml:Point></Objecten:punt></Objecten:geometrie>"
        "<Objecten:gebruiksdoel>woonfunctie</Objecten:gebruiksdoel><Objecten:oppervlakte>88</Objecten:oppervlakte>"
        f"<Objecten:status>Verblijfsobject in gebruik</Objecten:status>{TAIL}</Objecten:Verblijfsobject>"
    )


def write_extract(folder: Path, objects: dict[str, list[str]]) -> Path:
    """A zip of zips, with the pieces beside that the Kadaster adds and that hold no addresses in force."""

    pieces = {**objects, "Inactief": [named("Woonplaats", "9009", "Verdwenen")]}
    with zipfile.ZipFile(folder / "lvbag-extract-nl.zip", "w") as outer:
        outer.writestr("Leveringsdocument-BAG-Extract.xml", "<x/>")
        outer.writestr("GEM-WPL-RELATIE-01012027.zip", b"")
        for kind, found in pieces.items():
            inner = io.BytesIO()
            with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
                text = FRAME.format("".join(STAND.format(one) for one in found))
                archive.writestr(f"9999{kind}01012027-000001.xml", text)
            outer.writestr(f"9999{kind}01012027.zip", inner.getvalue())
    return folder / "lvbag-extract-nl.zip"


def test_the_extract_as_it_is_delivered(tmp_path: Path) -> None:
    status = "<Objecten:status>Naamgeving uitgegeven</Objecten:status><Objecten:type>Weg</Objecten:type>"
    numbers = [f"999920000000000{n}" for n in range(1, 5)]
    path = write_extract(
        tmp_path,
        {
            "WPL": [named("Woonplaats", "9001", "Oost"), named("Woonplaats", "9002", "West")],
            "OPR": [
                named("OpenbareRuimte", "9999300000000001", "Oude Grens", status + lies_in("9001"), PAST),
                named("OpenbareRuimte", "9999300000000001", "Grensweg", status + lies_in("9001")),
            ],
            "NUM": [
                number(numbers[0], 1),
                number(numbers[1], 2, lies_in("9002")),
                number(numbers[2], 3),
                number(numbers[3], 4, lies_in("9001")),
            ],
            "VBO": [
                dwelling("9999010000000001", numbers[0], (numbers[2], numbers[3]), 155_000.0),
                dwelling("9999010000000002", numbers[1], (), 155_777.0, PAST),
                dwelling("9999010000000002", numbers[1], (), 155_100.0),
            ],
            "PND": ["<Objecten:Pand/>"],
        },
    )
    done, part = take("bag", path, tmp_path)
    assert done.refused == ()
    found = part.db.execute(
        "SELECT e.name, e.place, a.number, a.x FROM address a JOIN entry e ON e.id = a.street ORDER BY a.number"
    ).fetchall()
    assert found == [
        ("Grensweg", "Oost", 1, 155_000.0),
        ("Grensweg", "West", 2, 155_100.0),
        ("Grensweg", "Oost", 3, 155_000.0),
        ("Grensweg", "Oost", 4, 155_000.0),
    ], "a number may lie in another place than its street, and what ended does not count"
    streets = part.db.execute("SELECT place, weight, x FROM entry WHERE kind = 'street' ORDER BY place").fetchall()
    assert streets == [("Oost", 3, 155_000.0), ("West", 1, 155_100.0)]
    assert {name for (name,) in part.db.execute("SELECT name FROM entry WHERE kind = 'place'")} == {"Oost", "West"}


def wkb_area(*corners: tuple[float, float], multi: bool = False) -> bytes:
    ring = (*corners, corners[0])
    area = struct.pack("<BIII", 1, 3, 1, len(ring)) + b"".join(struct.pack("<dd", *corner) for corner in ring)
    return struct.pack("<BII", 1, 6, 1) + area if multi else area


def test_the_light_geopackage_with_its_areas(tmp_path: Path) -> None:
    def row(id: str, status: str, house: int, dwelling: bool, wkb: bytes) -> tuple[object, ...]:
        values = (
            "Havenkade",
            "Havenkade",
            house,
            None,
            None,
            "9001AA",
            "Oost",
            f"99992{house:011d}",
            "9999300000000001",
        )
        more = (88, "woonfunctie", 1990, "9999100000000001", "Pand in gebruik") if dwelling else ()
        return (id, status, *values, "9001", "9999", *more, wkb)

    square = [(155_000.0, 463_000.0), (155_010.0, 463_000.0), (155_010.0, 463_020.0), (155_000.0, 463_020.0)]
    base = ("identificatie", "status", *OBJECT)
    layers: Layers = {
        "woonplaats": (("identificatie", "status", "woonplaats"), [("9001", "Woonplaats aangewezen", "Oost", b"")]),
        "pand": (("identificatie", "status", "bouwjaar"), [("9999100000000001", "Pand in gebruik", 1990, b"")]),
        "verblijfsobject": (
            (*base, *DWELLING),
            [
                row("9999010000000001", "Verblijfsobject in gebruik", 1, True, wkb_point(155_100.0, 463_100.0)),
                row("9999010000000002", "Verblijfsobject ingetrokken", 2, True, wkb_point(155_100.0, 463_100.0)),
            ],
        ),
        "ligplaats": (base, [row("9999020000000001", "Plaats aangewezen", 3, False, wkb_area(*square))]),
        "standplaats": (
            base,
            [
                row("9999030000000001", "Plaats aangewezen", 4, False, wkb_area(*square, multi=True)),
                row("9999030000000002", "Plaats aangewezen", 5, False, wkb_area(*square)[:60]),
            ],
        ),
    }
    done, part = take("bag", write_geopackage(tmp_path / "bag-light.gpkg", layers), tmp_path)
    assert [(fault.file.rpartition(":")[2], fault.row, fault.field) for fault in done.refused] == [
        ("standplaats", 2, "geom")
    ]
    found = part.db.execute("SELECT number, object, designation, x, y FROM address ORDER BY number").fetchall()
    assert found == [
        (1, 9999010000000001, 9999200000000001, 155_100.0, 463_100.0),
        (3, 9999020000000001, 9999200000000003, 155_005.0, 463_010.0),
        (4, 9999030000000001, 9999200000000004, 155_005.0, 463_010.0),
    ]


@pytest.mark.parametrize("wkb", [b"", wkb_line([(0.0, 0.0), (1.0, 1.0)]), struct.pack("<BII", 1, 3, 0), b"\x01" * 12])
def test_what_is_neither_a_point_nor_an_area_is_refused(wkb: bytes) -> None:
    with pytest.raises(ValueError, match=r"point|geometry|ring|line"):
        middle_point(wkb)


def test_the_nwb_with_all_its_columns(tmp_path: Path) -> None:
    def section(id: int, line: bytes, **given: object) -> tuple[object, ...]:
        return (*(given.get(name, id if name in ("objectid", "wvk_id") else None) for name in WEGVAKKEN), line)

    def post(hm: int, section: int, side: str, letter: str | None, x: float) -> tuple[object, ...]:
        return (hm, hm, 50.0, section, "2020-01-01", side, letter, wkb_point(x, 469_500.0, multi=True))

    road = {"wegbehsrt": "R", "wegnummer": "028", "routeltr": "A", "routenr": 28, "rpe_code": "R", "stt_naam": "A28"}
    street = {"wegbehsrt": "G", "stt_naam": "Dorpsstraat", "wpsnaam": "Oost", "gme_naam": "Groot Oost"}
    layers: Layers = {
        "wegvakken": (
            WEGVAKKEN,
            [
                section(1, wkb_line([(160_000, 469_000), (160_000, 470_000)]), jte_id_beg=1, jte_id_end=2, **road),
                section(2, wkb_line([(155_000, 463_000), (155_300, 463_000)]), jte_id_beg=3, jte_id_end=4, **street),
            ],
        ),
        "hectopunten": (
            HECTOPUNTEN,
            [post(224, 1, "R", "#", 160_000.0), post(225, 1, "L", None, 160_020.0), post(226, 1, "R", "b", 160_050.0)],
        ),
    }
    done, part = take("nwb", write_geopackage(tmp_path / "nwb_wegen.gpkg", layers), tmp_path)
    assert done.refused == ()
    assert part.db.execute("SELECT road, hm, side, letter FROM post ORDER BY hm").fetchall() == [
        ("A28", 224, "R", ""),
        ("A28", 225, "L", ""),
        ("A28", 226, "R", "b"),
    ]
    assert ("street", "Dorpsstraat", "Oost") in part.db.execute("SELECT kind, name, place FROM entry").fetchall()


RD_NEW = (
    'PROJCS["RD_New",GEOGCS["GCS_Amersfoort",DATUM["D_Amersfoort",SPHEROID["Bessel_1841",6377397.155,299.1528128]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Double_Stereographic"],'
    'PARAMETER["False_Easting",155000.0],PARAMETER["False_Northing",463000.0],UNIT["Meter",1.0]]'
)
TEXTS = {
    "wegbehsrt": 1, "wegnummer": 5, "wegdeelltr": 1, "hecto_lttr": 1, "bst_code": 3, "rpe_code": 1, "stt_naam": 80,
    "wpsnaam": 80, "gme_naam": 40, "routeltr": 1, "zijde": 1, "wvk_begdat": 10,
}  # fmt: skip
"""Lengths of the columns that are texts; the others are numbers."""


def dbf(columns: list[str], rows: list[dict[str, object]], struck: set[int], encoding: str) -> bytes:
    """A dBASE table. Its names have ten letters at most, in capitals."""
    lengths = [TEXTS.get(name, 19) for name in columns]
    length = 1 + sum(lengths)
    fields = b"".join(
        name[:10].upper().encode().ljust(11, b"\0")
        + (b"C" if name in TEXTS else b"N")
        + b"\0" * 4
        + bytes([size, 0 if name in TEXTS else 3])
        + b"\0" * 14
        for name, size in zip(columns, lengths, strict=True)
    )
    head = struct.pack("<B3BIHH", 3, 126, 1, 1, len(rows), 32 + len(fields) + 1, length) + b"\0" * 20
    body = b""
    for n, row in enumerate(rows, 1):
        body += b"*" if n in struck else b" "
        for name, size in zip(columns, lengths, strict=True):
            value = row.get(name)
            text = "" if value is None else f"{value:.3f}" if isinstance(value, int | float) else str(value)
            data = text.encode(encoding)
            body += data.ljust(size) if name in TEXTS else data.rjust(size)
    return head + fields + b"\r" + body + b"\x1a"


def shp(kind: int, shapes: list[list[list[tuple[float, float]]]]) -> bytes:
    """Lines (3) of parts, or points (1): each shape a list of its lines."""
    records = b""
    for n, parts in enumerate(shapes, 1):
        points = [point for part in parts for point in part]
        if not points:
            content = struct.pack("<I", 0)
        elif kind == 1:
            content = struct.pack("<Idd", 1, *points[0])
        else:
            begins = [sum(len(part) for part in parts[:n]) for n in range(len(parts))]
            content = struct.pack("<I4dII", 3, 0, 0, 0, 0, len(parts), len(points))
            content += struct.pack(f"<{len(parts)}I", *begins) + b"".join(struct.pack("<dd", *p) for p in points)
        records += struct.pack(">II", n, len(content) // 2) + content
    return (
        struct.pack(">I", 9994)
        + b"\0" * 20
        + struct.pack(">I", (100 + len(records)) // 2)
        + struct.pack("<II8d", 1000, kind, *[0.0] * 8)
        + records
    )


def write_shapes(
    path: Path, layers: dict[str, tuple[bytes, bytes]], prj: str = RD_NEW, cpg: str = "ISO-8859-1"
) -> Path:
    """As it is published every month: a folder for each layer, in one zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (geometry, table) in layers.items():
            stem = f"01-01-2027/{name}/{name}"
            for ending, content in (("shp", geometry), ("shx", b""), ("dbf", table), ("prj", prj), ("cpg", cpg)):
                archive.writestr(f"{stem}.{ending}", content)
    return path


def nwb_shapes(encoding: str = "cp1252", struck: set[int] | None = None) -> dict[str, tuple[bytes, bytes]]:
    road = {"wegbehsrt": "R", "wegnummer": "028", "routeltr": "A", "routenr": 28, "rpe_code": "R", "stt_naam": "A28"}
    street = {"wegbehsrt": "G", "stt_naam": "Coöperatieweg", "wpsnaam": "Oost", "gme_naam": "Groot Oost"}
    sections: list[dict[str, object]] = [
        {"wvk_id": 600_000_001, "jte_id_beg": 1, "jte_id_end": 2, **road},
        {"wvk_id": 600_000_002, "jte_id_beg": 3, "jte_id_end": 4, **street},
        {"wvk_id": 600_000_003, "jte_id_beg": 4, "jte_id_end": 5, **street, "stt_naam": "Dorpsstraat"},
        {"wvk_id": 600_000_004, "jte_id_beg": 5, "jte_id_end": 6, **street, "stt_naam": "Nergens"},
        {"wvk_id": 600_000_005, "jte_id_beg": 5, "jte_id_end": 6, **street, "stt_naam": "Buiten"},
    ]
    lines = [
        [[(160_000.0, 469_000.0), (160_000.0, 470_000.0)]],
        [[(155_000.0, 463_000.0), (155_300.0, 463_000.0)]],
        [[(155_300.0, 463_000.0), (155_300.0, 463_200.0)], [(155_300.0, 463_200.0), (155_400.0, 463_200.0)]],
        [],
        [[(4.9, 52.3), (4.9, 52.4)]],
    ]
    posts: list[dict[str, object]] = [
        {"hectomtrng": 224, "afstand": 50, "wvk_id": 600_000_001, "zijde": "R", "hecto_lttr": "#"},
        {"hectomtrng": 225, "afstand": 50, "wvk_id": 600_000_001, "zijde": "L"},
        {"hectomtrng": 226, "afstand": 50, "wvk_id": 600_000_009, "zijde": "L"},
    ]
    places = [[[(160_000.0, 469_500.0)]], [[(160_020.0, 469_600.0)]], [[(160_020.0, 469_700.0)]]]
    columns = [name for name in WEGVAKKEN if name not in ("objectid", "st_lengthshape")]
    return {
        "Wegvakken": (shp(3, lines), dbf(columns, sections, struck or set(), encoding)),
        "Hectopunten": (shp(1, places), dbf([n for n in HECTOPUNTEN if n != "objectid"], posts, set(), encoding)),
    }


@pytest.mark.parametrize(("encoding", "cpg"), [("cp1252", "ISO-8859-1"), ("utf-8", "UTF-8"), ("cp1252", "")])
def test_the_nwb_as_shapefiles(tmp_path: Path, encoding: str, cpg: str) -> None:
    path = write_shapes(tmp_path / "01-01-2027.zip", nwb_shapes(encoding), cpg=cpg)
    done, part = take("nwb", path, tmp_path)
    assert [(fault.file, fault.row, fault.field) for fault in done.refused] == [
        ("01-01-2027.zip:wegvakken", 4, "geom"),
        ("01-01-2027.zip:wegvakken", 5, "geom"),
        ("01-01-2027.zip:hectopunten", 3, "wvk_id"),
    ]
    assert part.db.execute("SELECT road, hm, side, letter, x FROM post ORDER BY hm").fetchall() == [
        ("A28", 224, "R", "", 160_000.0),
        ("A28", 225, "L", "", 160_020.0),
    ]
    found = part.db.execute("SELECT kind, name, place FROM entry").fetchall()
    assert {("street", "Coöperatieweg", "Oost"), ("street", "Dorpsstraat", "Oost"), ("road", "A28", "")} <= set(found)
    assert ("junction", "Coöperatieweg / Dorpsstraat", "Oost") in found
    assert part.db.execute("SELECT count(*) FROM section WHERE name = 'Dorpsstraat'").fetchone() == (2,)


def test_a_row_that_was_struck_out_does_not_count(tmp_path: Path) -> None:
    done, part = take("nwb", write_shapes(tmp_path / "a.zip", nwb_shapes(struck={2, 4, 5})), tmp_path)
    assert {fault.row for fault in done.refused} == {3}
    assert part.db.execute("SELECT count(*) FROM section WHERE name LIKE 'Co%'").fetchone() == (0,)


def damaged(what: str) -> dict[str, tuple[bytes, bytes]]:
    layers = nwb_shapes()
    geometry, table = layers["Wegvakken"]
    layers["Wegvakken"] = {
        "shape cut off": (geometry[:-9], table),
        "shapes missing": (geometry[: 100 + 8 + 80], table),
        "table cut off": (geometry, table[:-40]),
        "no shapefile": (b"x" * 200, table),
        "no table": (geometry, b"x" * 200),
        "a shape without end": (geometry[:104] + b"\x7f\xff\xff\xff" + geometry[108:], table),
    }[what]
    return layers


@pytest.mark.parametrize(
    "what",
    ["shape cut off", "shapes missing", "table cut off", "no shapefile", "no table", "a shape without end"],
)
def test_damaged_shapefiles_are_refused_whole(tmp_path: Path, what: str) -> None:
    with pytest.raises(SourceError, match=r"a\.zip, wegvakken: "):
        take("nwb", write_shapes(tmp_path / "a.zip", damaged(what)), tmp_path)
    assert Releases(tmp_path / "geo").all() == []


def test_shapefiles_of_something_else_are_refused_whole(tmp_path: Path) -> None:
    degrees = 'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]]'
    with pytest.raises(SourceError, match="not RD"):
        take("nwb", write_shapes(tmp_path / "a.zip", nwb_shapes(), prj=degrees), tmp_path)
    with pytest.raises(SourceError, match="no layer wegvakken"):
        trees = {"bomen": (shp(1, []), dbf(["id"], [], set(), "utf-8"))}
        take("nwb", write_shapes(tmp_path / "b.zip", trees), tmp_path)
    with pytest.raises(SourceError, match="no column wegnummer, stt_naam"):
        layers = {"wegvakken": (shp(3, []), dbf(["wvk_id"], [], set(), "utf-8"))}
        take("nwb", write_shapes(tmp_path / "c.zip", layers), tmp_path)
