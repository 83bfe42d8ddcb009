"""Take an HTTP answer apart as a file of somebody else's holds it: status, headers, body without its chunks."""

import re
from dataclasses import dataclass

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?:[ \t]|\Z)")
_END_OF_HEAD = re.compile(rb"\r*\n\r*\n")
_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,4096})?\r?\n")
_HEAD_LIMIT = 256 << 10


@dataclass(frozen=True, slots=True)
class Message:
    """An HTTP answer. `sent`: its body as it stands in the file; `body`: without its chunks, content codings left."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """In their order; a folded line is part of the one before it. Transfer-Encoding is gone once it is undone."""
    sent: bytes
    body: bytes
    problems: tuple[str, ...] = ()
    """``payload_incomplete`` where the body ends before its head, or its chunks, say that it does."""

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def read_message(block: bytes) -> Message | None:
    """The answer in ``block``; None where it begins with no status line. Raises nothing for any bytes."""
    end = _END_OF_HEAD.search(block, 0, _HEAD_LIMIT)
    head, sent = (block[: end.start()], block[end.end() :]) if end else (block[:_HEAD_LIMIT], b"")
    lines = [line.rstrip(b"\r") for line in head.split(b"\n")]
    status = _STATUS.match(lines[0])
    if status is None:
        return None
    headers = _headers(lines[1:])
    coded = any(name.lower() == "transfer-encoding" and "chunked" in value.lower() for name, value in headers)
    body, whole = unchunked(sent) if coded else (sent, not _is_short(headers, sent))
    kept = tuple(pair for pair in headers if pair[0].lower() != "transfer-encoding")
    return Message(int(status[1]), kept, sent, body, () if whole else ("payload_incomplete",))


def _headers(lines: list[bytes]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for line in lines:
        text = line.decode("utf-8", "replace")
        if text[:1] in (" ", "\t") and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {text.strip()}")
        elif ":" in text:
            name, _, value = text.partition(":")
            found.append((name.strip(), value.strip()))
    return found


def _is_short(headers: list[tuple[str, str]], sent: bytes) -> bool:
    """An answer without a body, as to HEAD, or of status 304, is not short."""
    stated = next((value for name, value in headers if name.lower() == "content-length"), "")
    return bool(sent) and stated.isascii() and stated.isdigit() and len(stated) < 16 and len(sent) < int(stated)


def unchunked(sent: bytes) -> tuple[bytes, bool]:
    """A chunked body put together, and whether it was whole; as it is where it does not begin with a chunk.

    Many tools undo the chunks and leave the header that named them.
    """
    out, at = bytearray(), 0
    while (line := _CHUNK.match(sent, at)) is not None:
        size, start = int(line[1], 16), line.end()
        if at == 0 and start + size > len(sent):
            return sent, True  # a text that begins with digits: no chunk
        out += sent[start : start + size]
        if size == 0:
            return bytes(out), True
        if start + size > len(sent):
            return bytes(out), False
        at = start + size
        at += 2 if sent.startswith(b"\r\n", at) else 1
    return (bytes(out), False) if at else (sent, True)
