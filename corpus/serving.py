"""Answer JSON lines: the address of a page's bytes on disk in, what the article reader finds in it out."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from corpus.charset import decode_text
from corpus.pages.articles import Article, read_article
from corpus.stages.language import detect


def read_lines(stdin: Iterable[str], stdout: TextIO) -> None:
    """Answer each line ``{"id", "url", "html_path"}`` at once: ``{"id", "text", "title", "authors", "date", "lang"}``.

    ``date`` is in ISO 8601 as the page means it, as exact as it is known; what is not found is left out. A line that
    cannot be answered is answered with its ``id`` (where it has one) and ``error``; the next goes on.
    """
    for line in stdin:
        if line.strip():
            stdout.write(json.dumps(_answer(line), ensure_ascii=False) + "\n")
            stdout.flush()


def _answer(line: str) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"id": None, "error": f"no JSON: {error}"}
    if not isinstance(asked, dict) or not isinstance(asked.get("html_path"), str):
        known = asked.get("id") if isinstance(asked, dict) else None
        return {"id": known, "error": 'expected {"id": ..., "url": ..., "html_path": "a file"}'}
    try:
        body = Path(asked["html_path"]).read_bytes()
    except (OSError, ValueError) as error:
        return {"id": asked.get("id"), "error": f"cannot be read: {error}"}
    url = asked.get("url")
    found = read_article(decode_text(body).text, url if isinstance(url, str) else None)
    return {"id": asked.get("id"), **(_fields(found) if found else {})}


def _fields(found: Article) -> dict[str, Any]:
    fields: dict[str, Any] = {"text": found.text, "title": found.title, "authors": list(found.bylines) or None}
    if found.dated and found.dated.at:
        day = found.dated.at.date().isoformat()
        fields["date"] = day if found.dated.precision == "day" else found.dated.at.isoformat()
    fields["lang"] = detect(found.text).language if found.text else None
    return {name: value for name, value in fields.items() if value}
