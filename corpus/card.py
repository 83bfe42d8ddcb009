"""The data card of a snapshot: what a person reads and a machine loads, all from the manifest and the study."""

import json
import re
from collections.abc import Mapping
from typing import Any

from corpus.descriptors import Facts, TableFacts, croissant, data_package, ro_crate
from corpus.schemas import TABLES, Table
from corpus.study import Study

DEFAULT_TABLE = "documents_wide"
_SPDX = re.compile(
    r"(cc0|cc-by(-(sa|nc|nd|nc-sa|nc-nd))?|odbl|odc-by|pddl|mit|apache|bsd-[23]-clause)(-\d(\.\d)?)?", re.IGNORECASE
)
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
_LIMITS = (
    "The corpus shows what the named sources published, listed and still served when they were asked. It is a frame,"
    " not a platform and not the public: what was deleted, hidden behind a login, forbidden to crawlers or never listed"
    " is not in it.",
    "Posts that were removed before the first capture cannot be seen, so hostile and political posts are likely to be"
    " too few.",
    "A displayed place is what a platform shows of an account, no proof of where a person is.",
    "Counts are what was printed at the moment of capture: null is not known, 0 is none, and a printed bound such as"
    " 10+ is kept as one.",
    "Machine annotations carry errors that differ between languages: compare them with hand-coded samples before"
    " reporting shares.",
)
_PROCESSED = (
    "Texts are normalised and masked, their language is determined, they are cut into sentences and tokens; equal and"
    " nearly equal texts are marked, none is removed. Software:"
)
_PASSING_ON = (
    "A snapshot holds verbatim texts and addresses: it is for the study's own work and for reviewers. Decide field by"
    " field what may be published; when in doubt, publish counts."
)
_MADE = ("README.md", "DATASHEET.md", "croissant.json", "datapackage.json", "ro-crate-metadata.json", "CITATION.cff")


def write_card(manifest: Mapping[str, Any], study: Study, schemas: Mapping[str, Table] = TABLES) -> dict[str, bytes]:
    """Every descriptive file of a snapshot, name to bytes: equal manifests and studies give equal bytes.

    Its one date is that of the newest capture. ``schemas`` gives words for tables that the manifest does not describe.
    """
    facts = facts_of(manifest, study, schemas)
    others = ["manifest.json", "views.sql", *(f"schema/{table.name}.json" for table in facts.tables)]
    others += [name for name in _MADE if name != "ro-crate-metadata.json"]
    return {
        "README.md": _readme(facts),
        "DATASHEET.md": _datasheet(facts, manifest, study),
        "croissant.json": croissant(facts),
        "datapackage.json": data_package(facts),
        "ro-crate-metadata.json": ro_crate(facts, others),
        "CITATION.cff": _citation(facts),
    }


def facts_of(manifest: Mapping[str, Any], study: Study, schemas: Mapping[str, Table] = TABLES) -> Facts:
    """What the card says, drawn from the manifest and the study file."""
    about, release, window = study.file.study, study.file.release, study.file.window
    dates = manifest.get("dates", {})
    made_from = manifest.get("made_from", {})
    versions = manifest.get("versions") or made_from.get("versions") or {}
    return Facts(
        snapshot_id=str(manifest["snapshot_id"]),
        study_id=about.id,
        title=about.title,
        description=about.purpose,
        licence=release.licence,
        creators=release.creators,
        version=release.version,
        contact=about.contact,
        languages=tuple(sorted({tag.split("-")[0] for source in study.sources for tag in source.languages})),
        window=(window.start.isoformat(), window.end.isoformat(), window.zone),
        first_capture=_day(dates.get("first_capture")),
        last_capture=_day(dates.get("last_capture")),
        software=tuple(sorted((str(name), str(version)) for name, version in versions.items())),
        collection=_collection(study),
        limits=_LIMITS,
        sensitive=_sensitive(manifest),
        maintenance=_maintenance(study),
        tables=tuple(_table(name, entry, schemas.get(name)) for name, entry in sorted(manifest["tables"].items())),
    )


def _table(name: str, entry: Mapping[str, Any], schema: Table | None) -> TableFacts:
    return TableFacts(
        name=name,
        description=str(entry.get("description") or (schema.description if schema else f"Table {name}")),
        rows=int(entry["rows"]),
        files=tuple((str(file["path"]), str(file["sha256"]), int(file["bytes"])) for file in entry["files"]),
        columns=tuple(
            (c["name"], c["type"], c.get("description", ""), c.get("personal", "none")) for c in entry["columns"]
        ),
        key=tuple(entry.get("key") or (schema.key if schema else ())),
    )


def _day(moment: object) -> str | None:
    return str(moment)[:10] if moment else None


def _collection(study: Study) -> str:
    window, queries = study.file.window, study.file.queries
    words = ", ".join((*queries.zh, *queries.en)) or "none"
    sources = ", ".join(f"{source.name} ({source.owner})" for source in study.sources) or "none"
    return (
        f"Sources: {sources}. Window: {window.start} to {window.end}, days of {window.zone}. Words by which coverage"
        f" was selected: {words} (select = {queries.select}). Pages were requested only where robots.txt was read and"
        " allowed it; captures that researchers made themselves were imported. Table `captures` has every capture with"
        " its permission, `rejections` what became no document."
    )


def _sensitive(manifest: Mapping[str, Any]) -> str:
    marked = sorted(
        f"{name}.{column['name']} ({column['personal']})"
        for name, entry in manifest["tables"].items()
        for column in entry["columns"]
        if column.get("personal", "none") != "none"
    )
    return (
        "Texts are verbatim and may tell who wrote them; accounts are keyed pseudonyms, mentions in texts are masked;"
        f" opinions are personal data. Columns to treat with care: {', '.join(marked) or 'none marked'}."
    )


def _maintenance(study: Study) -> str:
    about = study.file.study
    until = f"Kept until {about.retention}. " if about.retention else ""
    return f"{until}Snapshots are immutable; a correction or a withdrawal is a new snapshot. Contact: {about.contact}"


def _readme(facts: Facts) -> bytes:
    rows = [f"| `{table.name}` | {table.rows:,} | {_cell(table.description)} |" for table in facts.tables]
    days = f"{facts.first_capture or 'not known'} to {facts.last_capture or 'not known'}"
    one = DEFAULT_TABLE if any(table.name == DEFAULT_TABLE for table in facts.filled) else "documents"
    lines = [
        *_front_matter(facts),
        "",
        f"# {facts.title}",
        "",
        facts.description,
        "",
        f"Snapshot `{facts.snapshot_id}`, captured {days}.",
        f"Window {facts.window[0]} to {facts.window[1]}, days of {facts.window[2]}.",
        f"Licence: {facts.licence}. Contact: {facts.contact}",
        "",
        "## Load it",
        "",
        "```python",
        "import pandas as pd",
        f'documents = pd.read_parquet("data/{one}")',
        "```",
        "",
        "```sql",
        f"SELECT language, count(*) FROM 'data/{one}/*.parquet' GROUP BY language;  -- DuckDB",
        "```",
        "",
        "## Tables",
        "",
        "| table | rows | what it holds |",
        "|---|--:|---|",
        *rows,
        "",
        "Every column is explained in the table `columns` and in `schema/<table>.json`. Offsets count Unicode code",
        "points of `text`. Times are UTC; `day_utc`, `day_shanghai` and `day_new_york` say whose day it was. Null is",
        "not known, 0 is none.",
        "",
        "## Limits",
        "",
        *(f"- {limit}" for limit in facts.limits),
        "",
        "## Check it",
        "",
        "`manifest.json` has the size and SHA-256 of every data file, and of every table a logical digest that does",
        "not depend on the version of the Parquet writer; `huanying verify` compares them. The other descriptors prove",
        "nothing about bytes.",
        "",
    ]
    return "\n".join(lines).encode()


def _front_matter(facts: Facts) -> list[str]:
    """The card's YAML head. Each value is written as JSON, which YAML contains, so no text can break out of it."""
    known = _SPDX.fullmatch(facts.licence) is not None
    documents = next((table.rows for table in facts.tables if table.name == "documents"), 0)
    size = next((name for bound, name in _SIZES if documents < bound), "n>10M")
    head = [
        "---",
        f"pretty_name: {_quoted(facts.title)}",
        f"language: {_quoted(list(facts.languages))}",
        f"license: {_quoted(facts.licence.lower() if known else 'other')}",
    ]
    if not known:
        head.append(f"license_name: {_quoted(facts.licence)}")
    head += [f"size_categories: {_quoted([size])}", 'tags: ["social-media", "news", "web-archive", "code-switching"]']
    default = DEFAULT_TABLE if any(table.name == DEFAULT_TABLE for table in facts.filled) else None
    configs = sorted(facts.filled, key=lambda table: (table.name != default, table.name))
    if configs:
        head.append("configs:")
    for table in configs:
        head += [f"- config_name: {_quoted(table.name)}", f"  data_files: {_quoted(f'data/{table.name}/*.parquet')}"]
        if table.name == default:
            head.append("  default: true")
    return [*head, "---"]


def _datasheet(facts: Facts, manifest: Mapping[str, Any], study: Study) -> bytes:
    about = study.file.study
    tables = [f"- `{table.name}`: {table.rows:,} rows. {table.description}" for table in facts.tables]
    counts = _counts(manifest.get("counts", {}))
    marked = ((table.name, column) for table in facts.tables for column in table.columns)
    personal = [f"- `{name}.{column}`: {kind}" for name, (column, _, _, kind) in marked if kind != "none"]
    software = [f"- {name} {version}" for name, version in facts.software]
    captured = f"Captured {facts.first_capture or 'not known'} to {facts.last_capture or 'not known'}."
    sections: dict[str, list[str]] = {
        "Why was it made?": [about.purpose],
        "What does it hold?": [*tables, "", "Counts of the build:", "", *counts],
        "Who publishes what is in it?": _owners(study) or ["No source is named."],
        "How was it collected?": [facts.collection, "", captured],
        "On what footing?": [f"Legal basis: {about.legal_basis}", "", f"Ethics: {about.ethics or 'not stated'}"],
        "What of people?": [facts.sensitive, "", *personal],
        "How was it processed?": [_PROCESSED, "", *software],
        "What do machines say of the texts?": _cards(manifest),
        "What can it not show?": [f"- {limit}" for limit in facts.limits],
        "May it be passed on?": [f"Licence stated by the study: {facts.licence}. {_PASSING_ON}"],
        "Who looks after it?": [facts.maintenance],
    }
    lines = [f"# Datasheet: {facts.title}", "", f"Snapshot `{facts.snapshot_id}`.", ""]
    for question, answer in sections.items():
        lines += [f"## {question}", "", *answer, ""]
    return "\n".join(lines).encode()


def _cards(manifest: Mapping[str, Any]) -> list[str]:
    """What each annotator and survey says of itself: what, how, trained on what, measured how, where it fails."""
    cards = [(name, entry["card"]) for name, entry in sorted(manifest["tables"].items()) if "card" in entry]
    return "\n\n".join(f"### {name}\n\n{card}" for name, card in cards).splitlines() or ["Nothing yet."]


def _owners(study: Study) -> list[str]:
    return [
        f"- {source.name} (`{source.id}`): {source.kind}; owner {source.owner}, as of {source.owner_as_of}"
        f" ({source.owner_source}); {source.base_country}; {', '.join(source.languages)}"
        for source in study.sources
    ]


def _counts(counts: Mapping[str, Any], before: str = "") -> list[str]:
    lines = []
    for name, value in sorted(counts.items()):
        lines += _counts(value, f"{before}{name}: ") if isinstance(value, Mapping) else [f"- {before}{name}: {value}"]
    return lines


def _citation(facts: Facts) -> bytes:
    creators = facts.creators or (f"The makers of the study {facts.study_id}",)
    lines = [
        "cff-version: 1.2.0",
        "message: If you use this corpus, cite it with its snapshot id.",
        "type: dataset",
        f"title: {_quoted(facts.title)}",
        f"abstract: {_quoted(facts.description)}",
        "authors:",
        *(f"  - name: {_quoted(name)}" for name in creators),
        f"version: {_quoted(facts.version)}",
        "identifiers:",
        "  - type: other",
        f"    value: {_quoted(f'urn:huanying:snapshot:{facts.snapshot_id}')}",
        "    description: Snapshot; it follows from the bytes of the corpus",
    ]
    if facts.last_capture:
        lines.append(f"date-released: {facts.last_capture}")
    if _SPDX.fullmatch(facts.licence):
        lines.append(f"license: {_quoted(facts.licence.upper())}")
    return ("\n".join(lines) + "\n").encode()


def _quoted(value: object) -> str:
    return (
        json.dumps(value, ensure_ascii=False)
        .replace("\u0085", "\\u0085")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
