"""Where the labels of points stand, so that few of them cover one another or a bubble.

Each point takes, the largest first, the side on which its label lies over least. What lies where is
an estimate: only the program that draws the chart knows its fonts and its plot area.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Place = Literal["r", "l", "t", "b"]

_PLACES: tuple[Place, ...] = ("r", "l", "t", "b")
_LETTER_CM, _LINE_CM = 0.17, 0.36  # of 8 point text
_PLOT_WIDTH, _PLOT_HEIGHT = 0.86, 0.64  # of the chart: the rest is titles, axes and the legend
_LARGEST_BUBBLE = 0.25  # of the plot's shorter side, at a bubble scale of 100
_SWEEPS = 4
_OUTSIDE = 4.0  # times as bad as lying over another label
_ON_A_BUBBLE = 0.8


@dataclass(frozen=True)
class Point:
    """A point of a chart with its label; `size` is 0 where points have none."""

    x: float
    y: float
    size: float
    label: str


@dataclass(frozen=True)
class _Box:
    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: _Box) -> float:
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return width * height if width > 0 and height > 0 else 0.0


def label_places(
    points: Sequence[Point], width_cm: float, height_cm: float, bubble_scale: int
) -> list[Place]:
    """Choose the side of each point's label.

    Parameters
    ----------
    points
        Of all series of the chart; both axes begin at 0 or at the least value below it.
    width_cm, height_cm
        Of the chart. [cm]
    bubble_scale
        Of the bubbles, as in the chart. [%]

    Examples
    --------
    >>> close = (Point(3, 1, 2, "Bridge"), Point(3.3, 1, 1, "Road"))
    >>> label_places([*close, Point(9, 9, 1, "Rail")], 16, 9, 60)
    ['l', 'r', 'r']
    """
    width, height = width_cm * _PLOT_WIDTH, height_cm * _PLOT_HEIGHT
    bubbles = _bubbles(points, width, height, bubble_scale)
    order = sorted(range(len(points)), key=lambda i: (-points[i].size, -points[i].y, i))
    places: list[Place] = ["r"] * len(points)
    taken: dict[int, _Box] = {}
    for _sweep in range(_SWEEPS):  # the first ones cannot know where the later ones will be
        for i in order:
            if not points[i].label:
                continue
            labels = [box for j, box in taken.items() if j != i]
            others = [bubble for j, bubble in enumerate(bubbles) if j != i]
            boxes = {place: _label(bubbles[i], place, points[i].label) for place in _PLACES}
            harms = {
                place: _harm(box, labels, others, width, height) for place, box in boxes.items()
            }
            places[i] = min(_PLACES, key=harms.__getitem__)
            taken[i] = boxes[places[i]]
    return places


def _bubbles(points: Sequence[Point], width: float, height: float, bubble_scale: int) -> list[_Box]:
    """Each point with what it is as large as. [cm]"""
    right = max([0.0, *(point.x for point in points)]) * 1.1 or 1.0
    top = max([0.0, *(point.y for point in points)]) * 1.1 or 1.0
    left = min([0.0, *(point.x for point in points)])
    bottom = min([0.0, *(point.y for point in points)])
    largest = max([0.0, *(point.size for point in points)])
    radius = min(width, height) * _LARGEST_BUBBLE * bubble_scale / 200
    found = []
    for point in points:
        x = (point.x - left) / (right - left) * width
        y = (point.y - bottom) / (top - bottom) * height
        r = radius * (max(point.size, 0.0) / largest) ** 0.5 if largest else 0.12
        found.append(_Box(x - r, y - r, x + r, y + r))
    return found


def _label(bubble: _Box, place: Place, text: str) -> _Box:
    width, height = _LETTER_CM * len(text), _LINE_CM
    x, y = (bubble.left + bubble.right) / 2, (bubble.bottom + bubble.top) / 2
    if place == "r":
        return _Box(bubble.right, y - height / 2, bubble.right + width, y + height / 2)
    if place == "l":
        return _Box(bubble.left - width, y - height / 2, bubble.left, y + height / 2)
    if place == "t":
        return _Box(x - width / 2, bubble.top, x + width / 2, bubble.top + height)
    return _Box(x - width / 2, bubble.bottom - height, x + width / 2, bubble.bottom)


def _harm(
    box: _Box, labels: Sequence[_Box], bubbles: Sequence[_Box], width: float, height: float
) -> float:
    area = (box.right - box.left) * (box.top - box.bottom)
    outside = area - box.overlap(_Box(0.0, 0.0, width, height))
    harm = _OUTSIDE * outside + sum(box.overlap(label) for label in labels)
    return round(harm + _ON_A_BUBBLE * sum(box.overlap(bubble) for bubble in bubbles), 9)
