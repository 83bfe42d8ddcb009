"""Tell whether a record of a WARC file is as the digests that it states say it was."""

import base64
import hashlib

from corpus.decoding import decode_content
from corpus.messages import read_message

_ALGORITHMS = {
    "sha1": "sha1",
    "sha-1": "sha1",
    "sha256": "sha256",
    "sha-256": "sha256",
    "sha512": "sha512",
    "md5": "md5",
}


def digests_hold(fields: dict[str, str], block: bytes) -> bool | None:
    """Whether the digests of a record vouch for its block; None where it states none that can be checked.

    A digest of the block is the last word. One of the payload alone is taken in any of the senses in which tools compute
    it: with or without its chunks, with or without its content coding.
    """
    of_block = digest_holds(fields.get("warc-block-digest"), block)
    stated = fields.get("warc-payload-digest")
    if of_block is not None or stated is None or fields["warc-type"].lower() not in ("response", "resource"):
        return of_block
    message = read_message(block) if "http" in fields.get("content-type", "") else None
    if message is None:
        return digest_holds(stated, block)
    holds = digest_holds(stated, message.sent)
    if holds is False:
        plain, _ = decode_content(message.body, message.header("Content-Encoding"))
        holds = bool(digest_holds(stated, message.body)) or bool(digest_holds(stated, plain))
    return True if holds else None if "warc-truncated" in fields else holds


def digest_holds(stated: str | None, data: bytes) -> bool | None:
    """Whether ``stated`` (``sha1:`` and its digest in base 32 or hex) is the digest of ``data``; None: it cannot be told."""
    name, _, value = (stated or "").partition(":")
    if name.lower() not in _ALGORITHMS or not value:
        return None
    found = hashlib.new(_ALGORITHMS[name.lower()], data, usedforsecurity=False).digest()
    plain = value.strip().strip("=").lower()
    return plain in (found.hex(), base64.b32encode(found).decode().strip("=").lower())
