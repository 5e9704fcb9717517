"""Writes the files of the corpus that text editors would mend: wrong bytes, NUL, huge fields."""

from __future__ import annotations

from pathlib import Path

HEAD = "time,lat,lon,discipline,class,priority,place,text\n"
GOOD = "2025-03-04T12:00:{:02d}+01:00,52.15{:02d},5.3875,A,gzon,1,Amersfoort,{}\n"


def good(second: int, text: str = "onwel") -> str:
    """A row without a fault."""
    return GOOD.format(second, second, text)


def files() -> dict[str, bytes]:
    """Name -> content."""
    plain = HEAD + good(1) + good(2)
    return {
        "plain.csv": plain.encode(),
        "bom.csv": b"\xef\xbb\xbf" + plain.encode(),
        "crlf.csv": plain.replace("\n", "\r\n").encode(),
        "cr_only.csv": plain.replace("\n", "\r").encode(),
        "windows_1252.csv": (HEAD + good(1, "reünie café €") + good(2)).encode("cp1252"),
        "not_even_1252.csv": HEAD.encode() + good(1).replace("onwel", "\x81\x8d").encode("latin-1") + good(2).encode(),
        "utf16.csv": plain.encode("utf-16"),
        "nul.csv": HEAD.encode() + good(1).replace("onwel", "on\0wel").encode() + good(2).encode(),
        "stray_quote.csv": (HEAD + good(1, '"nooit dicht') + good(2) + good(3)).encode(),
        "stray_quote_last.csv": (HEAD + good(1) + good(2, '"nooit dicht')).encode(),
        "two_stray_quotes.csv": (HEAD + good(1, '"een') + good(2) + good(3, '"twee') + good(4)).encode(),
        "quoted_newline.csv": (HEAD + good(1, '"regel een\nregel twee, met komma"') + good(2)).encode(),
        "quote_inside.csv": (HEAD + good(1, 'hij zei "help" en viel') + good(2)).encode(),
        "huge_text.csv": (HEAD + good(1, "x" * 10_000_000) + good(2)).encode(),
        "huge_quoted.csv": (HEAD + good(1, '"' + ("x y z " * 10 + "\n") * 170_000 + '"') + good(2)).encode(),
        "long_text.csv": (HEAD + good(1, "x" * 8_001) + good(2)).encode(),
        "semicolons.csv": (
            b"time;x;y;discipline;class\n2025-03-04 12:00;155000,5;463000;B;brgb\n2025-03-04 12:01;155000;463000;PB;\n"
        ),
        "other_order.csv": (
            b"melder,class,lon,text,lat,discipline,time,id\n"
            b"jan,Brand in de schuur,5.3875,rook,52.155,BP,2025-03-04T12:00:00Z,a1\n"
            b"piet,brgb,5.3875,rook,52.156,,2025-03-04T12:01:00Z,a2\n"
            b"kees,brgb,5.3875,rook,52.157,,2025-03-04T12:02:00Z,a2\n"
        ),
        "times.csv": (
            HEAD
            + good(1)
            + good(2).replace("2025-03-04T12:00:02+01:00", "1900-01-01T00:00:00Z")
            + good(3).replace("2025-03-04T12:00:03+01:00", "2999-01-01T00:00:00Z")
            + good(4).replace("2025-03-04T12:00:04+01:00", "4 maart")
            + good(5).replace("2025-03-04T12:00:05+01:00", "")
        ).encode(),
        "places.csv": (
            HEAD
            + good(1).replace("52.1501,5.3875", "53.5,3.0")  # the North Sea
            + good(2).replace("52.1502,5.3875", "155000,463000")
            + good(3).replace("52.1503,5.3875", "5.3875,52.15")
            + good(4).replace("52.1504,5.3875", "48.85,2.35")
            + good(5).replace("52.1505,5.3875", "nan,5.3")
            + good(6).replace("52.1506,5.3875", "noord,5.3")
            + good(7).replace("52.1507,5.3875", ",")
            + good(8).replace("52.1508,5.3875", ",").replace("Amersfoort", "Nergenshuizen")
        ).encode(),
        "rd_mixed.csv": (
            b"time,x,y,discipline\n"
            b"2025-03-04T12:00:00Z,52.15,5.38,A\n"
            b"2025-03-04T12:00:01Z,463000,155000,A\n"
            b"2025-03-04T12:00:02Z,155000,463000,A\n"
            b"2025-03-04T12:00:03Z,50000,500000,A\n"
        ),
        "codes.csv": (
            HEAD
            + good(1).replace(",A,gzon,1,", ",X,gzon,1,")
            + good(2).replace(",A,gzon,1,", ",,iets vreemds,1,")
            + good(3).replace(",A,gzon,1,", ",A,iets vreemds,A1,")
            + good(4).replace(",A,gzon,1,", ",a,gzon,hoog,")
            + good(5).replace(",A,gzon,1,", ",K+P,,9,")
        ).encode(),
        "twice.csv": (HEAD + good(1) + good(2) + good(1)).encode(),
        "short_and_long.csv": (
            HEAD + "2025-03-04T12:00:00Z,52.15\n" + good(1).rstrip() + ",te veel\n" + good(2)
        ).encode(),
        "empty.csv": b"",
        "blank.csv": b"\n\n  \n",
        "only_header.csv": HEAD.encode(),
        "no_time.csv": HEAD.replace("time", "tijd").encode() + good(1).encode(),
        "no_lon.csv": HEAD.replace(",lon", ",lengte").encode() + good(1).encode(),
        "no_place.csv": b"time,discipline\n2025-03-04T12:00:00Z,A\n",
        "no_discipline.csv": b"time,lat,lon\n2025-03-04T12:00:00Z,52.15,5.38\n",
        "time_twice.csv": b"time,time,lat,lon,discipline\n",
    }


def write(folder: Path) -> None:
    """Write them all."""
    for name, content in files().items():
        (folder / name).write_bytes(content)
