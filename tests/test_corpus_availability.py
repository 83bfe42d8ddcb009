"""States of documents over time: from invented tables of a build, in any order of their rows."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.availability import DIFF_SIGNS, Checks, checks_of, diff_of
from corpus.read import SHARD_TABLES
from corpus.stages.deduplicate import text_digest
from corpus.store import arrow_schema

Row = dict[str, Any]
START = datetime(2025, 1, 14, 8, tzinfo=UTC)


class Tables:
    """What a build read, put together capture by capture; `at` counts hours."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {name: [] for name in ("documents", "captures", "observations", "rejections")}

    def capture(self, at: float, url: str, outcome: str, **known: Any) -> Row:
        row = {
            "id": f"c{len(self.rows['captures']):03d}",
            "source_id": "harbour",
            "url": url,
            "fetched_at": START + timedelta(hours=at),
            "how": "http",
            "format": "page",
            "problems": [],
            "outcome": outcome,
        }
        self.rows["captures"].append(row | known)
        return self.rows["captures"][-1]

    def shows(self, at: float, document: str, text: str, kind: str = "article", **known: Any) -> str:
        url = known.pop("url", f"https://harbour.example/{document}")
        capture = self.capture(at, url, "documents", **known)
        reading = {
            "id": document,
            "source_id": "harbour",
            "kind": kind,
            "url": f"https://harbour.example/{document}",
            "text": text,
            "characters": len(text),
            "text_digest": text_digest(text),
            "fetched_at": capture.get("collected_at") or capture["fetched_at"],
            "capture_id": capture["id"],
        }
        self.rows["documents"].append(reading)
        return str(capture["id"])

    def says(self, at: float, url: str, reason: str, detail: str | None = None, **known: Any) -> str:
        """A capture that shows no document, of which nothing but the rejection is known."""
        capture = self.capture(at, url, "rejected", **known)
        self.rows["rejections"].append(
            {"capture_id": capture["id"], "stage": "read", "reason": reason, "detail": detail}
        )
        return str(capture["id"])

    def observed(self, at: float, document: str, state: str, evidence: str | None = None, **known: Any) -> None:
        capture = self.capture(at, "https://elsewhere.example/", "rejected", **{"format": "answer", **known})
        self.rows["observations"].append(
            {
                "document_id": document,
                "capture_id": capture["id"],
                "observed_at": capture["fetched_at"],
                "state": state,
                "evidence": evidence,
            }
        )

    def read(self, seed: int = 0) -> dict[str, pa.Table]:
        dice = random.Random(seed)
        return {
            name: pa.Table.from_pylist(dice.sample(rows, len(rows)), arrow_schema(SHARD_TABLES[name]))
            for name, rows in self.rows.items()
        }

    def checks(self, seed: int = 0) -> Checks:
        return checks_of(self.read(seed))

    def states(self, document: str = "a") -> list[tuple[str, str | None]]:
        return [(one.state, one.evidence) for one in self.checks().of[document]]


def stones(tables: Tables) -> list[Row]:
    checks = tables.checks()
    return checks.tombstones({"id": one, "source_id": "harbour", "kind": "article"} for one in checks.of)


URL = "https://harbour.example/a"


def test_an_answer_tells_the_state_of_the_document_at_its_address() -> None:
    tables = Tables()
    tables.shows(0, "a", "The ferry is late.")
    tables.says(1, "http://harbour.example/a?utm_source=feed", "http_403")
    tables.says(2, URL, "not_modified")
    tables.says(3, URL, "http_503")
    tables.says(4, URL, "http_404")
    tables.says(5, "https://harbour.example/other", "http_404")
    assert tables.states() == [
        ("live", None),
        ("blocked", "status 403"),
        ("live", "304"),
        ("gone", "status 404"),
    ]
    [stone] = stones(tables)
    assert (stone["last_live_at"], stone["gone_by"]) == (START + timedelta(hours=2), START + timedelta(hours=4))


def test_what_came_back_is_not_gone_and_what_is_blocked_since_is() -> None:
    tables = Tables()
    tables.shows(0, "a", "The ferry is late.")
    tables.observed(1, "a", "gone", "status 410")
    tables.shows(2, "a", "The ferry is late.")
    assert not stones(tables)
    tables.observed(3, "a", "gone", "status 410")
    tables.observed(4, "a", "gone", "status 404")
    tables.observed(5, "a", "blocked", "status 403")
    [stone] = stones(tables)
    assert stone["last_live_at"] == START + timedelta(hours=2) and stone["gone_by"] == START + timedelta(hours=3)
    assert stone["evidence"] == "status 404"


def test_a_capture_of_no_known_day_is_no_look() -> None:
    undated = {"problems": ["collected_at_unknown", "truncated"], "how": "import"}
    tables = Tables()
    tables.shows(0, "a", "The ferry is late.")
    tables.says(1, URL, "http_410")
    tables.shows(2, "a", "The ferry is late.", **undated)
    tables.says(3, URL, "http_403", **undated)
    tables.observed(4, "a", "private", **undated)
    assert [state for state, _ in tables.states()] == ["live", "gone"] and len(stones(tables)) == 1
    tables.shows(5, "b", "It is known by a file alone.", **undated)
    assert tables.states("b") == [] and len(stones(tables)) == 1
    tables.shows(6, "a", "The ferry is late.", original_url=URL, collected_at=START + timedelta(hours=6), **undated)
    assert [state for state, _ in tables.states()] == ["live", "gone", "live"], "the archive knew the day"


def test_an_edit_is_one_of_the_same_kind_of_capture_and_not_of_white_space() -> None:
    tables = Tables()
    tables.shows(0, "a", "The ferry is late.\nNobody knows why.")
    tables.shows(1, "a", "The ferry  is late!\n\nNobody knows why.")
    tables.shows(2, "a", "The ferry is late. Nobody knows why. Menu", how="rendered")
    tables.shows(3, "a", "The ferry is", problems=["truncated"])
    tables.shows(4, "a", "The ferry is early.\nNobody knows why.")
    tables.shows(5, "a", "The ferry is early.\nNobody knows why.")
    other = "text differs from that of another kind of capture"
    assert tables.states() == [
        ("live", None),
        ("live", None),
        ("live", other),
        ("live", other),
        ("edited", "text differs"),
        ("live", None),
    ]
    rows = tables.checks().rows([{"id": "a"}])
    assert rows[4]["diff"] == "@@ -1,2 +1,2 @@\n-The ferry is late!\n+The ferry is early.\n Nobody knows why."
    assert [row["diff"] for row in rows[:4]] == [None] * 4


def test_an_old_capture_brought_in_late_counts_at_its_own_time() -> None:
    tables = Tables()
    tables.shows(100, "a", "The ferry is early.")
    tables.shows(200, "a", "The ferry is late.", original_url=URL, collected_at=START, url="https://archive.example/1")
    tables.says(300, "https://archive.example/2", "http_404", original_url=URL, collected_at=START + timedelta(hours=9))
    states = tables.checks().of["a"]
    assert [one.state for one in states] == ["live", "gone", "edited"]
    assert states[0].at == START


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/", ("gone", "sent on to the front page")),
        ("http://harbour.example/a", None),
        ("/b", ("live", "sent on to its text at another address")),
        ("/c", ("unknown", "sent on to another text")),
        ("/d", ("unknown", "sent on to another address")),
        ("/e", ("gone", "sent on: status 404")),
        ("/f", None),
    ],
)
def test_a_redirect_is_followed_to_what_was_captured_there(location: str, expected: tuple[str, str] | None) -> None:
    tables = Tables()
    tables.shows(0, "a", "The ferry is late.")
    tables.shows(50, "b", "The ferry is late.")
    tables.shows(50, "c", "Quite another report.")
    tables.shows(5, "d", "The ferry is late.")
    tables.says(50, "https://harbour.example/e", "http_404")
    tables.says(50, "https://harbour.example/f", "http_500")
    tables.says(49, URL, "redirect", location, status=301)
    assert tables.states()[1:] == ([expected] if expected else [])


def test_redirects_in_a_ring_end() -> None:
    tables = Tables()
    tables.shows(0, "a", "The ferry is late.")
    tables.says(1, URL, "redirect", "/x")
    tables.says(1, "https://harbour.example/x", "redirect", "/a")
    assert tables.states()[0] == ("live", None)


def test_one_page_in_the_place_of_several_is_no_text_of_any() -> None:
    tables = Tables()
    for number, name in enumerate("abc"):
        tables.shows(number, name, f"A report of its own, number {number}.")
        tables.shows(10 + number, name, "Before you go on, we ask for a click.")
    tables.shows(20, "a", "A report of its own, number 0.")
    checks = tables.checks()
    assert tables.states("b")[1] == ("unknown", "the same page as at 2 other addresses")
    assert [one.state for one in checks.of["a"]] == ["live", "unknown", "live"]
    texts = tables.read().get("documents")
    assert texts is not None
    assert {texts.column("text")[number].as_py() for number in checks.impostors} == {
        "Before you go on, we ask for a click."
    }


def test_two_copies_that_are_edited_alike_are_edited() -> None:
    tables = Tables()
    for name in "ab":
        tables.shows(0, name, "The ferry is late, the office says.")
        tables.shows(1, name, "The ferry is late, the office said.")
    assert [state for state, _ in tables.states()] == ["live", "edited"] and not tables.checks().impostors


def test_comments_and_strangers_have_no_state() -> None:
    tables = Tables()
    tables.shows(0, "a", "The ferry is late.", kind="comment")
    tables.observed(1, "z", "gone")
    assert not tables.checks().of


def test_a_note_whose_card_alone_was_seen_shows_no_text() -> None:
    tables = Tables()
    tables.shows(0, "a", "", kind="post", format="front")
    tables.shows(1, "a", "今天的茶很好喝。", kind="post", how="rendered")
    assert [(one.state, one.digest is None) for one in tables.checks().of["a"]] == [("live", True), ("live", False)]


def test_a_diff_is_bounded() -> None:
    long = "\n".join(f"line {number}" for number in range(9_000))
    assert len(diff_of(long, long.replace("line", "row"))) <= DIFF_SIGNS + 2
    assert diff_of(long, long + "\nat the end") == "\n…", "beyond what is compared"


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.sampled_from(["shows", "edited", "http_404", "redirect", "gone", "blocked"]),
        st.sampled_from("abc"),
    ),
    max_size=12,
)


@given(EVENTS, st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(events: list[tuple[int, str, str]], seed: int) -> None:
    tables = Tables()
    for at, what, name in events:
        if what in ("shows", "edited"):
            tables.shows(at, name, f"The ferry is late, says {name}." if what == "shows" else "A page for all.")
        elif what in ("http_404", "redirect"):
            tables.says(at, f"https://harbour.example/{name}", what, "/b" if what == "redirect" else None)
        else:
            tables.observed(at, name, what, f"sign {at}")
    one, other = tables.checks(), tables.checks(seed)
    about = [{"id": name, "source_id": "harbour", "kind": "article"} for name in one.of]
    assert one.rows(about) == other.rows(about)
    assert one.tombstones(about) == other.tombstones(about)
    assert len(one.impostors) == len(other.impostors)
