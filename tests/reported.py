"""A small snapshot for tests of the report: invented tables, written as Parquet, with given strings wherever strings go."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from corpus.build import finish
from corpus.manifest import versions
from corpus.schemas import TABLES, annotations_table
from corpus.snapshot import Snapshot
from corpus.store import Staging
from corpus.study import Study, load_study
from corpus.wide import add_wide
from tests.annotated import VERSION, annotations
from tests.studies import CODEBOOK, OUTLET, STUDY

NAMES = ("Harbour Daily", "江海早报", "港灣時報", "Silk Road Monitor", "Far Shore Post", "Two Rivers")
PLATFORM = "rednote"
EVENTS = """event_id,date,time_local,zone,precision,event,kind,source,certainty,note
a,2025-01-13,,America/New_York,day,"An application is first in a chart",platform,invented,certain,
b,2025-01-14,,Asia/Shanghai,day,{event},official,invented,reported,
c,2025-03-01,,Asia/Shanghai,day,"Later than the window",official,invented,certain,
"""
FIRST = datetime(2025, 1, 10, 4, tzinfo=UTC)
LABELS = ("positive", "neutral", "negative", "abstain")
THEMES = ("welcome", "food", "cat_tax", "ban_law")
Row = dict[str, Any]


def make_snapshot(
    folder: Path,
    names: Sequence[str] = NAMES,
    documents: int = 240,
    authors: int = 30,
    labels: bool = True,
    end: str = "2025-02-10",
    annotated: bool = False,
) -> tuple[Study, Snapshot]:
    """A study with a snapshot of ``documents`` documents; ``names`` are its news sources and stand in all other places.

    Two more sources gave nothing: one whose robots.txt refused all, one that was never asked. With ``annotated`` there are
    labels of emotions, stances and irony, names, quotes, quantities and stories too.
    """
    study = _study(folder, names[0], end)
    tables = _tables(names, documents, authors, Random(7))
    with Staging(study.corpus_folder) as staging:
        for name in TABLES:
            if name not in ("columns", "documents_wide"):
                staging.add_rows(TABLES[name], tables.get(name, []))
        for name in ("sentiment", "themes") if labels else ():
            staging.add_rows(annotations_table(name, f"Labels: {name}"), tables[name], current_version="1")
        for table, rows in annotations(tables["documents"], names, Random(11)) if annotated else ():
            staging.add_rows(table, rows, current_version=VERSION)
        add_wide(staging)
        made_from = {
            "archive_sha256": "0" * 64,
            "study": {"id": study.id, "title": study.file.study.title, "digest": study.digest},
            "key_fingerprint": "0" * 16,
            "versions": versions(),
        }
        rejected = sum(row["outcome"] == "rejected" for row in tables["captures"])
        counts = {
            "captures": len(tables["captures"]),
            "captures_with_documents": len(tables["captures"]) - rejected,
            "captures_rejected": rejected,
            "readings": documents,
            "documents": documents,
            "copies": len(tables["copies"]),
            "listed_not_captured": 3,
            "layouts": {"harbour-daily": {"layout_agreed": 4, "layout_parted": 2, "layout_empty": 1}},
            "rejections": {f"read/{names[-1]}": 1, "read/robots_txt": rejected - 1},
        }
        dates = {"first_capture": FIRST.isoformat(), "last_capture": (FIRST + timedelta(days=20)).isoformat()}
        return study, finish(staging, study, made_from, dates, counts)


def _study(folder: Path, name: str, end: str) -> Study:
    (folder / "outlets").mkdir(parents=True)
    (folder / "outlets" / "harbour-daily.toml").write_text(OUTLET, encoding="utf-8")
    printable = "".join(sign for sign in name if sign.isprintable()) or "nameless"
    title = json.dumps(f"A study: {printable}")
    study = STUDY.replace('title = "A small study"', f"title = {title}").replace(
        "[files]", '[files]\nevents = "events.csv"'
    )
    study = study.replace("end = 2025-02-10", f"end = {end}")
    (folder / "study.toml").write_text(study, encoding="utf-8")
    (folder / "codebook.toml").write_bytes(CODEBOOK.read_bytes())
    quoted = '"' + printable.replace('"', '""') + '"'
    (folder / "events.csv").write_text(EVENTS.format(event=quoted), encoding="utf-8")
    return load_study(folder)


def _id(kind: str, number: int) -> str:
    return f"{kind:0<4}{number:028x}"


def _tables(names: Sequence[str], documents: int, authors: int, random: Random) -> dict[str, list[Row]]:
    sources = [_source(f"source-{n}", name) for n, name in enumerate(names)]
    sources += [_source(PLATFORM, "RedNote", "platform"), _source("closed", "Closed"), _source("unasked", "Unasked")]
    rows = [_document(n, len(names), authors, random) for n in range(documents)]
    posts = [row["id"] for row in rows if row["kind"] == "post"]
    for row in rows:
        if row["kind"] == "comment" and posts:
            row["thread_id"] = random.choice(posts)
        row["title"] = random.choice(names) if row["kind"] == "article" else None
    captures = [_capture(n, row["source_id"], names[n % len(names)]) for n, row in enumerate(rows)]
    robots = [_capture(documents + n, source["id"], "", robots=True) for n, source in enumerate(sources[:-1])]
    copies, clusters = _copies(rows, names)
    return {
        "sources": sources,
        "documents": rows,
        "captures": captures + robots,
        "copies": copies,
        "clusters": clusters,
        "sightings": [
            {
                "document_id": row["id"],
                "capture_id": captures[n]["id"],
                "found_by": names[n % len(names)],
                "value": "",
                "rank": 1,
            }
            for n, row in enumerate(rows)
        ],
        "observations": [
            {
                "document_id": post,
                "capture_id": captures[n]["id"],
                "observed_at": FIRST,
                "comments_value": None if n % 7 == 0 else n % 12,
            }
            for n, post in enumerate(posts)
        ],
        "media": [
            {"document_id": post, "position": 0, "kind": "image", "alt": names[n % len(names)] if n % 3 else None}
            for n, post in enumerate(posts)
        ],
        "availability": _checks(rows, names, random),
        "permissions": [_permission(n, name) for n, name in enumerate(names)],
        "flow": [
            {"source_id": source["id"], "stage": stage, "reason": reason, "items": items}
            for n, source in enumerate(sources)
            for stage, reason, items in (
                ("discovered", None, 40 + n),
                ("skipped", names[n % len(names)], 10),
                ("fetched", None, 25 + n),
                ("read", None, 20),
            )
        ],
        "tokens": [{"document_id": row["id"], "tokens": ["a"]} for row in rows],
        "sentiment": [_label(row, "sentiment", LABELS[random.randrange(4)]) for row in rows],
        "themes": [
            _label(row, "themes", label)
            for row in rows
            for label in (random.sample((*THEMES, *names[:12]), 2) if random.random() < 0.7 else ["none"])
        ],
    }


def _source(name: str, called: str, kind: str = "news") -> Row:
    return {
        "id": name,
        "name": called,
        "kind": kind,
        "owner": "private",
        "owner_as_of": "2025-01-01",
        "owner_source": called,
        "base_country": "US",
        "languages": ["en"],
        "homepage": "https://source.example/",
    }


def _document(number: int, sources: int, authors: int, random: Random) -> Row:
    kind = ("article", "article", "post", "comment", "comment")[random.randrange(5)]
    dated = random.random() < 0.97
    at = FIRST + timedelta(days=min(34, int(random.expovariate(0.12))), minutes=random.randrange(600))
    days = {} if not dated else dict.fromkeys(("day_utc", "day_new_york"), at.date())
    return days | {
        "id": _id("d0c", number),
        "source_id": f"source-{number % sources}" if kind == "article" and number % 40 else PLATFORM,
        "kind": kind,
        "bylines": [NAMES[number % len(NAMES)]] if kind == "article" and number % 3 == 0 else [],
        "text": "Invented.",
        "published_at": at if dated else None,
        "day_shanghai": (at + timedelta(hours=8)).date() if dated else None,
        "published_precision": "minute" if dated else None,
        "author_key": None if kind == "article" else _id("a", random.randrange(authors)),
        "language": ("zh-Hans", "zh-Hant", "en", "en", "mul", "zxx")[random.randrange(6)],
        "hashtags": [],
        "flags": [],
    }


def _capture(number: int, source: str, rule: str, robots: bool = False) -> Row:
    return {
        "id": _id("cab", number),
        "source_id": source,
        "url": "https://source.example/",
        "fetched_at": FIRST + timedelta(days=20, seconds=number),
        "status": 200,
        "how": "http",
        "format": "robots" if robots else "page",
        "permission": "asking" if robots else "allowed",
        "permission_rule": rule or None,
        "outcome": "rejected" if robots else "documents",
        "documents": 0 if robots else 1,
        "warc_path": "00000.warc.gz",
        "warc_offset": number,
    }


def _checks(rows: Sequence[Row], names: Sequence[str], random: Random) -> list[Row]:
    """Posts are looked at soon and again; articles, for the first time, years later."""
    found = []
    for n, row in enumerate(rows):
        if row["kind"] == "comment" or row["published_at"] is None:
            continue
        soon = row["kind"] == "post"
        for check, wait in enumerate((2, 50, 200) if soon else (13_000, 13_100)):
            state = ("live", "live", "edited", "gone", "unknown", "blocked")[random.randrange(6) if check else 0]
            found.append(
                {
                    "document_id": row["id"],
                    "checked_at": row["published_at"] + timedelta(hours=wait),
                    "capture_id": _id("cab", n),
                    "state": state,
                    "evidence": names[n % len(names)],
                }
            )
    return found


def _permission(number: int, name: str) -> Row:
    return {
        "origin": f"https://{name}",
        "at": FIRST + timedelta(seconds=number),
        "decision": "rules",
        "reason": name,
        "robots_digest": "0" * 64,
        "rule": name,
    }


def _copies(rows: Sequence[Row], names: Sequence[str]) -> tuple[list[Row], list[Row]]:
    """Clusters of three articles each, as many as there are names, each beginning with an article that has it as title."""
    articles = sorted(
        (row for row in rows if row["kind"] == "article" and row["published_at"]), key=lambda r: r["published_at"]
    )
    copies: list[Row] = []
    clusters: list[Row] = []
    for start in range(0, min(len(articles) // 3, len(names)) * 3, 3):
        group = articles[start : start + 3]
        cluster = _id("c1", start)
        group[0]["title"] = names[start // 3]
        for row, role, distance in zip(group, ("first", "copy", "edited"), (0.0, 0.0, 0.2), strict=True):
            copies.append({"document_id": row["id"], "cluster_id": cluster, "role": role, "distance": distance})
        clusters.append(
            {
                "id": cluster,
                "documents": 3,
                "equal": 1,
                "edited": 1,
                "sources": len({row["source_id"] for row in group}),
                "languages": sorted({row["language"] for row in group}),
                "first_document_id": group[0]["id"],
                "first_published_at": group[0]["published_at"],
                "last_published_at": group[-1]["published_at"],
            }
        )
    return copies, clusters


def _label(row: Row, annotator: str, label: str) -> Row:
    return {"document_id": row["id"], "annotator": annotator, "version": "1", "label": label, "score": None}
