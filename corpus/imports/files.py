"""Import single pages and texts, or a folder of them, with what a table beside them says of each."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from corpus.archive import Entry
from corpus.decoding import BODY_LIMIT, decode_content
from corpus.errors import UserError
from corpus.identity import canonical_url
from corpus.imports import Damaged, Held, Item, Shape, Stub, Taken
from corpus.records import Finding, Permission
from corpus.secrets import clean_bytes, clean_text, without_secrets

SOURCE_ID = "files"
SIDECARS = ("sidecar.csv", "urls.csv")
_COLUMNS = ("path", "url", "date", "source", "title", "published")
_FORMATS = {".html": ("page", "text/html"), ".htm": ("page", "text/html"), ".txt": ("text", "text/plain")}
_PIECE = 16 << 20


@dataclass(frozen=True, slots=True)
class Beside:
    """A row of the table: address, moment of capture, a source's id, title and date as some list printed them."""

    line: int
    url: str | None
    captured_at: datetime | None
    source: str | None
    title: str | None
    published: str | None


class Files:
    """Each file is one capture. Without a table its address is its path, and when it was collected is not known."""

    title = "web pages and plain texts (.html, .htm, .txt, also .gz), or a folder of them with an optional urls.csv"

    def recognise(self, path: Path, head: bytes) -> str | None:
        if path.is_dir():
            count = sum(1 for _ in pages_in(path))
            return f"a folder with {count} pages and texts" if count else None
        kind = format_of(path)
        return f"its name ends as that of a {kind[0]}" if kind else None

    def items(self, path: Path, held: Held) -> Iterator[Item]:
        """Entries in the order of their paths. Raises UserError where a table beside the files is faulty.

        A table tells of the files in its own folder and in those within it; of several the nearest counts.
        """
        if path.is_file() and format_of(path) is None:
            raise UserError(
                "is taken for a page or a text by its name alone, and its name ends as that of neither",
                where=path,
                hint="rename it to .html or .txt if that is what it holds, else import it without `--as files`",
            )
        top = path if path.is_dir() else path.parent
        beside = _all_beside(path, top, held.source_ids)
        seen: set[str] = set()
        for file in pages_in(path) if path.is_dir() else [path]:
            name = file.relative_to(top).as_posix()
            seen.add(name)
            yield from _taken(file, f"{top.resolve().name}/{name}", beside.get(name))
        if path.is_dir():
            for name, row in beside.items():
                if name not in seen:
                    yield Stub("listed_but_not_there", row.line)


def _all_beside(path: Path, top: Path, source_ids: frozenset[str]) -> dict[str, Beside]:
    """What the tables in ``top`` and in the folders within it say, by paths from ``top``."""
    folders = [top]
    if path.is_dir():
        folders += sorted({found.parent for name in SIDECARS for found in top.rglob(f"*/{name}")})
    found: dict[str, Beside] = {}
    for folder in folders:
        rows = read_sidecar(folder, source_ids)
        found |= {(folder.relative_to(top) / name).as_posix(): row for name, row in rows.items()}
    return found


def format_of(path: Path) -> tuple[str, str] | None:
    """Format and media type that a file's name promises; None where it promises neither page nor text."""
    name = path.name.lower().removesuffix(".gz")
    return next((kind for ending, kind in _FORMATS.items() if name.endswith(ending)), None)


def pages_in(folder: Path) -> Iterator[Path]:
    """Pages and texts, by their names, in ``folder`` and in those within it, sorted; hidden ones left out."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and format_of(path) and path.is_file():
            yield path


def _taken(file: Path, name: str, row: Beside | None) -> Iterator[Item]:
    kind = format_of(file) or ("text", "text/plain")
    state = file.stat()
    if state.st_size > BODY_LIMIT:
        yield from _too_large(file)
        return
    raw = file.read_bytes()
    body, faults = decode_content(raw, "gzip") if file.name.lower().endswith(".gz") else (raw, ())
    if faults:
        yield Damaged(faults[0], 0, raw)
        return
    body, removed = clean_bytes(body) if kind[0] == "page" else _clean_plain(body)
    captured_at = row.captured_at if row else None
    entry = Entry(
        source_id=(row.source if row else None) or SOURCE_ID,
        url=(row.url if row else None)
        or f"urn:huanying:file:{quote(without_secrets(name)[0], errors='surrogateescape')}",
        fetched_at=captured_at or datetime.fromtimestamp(int(state.st_mtime), UTC),
        status=200,
        headers=(("Content-Type", kind[1]),),
        body=body,
        how="import",
        format=kind[0],
        finding=Finding(
            "file",
            collected_at=captured_at,
            title=row.title if row else None,
            published_raw=row.published if row else None,
        ),
        permission=Permission("own-capture"),
        problems=() if captured_at else ("collected_at_unknown",),
    )
    yield Taken(entry, Shape(f"saved {kind[0]}"), removed) if removed else entry


def _clean_plain(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Plain text in any encoding without the secrets of the addresses in it, and of what stands in it beside."""
    text, removed = clean_text(body.decode("latin-1"))
    body, more = clean_bytes(text.encode("latin-1"))
    return body, tuple(sorted({*removed, *more}))


def _too_large(file: Path) -> Iterator[Damaged]:
    with file.open("rb") as opened:
        position = 0
        while piece := opened.read(_PIECE):
            yield Damaged("file_too_large", position, piece)
            position += len(piece)


def read_sidecar(folder: Path, source_ids: frozenset[str]) -> dict[str, Beside]:
    """The table beside the files by path; empty where there is none. Raises UserError with every fault and its line."""
    path = next((folder / name for name in SIDECARS if (folder / name).is_file()), None)
    if path is None:
        return {}
    found: dict[str, Beside] = {}
    faults: list[str] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            rows = csv.DictReader(file, delimiter=max(",;\t", key=first.count))
            if "path" not in (rows.fieldnames or ()):
                raise UserError("has no column `path`", where=path, hint=f"its columns may be {', '.join(_COLUMNS)}")
            for row in rows:
                plain = {name: (row.get(name) or "").strip() for name in _COLUMNS}
                try:
                    name = plain["path"].removeprefix("./")
                    if name in found:
                        raise ValueError(f"{name} is listed twice")
                    found[name] = _row(plain, rows.line_num, source_ids)
                except ValueError as error:
                    faults.append(f"  {path}:{rows.line_num}: {error}")
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(
            f"cannot be read as CSV in UTF-8: {error}", where=path, hint="save it as CSV (UTF-8)"
        ) from error
    if faults:
        raise UserError("faults in the table beside the files\n" + "\n".join(faults), hint="mend them and import again")
    return found


def _row(row: dict[str, str], line: int, source_ids: frozenset[str]) -> Beside:
    if not row["path"]:
        raise ValueError("no path")
    if row["source"] and source_ids and row["source"] not in {*source_ids, SOURCE_ID}:
        raise ValueError(f"the study names no source {row['source']!r}; it names {', '.join(sorted(source_ids))}")
    return Beside(
        line=line,
        url=_address(row["url"]) if row["url"] else None,
        captured_at=_moment(row["date"]) if row["date"] else None,
        source=row["source"] or None,
        title=clean_text(row["title"])[0] or None,
        published=clean_text(row["published"])[0] or None,
    )


def _address(raw: str) -> str:
    """In one spelling, without secrets; the scheme as given, by which the page may be asked for again."""
    url = canonical_url(without_secrets(raw)[0])
    return url.replace("https:", "http:", 1) if raw.strip().lower().startswith("http:") else url


def _moment(raw: str) -> datetime:
    try:
        found = datetime.fromisoformat(raw)
    except ValueError:
        raise ValueError(f"{raw!r} is no date such as 2025-01-14 or 2025-01-14T09:30:00+08:00") from None
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)


IMPORT = Files()
