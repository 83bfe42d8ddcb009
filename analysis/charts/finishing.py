"""The drawing library's SVG written anew and small: only known signs, no name, no reference, nothing that runs."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby

from lxml import etree

_NUMBER = re.compile(r"-?\d*\.\d+(?:e-?\d+)?")
_MOVED = re.compile(r"^translate\(([^,()]+),([^,()]+)\)$")
_KEPT = {
    "path": ("d", "fill", "stroke", "stroke-width", "stroke-dasharray"),
    "line": ("stroke", "stroke-width", "stroke-dasharray"),
    "text": ("fill", "font-size", "font-weight", "text-anchor"),
}
_INHERITED = ("fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight", "text-anchor")
_SVG = "http://www.w3.org/2000/svg"


def finished(
    svg: str,
    names: Sequence[str],
    wholes: Sequence[Sequence[str | None]],
    root: Mapping[str, str],
    title: str,
    story: str,
) -> str:
    """SVG of the layers of ``svg`` alone, layer after layer, with a name and a description for readers of screens.

    ``wholes`` has, layer by layer and sign by sign, the text in full where a shortened one is shown.
    Ids are never written, so that many pictures can stand in one page. Raises ValueError where a layer or sign is
    missing: a picture without it would tell something else.
    """
    drawn = etree.fromstring(svg.encode(), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    layers = [group for group in drawn.iter(f"{{{_SVG}}}g") if "role-mark" in (group.get("class") or "").split()]
    if len(layers) != len(names):
        raise ValueError(f"{len(names)} layers were asked for and {len(layers)} drawn")
    out = etree.Element("svg", {"xmlns": _SVG, "role": "img", **root})
    etree.SubElement(out, "title").text = title
    etree.SubElement(out, "desc").text = story
    for name, layer, tips in zip(names, layers, wholes, strict=True):
        signs = [_sign(element) for element in layer]
        if len(signs) != len(tips):
            raise ValueError(f"{name}: {len(tips)} signs were asked for and {len(signs)} drawn")
        for sign, tip in zip(signs, tips, strict=True):
            if tip:
                etree.SubElement(sign, "title").text = tip
        out.append(_hoisted(name, _joined(signs)))
    return str(etree.tostring(out, encoding="unicode"))


def _sign(element: etree._Element) -> etree._Element:
    """A sign with its known attributes and nothing else; a line becomes a path, a moved text gets x and y."""
    tag = etree.QName(element).localname
    kept = {key: element.get(key, "") for key in _KEPT[tag] if element.get(key) is not None}
    moved = _MOVED.match(element.get("transform", ""))
    x, y = (float(part) for part in moved.groups()) if moved else (0.0, 0.0)
    if tag == "line":
        tag = "path"
        kept["d"] = f"M{_short(x)},{_short(y)}" + _stroke(float(element.get("x2", 0)), float(element.get("y2", 0)))
    elif tag == "text":
        kept |= {"x": _short(x), "y": _short(y), "font-size": kept["font-size"].removesuffix("px")}
    else:
        kept["d"] = _NUMBER.sub(lambda found: _short(float(found.group())), kept["d"])
        if moved:
            kept["transform"] = f"translate({_short(x)},{_short(y)})"
    sign = etree.Element(tag, kept)
    sign.text = element.text if tag == "text" else None
    return sign


def _stroke(x: float, y: float) -> str:
    if not x or not y:
        return f"h{_short(x)}" if x else f"v{_short(y)}"
    return f"l{_short(x)},{_short(y)}"


def _short(value: float) -> str:
    return f"{round(value, 1) + 0:g}" if abs(value) < 1e5 else f"{value:.0f}"


def _joined(signs: Sequence[etree._Element]) -> list[etree._Element]:
    """Paths that follow each other and look alike as one path of several parts."""
    out: list[etree._Element] = []
    for look, same in groupby(signs, key=_look):
        alike = list(same)
        if look:
            alike[0].set("d", "".join(sign.get("d", "") for sign in alike))
            del alike[1:]
        out += alike
    return out


def _look(sign: etree._Element) -> tuple[tuple[str, str], ...] | None:
    if sign.tag != "path" or sign.get("transform"):
        return None
    return (*sorted((str(key), str(value)) for key, value in sign.attrib.items() if key != "d"), ("tag", "path"))


def _hoisted(name: str, signs: Sequence[etree._Element]) -> etree._Element:
    """The signs in one group, which takes over what all of them share."""
    group = etree.Element("g", {"data-marks": name})
    for key in _INHERITED:
        values = {sign.get(key) for sign in signs}
        if len(values) == 1 and (value := values.pop()) is not None:
            group.set(key, value)
            for sign in signs:
                del sign.attrib[key]
    group.extend(signs)
    return group
