"""Undo content codings within bounds: gzip, deflate, Brotli, and what was wrong with them."""

import zlib

import brotli

BODY_LIMIT = 64 << 20
RATIO_LIMIT = 200
_SMALL = 1 << 20  # below this the ratio says nothing: a short body of one letter is no bomb


def decode_content(body: bytes, encoding: str | None) -> tuple[bytes, tuple[str, ...]]:
    """``body`` without its codings, outermost first, and problems: ``payload_incomplete``, ``payload_damaged``, ``payload_too_large``,
    ``coding_unknown``. What could be decoded before a fault is kept; nothing is raised for any bytes.
    """
    problems: list[str] = []
    for coding in reversed([part.strip().lower() for part in (encoding or "").split(",") if part.strip()]):
        if coding in ("gzip", "x-gzip"):
            body, problem = _inflate(body, 31)
        elif coding == "deflate":
            body, problem = _inflate(body, 15 if body[:1] == b"\x78" else -15)
        elif coding == "br":
            body, problem = _unbrotli(body)
        else:
            problem = None if coding == "identity" else "coding_unknown"
        if problem:
            problems.append(problem)
            break
    return body, tuple(problems)


def _limit(sent: int) -> int:
    return min(BODY_LIMIT, max(_SMALL, sent * RATIO_LIMIT))


def _inflate(body: bytes, window: int) -> tuple[bytes, str | None]:
    out, limit, rest = bytearray(), _limit(len(body)), body
    while rest:
        inflate = zlib.decompressobj(window)
        try:
            out += inflate.decompress(rest, limit - len(out) + 1)
        except zlib.error:
            salvaged = _salvage(rest, window, limit - len(out))
            return bytes(out) + salvaged, "payload_damaged"
        if len(out) > limit:
            return bytes(out[:limit]), "payload_too_large"
        if not inflate.eof:
            return bytes(out), "payload_incomplete"
        rest = inflate.unused_data if window == 31 and inflate.unused_data[:2] == b"\x1f\x8b" else b""
    return bytes(out), None


def _salvage(body: bytes, window: int, limit: int) -> bytes:
    inflate, out = zlib.decompressobj(window), bytearray()
    for start in range(0, len(body), 512):
        try:
            out += inflate.decompress(body[start : start + 512], max(1, limit - len(out)))
        except zlib.error:
            break
    return bytes(out[:limit])


def _unbrotli(body: bytes) -> tuple[bytes, str | None]:
    limit, decoder, out = _limit(len(body)), brotli.Decompressor(), bytearray()
    try:
        out += decoder.process(body, output_buffer_limit=limit)
        while not decoder.is_finished() and len(out) < limit and not decoder.can_accept_more_data():
            out += decoder.process(b"", output_buffer_limit=limit - len(out))
    except brotli.error:
        return bytes(out), "payload_damaged"
    if len(out) >= limit and not decoder.is_finished():
        return bytes(out[:limit]), "payload_too_large"
    return bytes(out), None if decoder.is_finished() else "payload_incomplete"
