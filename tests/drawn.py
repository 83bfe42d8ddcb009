"""Rows as the charts of a report take them, invented: few, many, of one day; and pictures looked into."""

import random
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lxml import etree

from analysis import charts
from analysis.reporting.lasting import GRID, STATES
from analysis.reporting.words import Words
from corpus.study import Event

Row = dict[str, Any]
TONES = ("negative", "neutral", "positive", "abstain")
WITH_EVENTS = ("volume", "coverage", "sentiment_days", "theme_days")
NAMES = (
    "volume",
    "coverage",
    "sentiment",
    "sentiment_days",
    "themes",
    "theme_days",
    "copies",
    "completeness",
    "stages",
    "states",
    "remaining",
)


def event(day: date, clock: str = "", zone: str = "Asia/Shanghai") -> Event:
    return Event(
        event_id=f"e{day.toordinal()}{clock[:2]}",
        date=day,
        time_local=clock,
        zone=zone,
        precision="hour" if clock else "day",
        event="something happened",
        kind="law",
        source="invented",
        certainty="certain",
    )


def days_of(first: date, count: int) -> list[date]:
    return [first + timedelta(n) for n in range(count)]


def many(days: int = 90, sources: int = 40, themes: int = 30, clusters: int = 30) -> dict[str, list[Row]]:
    """Rows of every chart for a large corpus; the same at every call."""
    dice = random.Random(7)
    window = days_of(date(2024, 12, 10), days)
    kinds = (("article", 4), ("post", 60), ("comment", 9000))
    long = ("South China Sea Morning Chronicle and Advertiser", "某某新闻客户端海外版", "BQC", "A Very Long Name " * 5)
    rows: dict[str, list[Row]] = {name: [] for name in NAMES}
    for day in window:
        rows["volume"] += [{"day": day, "kind": kind, "n": int(dice.random() ** 3 * most)} for kind, most in kinds]
        for script, most in (("zh", 100), ("en", 40), ("mixed", 8), ("other", 2)):
            total = int(dice.random() * most)
            parts = sorted(dice.randrange(total + 1) for _ in range(3))
            counts = [b - a for a, b in zip([0, *parts], [*parts, total], strict=True)]
            rows["sentiment_days"] += [
                {"day": day, "script": script, "sentiment": tone, "n": n, "total": total}
                for tone, n in zip(TONES, counts, strict=True)
            ]
        rows["theme_days"] += [
            {"theme": f"A theme with a long label {t} 标签", "day": day, "n": int(dice.random() * 400 / (t + 1))}
            for t in range(themes)
        ]
    rows["coverage"] = [
        {
            "source": f"{long[s % 4]} {s}",
            "day": day,
            "n": 0 if s % 5 == 3 else int(dice.random() ** 4 * 3000 / (s + 1)),
            "asked": s % 7 != 6 and day.day != 20,
        }
        for s in range(sources)
        for day in window
    ]
    for script, total in (("zh", 90000), ("en", 4000), ("mixed", 200), ("other", 12)):
        for kind, _ in kinds:
            shares = [dice.random() for _ in TONES]
            rows["sentiment"] += [
                {
                    "script": script,
                    "kind": kind,
                    "sentiment": tone,
                    "n": round(total * part / sum(shares)),
                    "total": total,
                    "share": part / sum(shares),
                }
                for tone, part in zip(TONES, shares, strict=True)
            ]
        for t in range(themes):
            share = dice.random() / (t + 2)
            rows["themes"].append(
                {
                    "theme": f"A theme with a long label {t} 标签",
                    "script": script,
                    "n": 1 + int(total * share),
                    "total": total,
                    "share": share,
                }
            )
    for c in range(clusters):
        begun = datetime(2024, 12, 10, tzinfo=UTC) + timedelta(days=dice.random() * max(days - 1, 0))
        for n in range(2 + 300 // (c + 1)):
            at = begun + timedelta(hours=dice.expovariate(0.02) * min(1, days / 90) if n else 0)
            role = dice.choice(("copy", "edited")) if n else "first"
            rows["copies"].append(
                {"cluster": c + 1, "source": dice.choice(long), "at": at, "role": role, "distance": 0.0}
            )
    rows["completeness"] = [
        {"source": f"{long[s % 4]} {s}", "declared": 90000 // (s + 1), "captured": 40000 // (s + 2)}
        for s in range(sources)
    ]
    rows["stages"] = [
        {
            "source": f"{long[s % 4]} {s}",
            "known": None if s % 3 == 2 else 90000 // (s + 1),
            "had": 60000 // (s + 1),
            "documents": 50000 // (s + 2),
        }
        for s in range(sources)
    ]
    for s in range(sources):
        parts = [int(dice.random() * 900 / (s + 1)) for _ in STATES]
        rows["states"] += [
            {"source": f"{long[s % 4]} {s}", "state": state, "n": n, "total": sum(parts)}
            for state, n in zip(STATES, parts, strict=True)
            if n
        ]
    rows["remaining"] = [
        {
            "source": f"{long[s % 4]} {s}",
            "n": 900 - s,
            "points": [
                {"hours": hours, "share": 0.97**n, "low": 0.95**n, "high": 0.985**n} for n, hours in enumerate(GRID)
            ],
        }
        for s in range(min(sources, 9))
    ]
    return rows


def drawn(
    name: str, rows: Sequence[Row], events: Sequence[Event] = (), language: Any = "en", narrow: bool = False
) -> str:
    draw = getattr(charts, name)
    words = Words(language)
    return str(draw(rows, events, words, narrow) if name in WITH_EVENTS else draw(rows, words, narrow))


class Seen:
    """A picture as one may ask it."""

    def __init__(self, svg: str) -> None:
        self.root = etree.fromstring(svg.encode())

    def marks(self, name: str) -> list[etree._Element]:
        return [sign for group in self.root.iterfind(".//{*}g") if group.get("data-marks") == name for sign in group]

    def texts(self, name: str | None = None) -> list[str]:
        signs = self.root.iterfind(".//{*}text") if name is None else self.marks(name)
        return [sign.text or "" for sign in signs]

    def count(self, name: str) -> int:
        """Signs of a meaning; a path holds as many as it has beginnings."""
        return sum(1 if "transform" in sign.attrib else (sign.get("d") or "M").count("M") for sign in self.marks(name))

    def colours(self, name: str) -> set[str]:
        return {
            str(element.get(key))
            for sign in self.marks(name)
            for element in (sign, sign.getparent())
            for key in ("fill", "stroke")
            if element is not None and element.get(key) not in (None, "none")
        }

    def boxes(self, name: str) -> list[tuple[float, float, float, float]]:
        """x, y, width and height of the boxes; of a bar that is a thick line its place and length."""
        found = []
        for sign in self.marks(name):
            for part in re.findall(r"M([^M]*)", sign.get("d") or ""):
                numbers = [float(n) for n in re.findall(r"-?[\d.]+", part)]
                if "h" in part:
                    found.append((numbers[0], numbers[1], numbers[2], numbers[3]))
                else:
                    found.append((numbers[0], numbers[1], 0.0, -numbers[2]))
        return found
