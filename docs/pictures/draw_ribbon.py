"""Draw the tab Portfolio from its XML, in plain boxes: Office's own images are not ours to show."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import escape

_TAG = "{http://schemas.microsoft.com/office/2006/01/customui}"
ACCENT, INK, GREY, LINE, PALE = "#1F5C70", "#333333", "#5F6B73", "#D0D7DA", "#EAF2F4"

TAB_HEIGHT = 30
TOP = TAB_HEIGHT + 10
ROW = 24
ROWS = 3
GROUP_LABEL = 20
HEIGHT = TOP + ROWS * ROW + GROUP_LABEL + 12
LETTER = 6.6
"""Width of a letter of the labels, about. [px]"""


@dataclass(frozen=True)
class Box:
    """A button as it is drawn."""

    label: str
    key: str
    is_large: bool

    @property
    def width(self) -> float:
        if self.is_large:
            return max(max(map(len, self.lines)) * LETTER + 14, 58)
        return 26 + len(self.label) * LETTER + 26

    @property
    def lines(self) -> list[str]:
        """The label of a large button, on two lines where it has two words or more."""
        words = self.label.split()
        if len(words) < 2:
            return [self.label]
        breaks = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words))]
        return list(min(breaks, key=lambda pair: max(map(len, pair))))


def drawn(xml: str) -> str:
    """Draw the tab of a ribbon.

    Parameters
    ----------
    xml
        The content of customUI.xml, as `xlportfolio.addin.ribbon` writes it.

    Returns
    -------
    An SVG.
    """
    (tab,) = ElementTree.fromstring(xml.encode()).iter(f"{_TAG}tab")
    shapes: list[str] = []
    left = 10.0
    for group in tab.iter(f"{_TAG}group"):
        boxes = [
            Box(one.get("label", ""), one.get("keytip", ""), one.get("size") == "large")
            for one in group.iter(f"{_TAG}button")
        ]
        width, inside = _group(boxes, left)
        label = group.get("label", "")
        width = max(width, len(label) * LETTER + 12)
        shapes += inside
        middle = left + width / 2
        shapes.append(_text(middle, HEIGHT - 14, label, colour=GREY, anchor="middle"))
        left += width + 8
        shapes.append(
            f'<line x1="{left:g}" y1="{TOP}" x2="{left:g}" y2="{HEIGHT - 10}" stroke="{LINE}"/>'
        )
        left += 8
    name = tab.get("label", "")
    head = [
        f'<rect x="0" y="0" width="{left:g}" height="{HEIGHT}" fill="white"/>',
        f'<rect x="0" y="0" width="{left:g}" height="{TAB_HEIGHT}" fill="{PALE}"/>',
        f'<rect x="10" y="4" width="{len(name) * 7.5 + 20:g}" height="{TAB_HEIGHT - 4}" '
        'fill="white"/>',
        _text(20, 21, name, colour=ACCENT, size=13, bold=True),
        f'<rect x="0.5" y="0.5" width="{left - 1:g}" height="{HEIGHT - 1}" fill="none" '
        f'stroke="{LINE}"/>',
    ]
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left:g}" height="{HEIGHT}" '
        f'viewBox="0 0 {left:g} {HEIGHT}" font-family="Segoe UI, Helvetica, Arial, sans-serif">'
    )
    title = f"<title>The tab {escape(name)} with its buttons and key tips</title>"
    return "\n".join([start, title, *head, *shapes, "</svg>", ""])


def _group(boxes: list[Box], left: float) -> tuple[float, list[str]]:
    """Place the buttons as Office does: large ones side by side, small ones three to a column."""
    shapes: list[str] = []
    across, row, widest = left, 0, 0.0
    for box in boxes:
        if box.is_large or row == ROWS:
            across += widest
            row, widest = 0, 0.0
        if box.is_large:
            shapes += _large(box, across)
            across += box.width
        else:
            shapes += _small(box, across, TOP + row * ROW)
            row, widest = row + 1, max(widest, box.width)
    return across + widest - left, shapes


def _large(box: Box, left: float) -> list[str]:
    middle = left + box.width / 2
    lines = [
        _text(middle, TOP + 52 + 13 * n, line, anchor="middle") for n, line in enumerate(box.lines)
    ]
    return [
        *_icon(middle - 16, TOP + 4, 32),
        *lines,
        *_key(middle + 12, TOP + 1, box.key),
    ]


def _small(box: Box, left: float, top: float) -> list[str]:
    end = left + 26 + len(box.label) * LETTER
    return [
        *_icon(left + 4, top + 4, 16),
        _text(left + 26, top + 16, box.label),
        *_key(end + 4, top + 4, box.key),
    ]


def _icon(left: float, top: float, side: float) -> list[str]:
    """A sheet with three bars: the same for every button."""
    shapes = [
        f'<rect x="{left:g}" y="{top:g}" width="{side:g}" height="{side:g}" rx="2" fill="{PALE}" '
        f'stroke="{ACCENT}"/>'
    ]
    for n, share in enumerate((0.3, 0.65, 0.45)):
        tall, wide = side * share, side * 0.16
        x, y = left + side * (0.2 + 0.23 * n), top + side * 0.85 - tall
        shapes.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" '
            f'fill="{ACCENT}"/>'
        )
    return shapes


def _key(left: float, top: float, key: str) -> list[str]:
    wide = 8 + 7 * len(key)
    return [
        f'<rect x="{left:g}" y="{top:g}" width="{wide}" height="14" rx="2" fill="{INK}"/>',
        _text(left + wide / 2, top + 11, key, colour="white", size=10, anchor="middle"),
    ]


def _text(
    x: float,
    y: float,
    text: str,
    *,
    colour: str = INK,
    size: int = 11,
    anchor: str = "start",
    bold: bool = False,
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}" '
        f'text-anchor="{anchor}"{weight}>{escape(text)}</text>'
    )
