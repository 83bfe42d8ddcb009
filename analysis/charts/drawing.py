"""Marks at places in pixels, drawn by Altair as static SVG.

Every place is computed before drawing, so that labels can be kept apart and that no picture depends on the fonts,
the locale or the time zone of the machine; strings reach the drawing library as data only, never as expressions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import vl_convert

from analysis.charts.finishing import finished
from analysis.charts.lettering import plain
from analysis.reporting.words import Words

FONT = "Noto Sans, Noto Sans CJK SC, Noto Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
INK, SOFT, FAINT, GRID, PAPER = "#22303c", "#566573", "#a7b1ba", "#e3e8ec", "#ffffff"
# The colours of Okabe and Ito, which stay apart for every kind of colour vision.
BLUE, VERMILION, ORANGE, PURPLE, GREY = "#0072b2", "#d55e00", "#e69f00", "#b0578d", "#6b7780"
Shape = Literal["circle", "square", "diamond", "triangle-up", "cross"]
Align = Literal["left", "center", "right"]
WIDE, NARROW = 760, 340
SIZE, SMALL = 12, 11


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    fill: str
    stroke: str = "none"

    def values(self) -> dict[str, Any]:
        return {
            "x": self.x,
            "y": self.y,
            "x2": self.x + self.width,
            "y2": self.y + self.height,
            "fill": self.fill,
            "stroke": self.stroke,
        }

    def style(self) -> tuple[Any, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Line:
    x: float
    y: float
    x2: float
    y2: float
    colour: str = GRID
    thick: float = 1
    dashed: bool = False

    def values(self) -> dict[str, Any]:
        return {"x": self.x, "y": self.y, "x2": self.x2, "y2": self.y2, "stroke": self.colour}

    def style(self) -> tuple[Any, ...]:
        return (self.thick, self.dashed)


@dataclass(frozen=True, slots=True)
class Letters:
    """A line of text; ``y`` is its base line, ``whole`` the text in full where this one was shortened."""

    x: float
    y: float
    text: str
    align: Align = "left"
    size: float = SIZE
    colour: str = INK
    bold: bool = False
    whole: str | None = None

    def values(self) -> dict[str, Any]:
        # Names come cleaned; once more, because a sign that XML cannot hold would end the whole process in the library.
        return {"x": self.x, "y": self.y, "text": plain(self.text), "fill": self.colour}

    def style(self) -> tuple[Any, ...]:
        return (self.align, self.size, self.bold)


@dataclass(frozen=True, slots=True)
class Dot:
    """A sign around a place; ``size`` is its area in square pixels."""

    x: float
    y: float
    shape: Shape
    fill: str
    size: float = 60
    stroke: str = PAPER

    def values(self) -> dict[str, Any]:
        return {"x": self.x, "y": self.y, "fill": self.fill, "stroke": self.stroke, "size": self.size}

    def style(self) -> tuple[Any, ...]:
        return (self.shape,)


Mark = Box | Line | Letters | Dot


@dataclass(frozen=True, slots=True)
class Group:
    """Marks of one meaning; the SVG keeps the name as ``data-marks``."""

    name: str
    marks: Sequence[Mark]


def picture(groups: Sequence[Group], width: int, height: float, words: Words, title: str, story: str) -> str:
    """SVG text of the groups, the first at the bottom; ``title`` and ``story`` are read out by screen readers."""
    # Marks of one meaning, type and style make one layer, wherever they stand: a layer costs more than its marks.
    sorted_out: dict[tuple[Any, ...], list[Mark]] = {}
    for group in groups:
        for mark in group.marks:
            sorted_out.setdefault((group.name, type(mark).__name__, *mark.style()), []).append(mark)
    layers = [_layer(marks, f"layer{n}") for n, marks in enumerate(sorted_out.values())]
    names = [str(key[0]) for key in sorted_out]
    wholes = [[mark.whole if isinstance(mark, Letters) else None for mark in marks] for marks in sorted_out.values()]
    chart = (
        alt.layer(*layers)
        .properties(width=width, height=height, padding=0, autosize=alt.AutoSizeParams(type="none"))
        # One font, whatever the picture names in the end: the library measures each text in each font of a list.
        .configure(font="sans-serif", background=PAPER, aria=False)
        .configure_view(stroke=None)
    )
    spec = chart.to_dict(validate=False)
    # Put in afterwards: Altair would look at each value of each row.
    spec["datasets"] = {
        f"layer{n}": [_rounded(mark.values()) for mark in marks] for n, marks in enumerate(sorted_out.values())
    }
    svg = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    language = {"en": "en", "zh": "zh-Hans"}[words.language]
    root = {"width": f"{width:g}", "height": f"{height:g}", "viewBox": f"0 0 {width:g} {height:g}"}
    return finished(svg, names, wholes, root | {"lang": language, "font-family": FONT}, title, story)


def _layer(marks: Sequence[Mark], name: str) -> Any:
    """One Vega layer for marks of one type and style, which are the data set of that name."""
    first = marks[0]
    chart = alt.Chart(alt.NamedData(name=name), name=name)
    at = {"x": alt.X("x:Q", scale=None, axis=None), "y": alt.Y("y:Q", scale=None, axis=None)}
    fill, stroke = alt.Fill("fill:N", scale=None, legend=None), alt.Stroke("stroke:N", scale=None, legend=None)
    match first:
        case Box():
            return chart.mark_rect().encode(**at, x2=alt.X2("x2"), y2=alt.Y2("y2"), fill=fill, stroke=stroke)
        case Line(thick=thick, dashed=dashed):
            dash = [3, 3] if dashed else alt.Undefined
            return chart.mark_rule(strokeWidth=thick, strokeDash=dash).encode(
                **at, x2=alt.X2("x2"), y2=alt.Y2("y2"), stroke=stroke
            )
        case Letters(align=align, size=size, bold=bold):
            weight: Any = 600 if bold else alt.Undefined
            drawn = chart.mark_text(align=align, baseline="alphabetic", fontSize=size, fontWeight=weight)
            return drawn.encode(**at, text=alt.Text("text:N"), fill=fill)
        case Dot(shape=shape):
            area = alt.Size("size:Q", scale=None, legend=None)
            return chart.mark_point(shape=shape, opacity=1, strokeWidth=1).encode(
                **at, fill=fill, stroke=stroke, size=area
            )


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {key: round(value, 1) if isinstance(value, float) else value for key, value in values.items()}
