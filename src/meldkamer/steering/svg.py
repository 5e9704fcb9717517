"""The few shapes that our charts need, as SVG text that is readable on screen, on paper, and by a screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import msgspec

WIDTH, HEIGHT = 800, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 156, 56, 44

STYLE = """
text{font:14px system-ui,sans-serif;fill:var(--mk-t1,#14181c)}
.title{font-size:18px;font-weight:600}.small{font-size:12px;fill:var(--mk-t2,#3a434c)}
.ground{fill:var(--mk-bg2,#f1f3f4)}.rule{stroke:var(--mk-line,#b4bbc2);stroke-width:1}
.zero{stroke:var(--mk-line-strong,#646e78);stroke-width:1.5}
.floor{stroke:var(--mk-alarm,#a8140b);stroke-width:1.5;stroke-dasharray:2 4}
.band{fill:var(--mk-sel-line,#0b57a8);opacity:.22}.middle{fill:none;stroke:var(--mk-sel-line,#0b57a8);stroke-width:2.5}
.adopted{fill:none;stroke:var(--mk-t1,#14181c);stroke-width:2;stroke-dasharray:7 5}.dot{fill:var(--mk-t1,#14181c)}
.ring{fill:none;stroke:var(--mk-t1,#14181c);stroke-width:2}
.cost{fill:var(--mk-line-strong,#646e78)}.room{fill:var(--mk-sel-line,#0b57a8);opacity:.55}
.on{fill:var(--mk-bg2,#f1f3f4)}
.below{fill:var(--mk-alarm,#a8140b)}
"""


class Scale(msgspec.Struct, frozen=True):
    """Amounts to heights. The span always holds zero, so that no chart exaggerates."""

    low: int
    high: int
    step: int

    @classmethod
    def around(cls, values: Sequence[int]) -> Scale:
        """A scale with round steps that holds all values and zero."""
        low, high = min(0, *values), max(0, *values)
        span = max(1, high - low)
        step = 10 ** (len(str(span)) - 1)
        if span // step < 3:
            step = max(1, step // 5)
        elif span // step < 6:
            step = max(1, step // 2)
        return cls(low // step * step, -(-high // step) * step, step)

    def y(self, value: int) -> float:
        """The height of an amount in the drawing."""
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    def rules(self) -> list[int]:
        """The amounts that get a line."""
        return list(range(self.low, self.high + 1, self.step))


def millions(amount: int, language: str = "nl") -> str:
    """106134 -> 106,1, in English 106.1"""
    tenths = (abs(amount) + 50) // 100
    point = "." if language == "en" else ","
    return f"{'-' if amount < 0 and tenths else ''}{tenths // 10}{point}{tenths % 10}"


def _whole(amount: int, language: str) -> str:
    return str(amount // 1000) if amount % 1000 == 0 else millions(amount, language)


def frame(title: str, description: str, scale: Scale, unit: str, body: Sequence[str], language: str = "nl") -> str:
    """A drawing over years with amounts beside it. title and description are also what a screen reader says."""
    lines = []
    for value in scale.rules():
        y = scale.y(value)
        kind = "zero" if value == 0 else "rule"
        lines.append(f'<line class="{kind}" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>')
        lines.append(
            f'<text class="small" x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{_whole(value, language)}</text>'
        )
    return frame_free(title, description, unit, [*lines, *body])


def frame_free(title: str, description: str, unit: str, body: Sequence[str]) -> str:
    """A drawing without a scale."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(description)}</desc>",
            f"<style>{STYLE}</style>",
            f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>',
            f'<text class="title" x="{LEFT}" y="26">{escape(title)}</text>',
            f'<text class="small" x="{LEFT}" y="44">{escape(unit)}</text>',
            *body,
            "</svg>\n",
        ]
    )


def across(count: int, n: int, left: int = LEFT, right: int = WIDTH - RIGHT) -> float:
    """The middle of the n-th of `count` places from left to right."""
    return round(left + (right - left) / count * (n + 0.5), 1)


def path(points: Sequence[tuple[float, float]], kind: str) -> str:
    """A line through points."""
    return f'<polyline class="{kind}" points="{" ".join(f"{x},{y}" for x, y in points)}"/>'


def label(x: float, y: float, text: str, kind: str = "small", anchor: str = "middle") -> str:
    """A text."""
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
