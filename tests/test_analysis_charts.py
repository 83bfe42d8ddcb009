"""The pictures of a report: what they show, that it can be read, and that nothing in them can run."""

import hashlib
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from analysis.charts.days import Days, flags, ranges
from analysis.charts.drawing import NARROW, SMALL, WIDE
from analysis.charts.heat import _BLUES
from analysis.charts.lettering import LONGEST, broken, percent, plain, shortened, width
from analysis.charts.scales import classes, rounded_up
from analysis.charts.shares import TONES
from analysis.reporting.words import LANGUAGES, Words
from corpus.study import load_events
from tests.drawn import NAMES, WITH_EVENTS, Row, Seen, days_of, drawn, event, many
from tests.opened import Watcher, watched

ROOT = Path(__file__).resolve().parent.parent
JANUARY = date(2025, 1, 10)
EVENTS = load_events(ROOT / "studies" / "tiktok-refugees" / "events.csv")
VARIANTS = list(product(NAMES, LANGUAGES, (False, True)))
DRAWN = {"svg", "title", "desc", "g", "path", "text"}
KNOWN = set(
    "xmlns role width height viewBox lang font-family fill stroke stroke-width stroke-dasharray data-marks d transform x y "
    "font-size font-weight text-anchor".split()
)


@pytest.fixture(scope="module")
def large() -> dict[tuple[str, Any, bool], str]:
    """Every picture of a large corpus, with all events of the study."""
    rows = many()
    return {
        (name, language, narrow): drawn(name, rows[name], EVENTS, language, narrow)
        for name, language, narrow in VARIANTS
    }


def parts(svg: str) -> Iterator[tuple[str, etree._Element]]:
    for element in etree.fromstring(svg.encode()).iter():
        yield etree.QName(element).localname, element


def test_a_picture_holds_nothing_that_runs_reaches_out_or_meets_another(large: Any) -> None:
    for variant, svg in large.items():
        for tag, element in parts(svg):
            assert tag in DRAWN, variant
            assert set(element.attrib) <= KNOWN, variant
        assert "http" not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "") and "url(" not in svg


def test_a_picture_says_what_it_is(large: Any) -> None:
    for (name, language, narrow), svg in large.items():
        root = etree.fromstring(svg.encode())
        assert root.get("role") == "img"
        assert root.get("width") == str(NARROW if narrow else WIDE)
        assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
        assert root.get("lang") == {"en": "en", "zh": "zh-Hans"}[language]
        title, story = root[0], root[1]
        assert (etree.QName(title).localname, etree.QName(story).localname) == ("title", "desc")
        assert title.text == Words(language)(f"chart.{name}") and len(story.text or "") > 20


def test_a_picture_is_small_and_its_letters_are_not(large: Any) -> None:
    for variant, svg in large.items():
        assert len(svg.encode()) <= 60_000, variant
        for tag, element in parts(svg):
            if size := element.get("font-size"):
                assert float(size) >= 11, (variant, tag)


LOOK = """() => [...document.querySelectorAll("svg")].map(svg => {
  const own = svg.getBoundingClientRect();
  return [own.width, own.height, [...svg.querySelectorAll("text")].map(text => {
    const box = text.getBoundingClientRect();
    return [text.firstChild.data, box.left - own.left, box.top - own.top, box.right - own.left, box.bottom - own.top];
  })];
})"""


@pytest.fixture(scope="module")
def watcher() -> Iterator[Watcher]:
    with watched() as found:
        yield found


def test_in_a_browser_no_text_leaves_its_picture_or_covers_another(
    large: Any, watcher: Watcher, tmp_path: Path
) -> None:
    page_file = tmp_path / "page.html"
    page_file.write_text("<!doctype html><meta charset=utf-8>" + "".join(large.values()), encoding="utf-8")
    with watcher.page() as page:
        page.goto(page_file.as_uri())
        seen = page.evaluate(LOOK)
    assert len(seen) == len(large)
    for variant, (wide, high, texts) in zip(large, seen, strict=True):
        assert wide == (NARROW if variant[2] else WIDE) and texts
        for text, left, top, right, bottom in texts:
            assert left >= 0 and top >= -2 and right <= wide and bottom <= high + 2, (variant, text)
        # The box of a letter is higher than its ink: three pixels of two lines may overlap.
        for a, b in combinations(texts, 2):
            apart = a[3] <= b[1] + 0.5 or b[3] <= a[1] + 0.5 or a[4] <= b[2] + 4 or b[4] <= a[2] + 4
            assert apart, (variant, a, b)


@pytest.mark.parametrize("name", NAMES)
def test_no_rows_no_picture(name: str) -> None:
    assert drawn(name, []) == ""


@pytest.mark.parametrize("name", ["volume", "theme_days", "sentiment_days", "sentiment", "themes"])
def test_rows_without_a_document_are_no_picture(name: str) -> None:
    rows = [row | {"n": 0, "total": 0} for row in many(days=3, themes=2)[name]]
    assert drawn(name, rows, EVENTS) == ""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("narrow", [False, True])
def test_a_window_of_one_day_is_drawn(name: str, narrow: bool) -> None:
    rows = many(days=1, sources=3, themes=3, clusters=2)
    seen = Seen(drawn(name, rows[name], [event(date(2024, 12, 10))], narrow=narrow))
    if name in WITH_EVENTS:
        assert "1" in seen.texts("event-numbers") and "10 Dec" in seen.texts("dates")


# What each picture shows


def week() -> list[Row]:
    counts = {"article": [0, 1, 2, 0, 3], "post": [1, 0, 0, 0, 2], "comment": [0, 0, 4, 1, 0]}
    return [
        {"day": JANUARY + timedelta(n), "kind": kind, "n": count}
        for kind, days in counts.items()
        for n, count in enumerate(days)
    ]


@pytest.mark.parametrize("narrow", [False, True])
def test_volume_has_a_bar_for_each_day_with_documents(narrow: bool) -> None:
    seen = Seen(drawn("volume", week(), [event(JANUARY + timedelta(1))], narrow=narrow))
    assert seen.count("bars") == sum(1 for row in week() if row["n"])
    assert seen.texts("titles") == ["Articles", "Posts", "Comments"]
    assert seen.texts("counts")[0] == "n = 6, most on 14 Jan: 3"
    assert seen.texts("event-numbers") == ["1"] and seen.count("events") == 3
    assert seen.count("unknown") == 0
    heights = [high for _, _, _, high in seen.boxes("bars")][:3]
    assert heights == pytest.approx([heights[0], 2 * heights[0], 3 * heights[0]], abs=0.3)


def test_dates_and_numbers_are_written_as_the_language_writes_them() -> None:
    rows = [row | {"n": row["n"] * 1000} for row in week()]
    en, zh = (Seen(drawn("volume", rows, language=language)) for language in LANGUAGES)
    assert "14 Jan" in en.texts("dates") and "2025" in en.texts("dates")
    assert "1月14日" in zh.texts("dates") and "2025年" in zh.texts("dates")
    assert zh.texts("titles") == ["文章", "帖子", "评论"]
    assert "4,000" in en.texts("values") and "n = 6,000，最多：1月14日，3,000篇" in zh.texts("counts")


def test_a_day_without_a_number_is_not_a_day_with_none() -> None:
    rows = [row for row in week() if (row["day"], row["kind"]) != (JANUARY, "article")]
    rows[0] = rows[0] | {"n": None}
    seen = Seen(drawn("volume", rows))
    assert seen.count("unknown") == 2
    assert Words("en")("chart.unknown_days") in " ".join(seen.texts("note"))
    assert Words("en")("chart.unknown_days") not in " ".join(Seen(drawn("volume", week())).texts("note"))


def test_kinds_of_another_order_have_a_scale_of_their_own_and_say_so() -> None:
    rows = [row | {"n": row["n"] * (500 if row["kind"] == "comment" else 1)} for row in week()]
    assert "own scale" in " ".join(Seen(drawn("volume", rows)).texts("note"))
    assert "own scale" not in " ".join(Seen(drawn("volume", week())).texts("note"))


def test_an_event_with_an_hour_lies_on_its_day_in_shanghai() -> None:
    moved = [event(JANUARY, "22:30", "America/New_York"), event(JANUARY, "", "America/New_York")]
    seen = Seen(drawn("volume", week(), moved))
    assert sorted(seen.texts("event-numbers")) == ["1", "2"]
    first, second = sorted({round(x) for x, *_ in seen.boxes("events")})
    x = {
        text: float(sign.get("x", 0))
        for text, sign in zip(seen.texts("event-numbers"), seen.marks("event-numbers"), strict=True)
    }
    assert x["2"] == pytest.approx(first, abs=2) and x["1"] == pytest.approx(second, abs=2)


def test_events_outside_the_days_are_not_drawn_and_keep_their_numbers() -> None:
    events = [event(JANUARY - timedelta(9)), event(JANUARY), event(JANUARY + timedelta(40))]
    assert Seen(drawn("volume", week(), events)).texts("event-numbers") == ["2"]


@settings(max_examples=80)
@given(
    st.lists(st.integers(0, 89), min_size=1, max_size=60), st.sampled_from([230.0, 300.0, 700.0]), st.integers(1, 400)
)
def test_numbers_of_events_never_touch_and_none_is_lost(places: list[int], room: float, count: int) -> None:
    days = Days.over(days_of(JANUARY, count), 40, room, 1.5)
    events = [event(JANUARY + timedelta(place)) for place in sorted(places)]
    inside = [n for n, place in enumerate(sorted(places), 1) if place < count]
    groups = {group.name: group.marks for group in flags(events, days, 40)}
    labels: Any = groups.get("event-numbers", [])
    for a, b in pairwise(labels):
        assert a.x + width(a.text, SMALL) / 2 < b.x - width(b.text, SMALL) / 2
    assert all(30 <= mark.x <= 50 + room for mark in labels)
    told: list[int] = []
    for mark in labels:
        for part in mark.text.split(", "):
            low, _, high = part.partition("–")
            told += range(int(low), int(high or low) + 1)
    assert told == inside
    assert len(groups.get("leaders", [])) == len({place for place in places if place < count})


def test_numbers_in_a_row_are_told_as_a_range() -> None:
    assert ranges([9, 10, 11, 14, 17, 18]) == "9–11, 14, 17, 18"


def cells() -> list[Row]:
    days = days_of(JANUARY, 4)
    return [
        *(
            {"source": "Harbour Daily", "day": day, "n": n, "asked": True}
            for day, n in zip(days, (0, 7, 1, 0), strict=True)
        ),
        *({"source": "江海早报", "day": day, "n": 0, "asked": True} for day in days),
        *({"source": "Closed Doors", "day": day, "n": 0, "asked": False, "state": "refused"} for day in days),
        *(
            {"source": "Import Only", "day": day, "n": n, "asked": False}
            for day, n in zip(days, (0, 0, 2, 0), strict=True)
        ),
    ]


@pytest.mark.parametrize("narrow", [False, True])
def test_coverage_tells_silence_from_not_asking(narrow: bool) -> None:
    seen = Seen(drawn("coverage", cells(), narrow=narrow))
    assert seen.texts("names") == ["Harbour Daily", "Import Only", "江海早报", "Closed Doors"]
    assert seen.texts("totals") == ["8", "2", "0", "refused"]
    assert (seen.count("counted"), seen.count("silent"), seen.count("lanes")) == (3, 6, 4)
    assert (seen.count("unasked"), seen.count("hatching")) == (7, 7)
    assert {"asked, nothing came", "not asked, or refused"} <= set(seen.texts("key-texts"))
    assert sorted(seen.texts("numbers")) == ["1", "2", "7"]


def test_coverage_puts_the_sources_beyond_twenty_five_together() -> None:
    rows = many(days=6, sources=300)["coverage"]
    seen = Seen(drawn("coverage", rows))
    assert len(seen.texts("names")) == 26 and seen.texts("names")[-1] == "275 others"
    total = sum(int(text.replace(",", "")) for text in seen.texts("totals"))
    assert total == sum(row["n"] for row in rows)


def test_many_days_share_columns_and_the_picture_says_so() -> None:
    rows = many(days=365, sources=3)["coverage"]
    seen = Seen(drawn("coverage", rows, narrow=True))
    assert Words("en")("chart.per_days", n=7) in seen.texts("note")
    assert seen.count("counted") + seen.count("silent") + seen.count("unasked") == 3 * -(-365 // 7)


def test_sentiment_shows_each_share_with_its_n() -> None:
    rows = [
        {"script": "zh", "kind": "post", "sentiment": tone, "n": n, "total": 1200, "share": n / 1200}
        for tone, n in (("negative", 300), ("neutral", 600), ("positive", 180), ("abstain", 120))
    ]
    seen = Seen(drawn("sentiment", rows))
    assert seen.texts("names") == ["Chinese posts"] and seen.texts("totals") == ["n = 1,200"]
    assert seen.texts("percentages") == ["25%", "50%", "15%"] and seen.count("shares") == 4
    widths = [wide + 1 for _, _, wide, _ in seen.boxes("shares")]
    assert [wide / sum(widths) for wide in widths] == pytest.approx([0.25, 0.5, 0.15, 0.1], abs=0.005)
    assert Seen(drawn("sentiment", rows, language="zh")).texts("names") == ["中文帖子"]


def test_sentiment_by_day_breaks_its_line_where_nothing_was_written_and_hollows_few() -> None:
    days = days_of(JANUARY, 4)
    totals = (20, 0, 4, 10)
    rows = [
        {"day": day, "script": "en", "sentiment": tone, "n": n if total else 0, "total": total}
        for day, total in zip(days, totals, strict=True)
        for tone, n in (("negative", 1), ("neutral", 0), ("positive", 3), ("abstain", 0))
    ]
    seen = Seen(drawn("sentiment_days", rows))
    assert seen.count("documents") == 3 and seen.count("positive") == 3 and seen.count("negative") == 3
    hollow = [sign for sign in seen.marks("positive") if sign.get("fill") == "#ffffff"]
    assert len(hollow) == 1 and hollow[0].get("d", "").count("M") == 1
    assert seen.texts("titles") == ["English"] and seen.texts("counts") == ["n = 34"]


def test_themes_have_a_sign_for_each_language_and_few_documents_make_it_hollow() -> None:
    rows = [
        {"theme": theme, "script": script, "n": n, "total": total, "share": n / total}
        for theme, script, n, total in (("Food", "zh", 40, 100), ("Food", "en", 3, 10), ("Cats", "zh", 9, 100))
    ]
    seen = Seen(drawn("themes", rows))
    assert seen.texts("names") == ["Food", "Cats"] and seen.texts("totals") == ["43", "9"]
    assert seen.count("shares") == 3
    assert "Hollow signs: fewer than 30 documents in that language." in seen.texts("note")
    assert {"Chinese (n = 100)", "English (n = 10)"} == set(seen.texts("key-texts"))


def test_theme_panels_share_one_scale() -> None:
    rows = [
        {"theme": theme, "day": day, "n": n}
        for theme, n in (("big", 40), ("small", 10), ("none", 0))
        for day in days_of(JANUARY, 2)
    ]
    seen = Seen(drawn("theme_days", rows))
    assert seen.texts("titles") == ["big", "small"] and seen.texts("counts") == ["80", "20"]
    heights = sorted({round(high, 1) for _, _, _, high in seen.boxes("bars")})
    assert heights[1] == pytest.approx(4 * heights[0], abs=0.3)


def test_copies_have_a_sign_for_each_document_and_tell_those_without_a_date() -> None:
    at = datetime(2025, 1, 14, 17, tzinfo=UTC)
    rows: list[Row] = [
        {"cluster": 1, "source": "Harbour Daily", "at": at, "role": "first", "distance": 0.0},
        {"cluster": 1, "source": "江海早报", "at": at + timedelta(days=2), "role": "copy", "distance": 0.0},
        {"cluster": 1, "source": "江海早报", "at": at + timedelta(days=3), "role": "edited", "distance": 0.1},
        {"cluster": "2 · A headline", "source": "Harbour Daily", "at": at, "role": "first", "distance": 0.0},
        {"cluster": "2 · A headline", "source": "Harbour Daily", "at": None, "role": "copy", "distance": 0.0},
    ]
    seen = Seen(drawn("copies", rows))
    assert seen.texts("names") == ["1: Harbour Daily", "2 · A headline"] and seen.texts("totals") == ["n = 3", "n = 1"]
    assert [seen.count(role) for role in ("first", "copy", "edited")] == [2, 1, 1]
    assert len({sign.get("d") for role in ("first", "copy", "edited") for sign in seen.marks(role)}) == 3, "shapes"
    assert "One document without a date is left out." in seen.texts("note")
    # 17:00 UTC of the 14th is the 15th in Shanghai.
    assert seen.texts("dates")[0] == "15 Jan"


def test_many_copies_at_one_place_make_one_larger_sign() -> None:
    at = datetime(2025, 1, 14, tzinfo=UTC)
    rows = [
        {"cluster": 1, "source": "x", "at": at + timedelta(days=5 * (n == 0)), "role": "copy", "distance": 0.0}
        for n in range(500)
    ]
    seen = Seen(drawn("copies", rows))
    assert seen.count("copy") == 2 and "larger: several at one place" in seen.texts("key-texts")
    assert Seen(drawn("copies", many()["copies"])).count("copy") <= 600


def test_completeness_tells_unknown_from_none() -> None:
    rows: list[Row] = [
        {"source": "a", "declared": 4000, "captured": 1000},
        {"source": "b", "declared": None, "captured": 12},
        {"source": "c", "declared": 0, "captured": 0},
    ]
    seen = Seen(drawn("completeness", rows))
    assert seen.texts("totals") == ["1,000 of 4,000 (25%)", "12; number declared unknown", "0 of 0"]
    assert (seen.count("captured"), seen.count("declared")) == (2, 1)
    (_, _, whole, _), (_, _, part, _) = seen.boxes("declared")[0], seen.boxes("captured")[0]
    assert part / whole == pytest.approx(0.25, abs=0.01)


# Strings of strangers

HOSTILE = [
    "<script>window.ran = true</script>",
    "</text></svg><script>window.ran = true</script>",
    "]]><!-- --><![CDATA[",
    '" onload="window.ran = true" x=\'',
    "&lt;b&gt; &#60;script&#62; &amp;",
    "datum.x",
    "signal('width')",
    '{"signal": "width"}',
    "javascript:window.ran=true",
    "\x00\x08\x0b\x1b[31m\x7f\x85",
    "\u202egnitirw esrever\u2066 \u2067\u2069\u200f\u061c",
    "lone \ud800 surrogate \udfff",
    "\ufffe\uffff\U0001ffff",
    "x" * 10_000,
    "字" * 10_000,
    "e" + "\u0301" * 10_000,
    "\u200d" * 10_000,
    "line\nbreak\r\n\ttab\u2028\u2029",
    "",
    "   ",
    "__proto__",
    "null",
    "123",
    "%s {n} {0} $& \\u0041",
]
PLACES = {
    "volume": "kind",
    "coverage": "source",
    "themes": "theme",
    "theme_days": "theme",
    "copies": "cluster",
    "completeness": "source",
}


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("narrow", [False, True])
def test_strings_of_strangers_are_text_and_nothing_else(name: str, narrow: bool) -> None:
    patterns: dict[str, Row] = {
        "volume": {"day": JANUARY, "n": 3},
        "coverage": {"day": JANUARY, "n": 3, "asked": True},
        "themes": {"script": "zh", "n": 3, "total": 9, "share": 1 / 3},
        "theme_days": {"day": JANUARY, "n": 3},
        "copies": {"source": "</svg>", "at": datetime(2025, 1, 14, tzinfo=UTC), "role": "copy", "distance": 0.0},
        "completeness": {"declared": 9, "captured": 3},
    }
    svg = drawn(name, [patterns[name] | {PLACES[name]: text} for text in HOSTILE], narrow=narrow)
    tags = {tag for tag, _ in parts(svg)}
    assert tags <= DRAWN and "<script" not in svg and "<![CDATA[" not in svg and "<!--" not in svg
    assert all(set(element.attrib) <= KNOWN for _, element in parts(svg))
    seen = Seen(svg)
    shown = [text.casefold() for text in seen.texts()]
    for kept in ("datum.x", "signal('width')", "null", "123", "__proto__"):
        assert kept in shown
    assert any(text.startswith("<script>") for text in shown)
    text = "".join(seen.root.itertext())
    assert not any(sign in text for sign in "\u202e\u2066\u200f\x1b\x85\u2028")
    assert len(svg) < 60_000


@given(st.text(max_size=60) | st.text(alphabet="\u0301\u200d\ud800\u202e<&a字\x00\n", max_size=60))
def test_every_string_becomes_a_line_that_xml_can_hold(text: str) -> None:
    line = plain(text)
    element = etree.Element("text")
    element.text = line
    assert etree.fromstring(etree.tostring(element)).text in (line, None)
    assert len(line) <= LONGEST and line == " ".join(line.split())


@given(st.text(max_size=80), st.floats(20, 400), st.integers(1, 4))
def test_shortened_and_broken_text_stays_within_its_room(text: str, room: float, lines: int) -> None:
    text = plain(text)
    assert width(shortened(text, room, 12), 12) <= room
    shown = broken(text, room, 12, lines)
    assert len(shown) <= lines and all(width(line, 12) <= room for line in shown)
    if not any(line.endswith("…") for line in shown):
        assert "".join(shown).replace(" ", "") == text.replace(" ", "")


def test_a_shortened_name_keeps_the_whole_one_beside_it() -> None:
    name = "The Independent Harbour and Islands Daily Advertiser of the Outer Provinces"
    (label,) = Seen(drawn("completeness", [{"source": name, "declared": 2, "captured": 1}])).marks("names")
    assert (label.text or "").endswith("…") and label[0].text == name


# The same everywhere


def fingerprint() -> str:
    rows = many(days=20, sources=5, themes=4, clusters=4)
    pictures = [drawn(name, rows[name], EVENTS, language) for name in NAMES for language in LANGUAGES]
    return hashlib.sha256("\n".join(pictures).encode()).hexdigest()


def test_the_same_rows_give_the_same_bytes_on_every_machine() -> None:
    elsewhere = {"TZ": "America/New_York", "LC_ALL": "de_DE.UTF-8", "LANG": "zh_CN.UTF-8", "PYTHONHASHSEED": "7"}
    run = subprocess.run(
        [sys.executable, "-c", "from tests.test_analysis_charts import fingerprint; print(fingerprint())"],
        cwd=ROOT,
        env=os.environ | elsewhere,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == fingerprint()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "copies"])
def test_the_order_of_rows_does_not_matter(name: str) -> None:
    rows = many(days=8, sources=4, themes=4)[name]
    mixed = random.Random(3).sample(rows, len(rows))
    assert drawn(name, rows) == drawn(name, mixed)


# Colours and scales


def brightness(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    low, high = sorted((brightness(a), brightness(b)))
    return (high + 0.05) / (low + 0.05)


def test_text_stands_out_from_what_is_behind_it(large: Any) -> None:
    for variant, svg in large.items():
        seen = Seen(svg)
        for name in ("names", "totals", "titles", "counts", "dates", "values", "note", "key-texts", "event-numbers"):
            for colour in seen.colours(name):
                assert contrast(colour, "#ffffff") >= 4.5, (variant, name, colour)
    ink, paper = "#22303c", "#ffffff"
    assert contrast(TONES["neutral"], ink) >= 4.5
    assert contrast(TONES["negative"], paper) >= 4.5 and contrast(TONES["positive"], paper) >= 4.5
    assert all(contrast(shade, ink) >= 4.5 for shade in _BLUES[:3])
    assert all(contrast(shade, paper) >= 4.5 for shade in _BLUES[3:])


@given(st.floats(0, 1e9))
def test_the_top_of_an_axis_is_round_and_near(most: float) -> None:
    top = rounded_up(most)
    assert top >= most and (top <= 1 or top <= 1.6 * most or top <= 10)


@given(st.integers(1, 10**6))
def test_classes_of_counts_cover_every_count_once(most: int) -> None:
    found = classes(most)
    assert found[0][0] == 1 and found[-1][1] is None and len(found) <= 5 and found[-1][0] <= most
    assert all(high is not None and high + 1 == low for (_, high), (low, _) in pairwise(found))


def test_a_share_never_looks_like_none_or_all_when_it_is_not() -> None:
    assert [percent(x) for x in (0, 0.001, 0.125, 0.5, 0.999, 1)] == ["0%", "<1%", "12%", "50%", ">99%", "100%"]
