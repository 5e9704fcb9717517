"""The shapes that the report's charts need, as SVG that reads on screen, on paper, and by a screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


def drawing(width: int, height: int, title: str, description: str, body: Sequence[str]) -> str:
    """A whole drawing. title and description are what a screen reader says."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(description)}</desc>",
            *body,
            "</svg>",
        ]
    )


def text(x: float, y: float, words: str, kind: str = "small", anchor: str = "start") -> str:
    """A text; y is its foot."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def box(x: float, y: float, width: float, height: float, kind: str, said: str = "") -> str:
    """A filled box; said: what hovering over it tells."""
    inner = f"<title>{escape(said)}</title>" if said else ""
    size = f'width="{max(0.0, width):.1f}" height="{max(0.0, height):.1f}"'
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" {size}>{inner}</rect>'


def dot(x: float, y: float, kind: str, shape: str, said: str = "") -> str:
    """A mark whose shape says what its colour says: round, up (triangle), down (triangle)."""
    inner = f"<title>{escape(said)}</title>" if said else ""
    if shape == "round":
        return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="5">{inner}</circle>'
    turn = 1 if shape == "up" else -1
    points = [(x - 6.5, y + 5 * turn), (x + 6.5, y + 5 * turn), (x, y - 6.5 * turn)]
    joined = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    return f'<polygon class="{kind}" points="{joined}">{inner}</polygon>'


def steps(highest: float, wanted: int = 4) -> list[float]:
    """Round marks from zero to just over the highest value."""
    if highest <= 0:
        return [0.0, 1.0]
    seconds = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
    step = next((float(s) for s in seconds if highest / s <= wanted), highest / wanted)
    count = int(-(-highest // step))
    return [step * n for n in range(count + 1)]
