"""Who is who: canonical addresses, digests, and the keyed ids and pseudonyms made from them."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

ID_HEX = 32  # 128 bits
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING = re.compile(
    r"^(utm_.*|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|spm|scm|share_.*|shareredid|author_share|xsec_.*|xhsshare"
    r"|appuid|apptime|from_?source|_?ga|ref_src|smid|cmpid|ncid)$",
    re.IGNORECASE,
)
_SAFE_PATH = "/:@!$&'()*+,;=-._~"
_SLASHES = re.compile(r"/{2,}")


def canonical_url(url: str) -> str:
    """The one spelling of an address under which captures of the same page meet.

    Lower-cases scheme and host (IDNA), drops default ports, fragments, credentials and parameters that only track the
    reader, sorts the query, resolves dot segments and normalises per-cent escapes. ``http`` and ``https`` are one.
    Idempotent: ``canonical_url(canonical_url(u)) == canonical_url(u)``.

    Raises ValueError where ``url`` is no absolute http(s) address.
    """
    parts = urlsplit(url.strip())
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"not an absolute http(s) address: {url!r}")
    host = parts.hostname.rstrip(".")
    try:
        host = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        host = host.lower()
    if not host:
        raise ValueError(f"no host in {url!r}")
    if ":" in host:
        host = f"[{host}]"
    if parts.port is not None and parts.port not in _DEFAULT_PORTS.values():
        host = f"{host}:{parts.port}"
    path = quote(
        unquote(_resolve_dots(parts.path), errors="surrogateescape"), safe=_SAFE_PATH, errors="surrogateescape"
    )
    query = [
        (k, v)
        for k, v in parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
        if not _TRACKING.match(k)
    ]
    return urlunsplit(("https", host, path or "/", urlencode(sorted(query), errors="surrogateescape"), ""))


def _resolve_dots(path: str) -> str:
    kept: list[str] = []
    segments = _SLASHES.sub("/", path).split("/")
    for segment in segments:
        plain = segment.lower().replace("%2e", ".")
        if plain == "..":
            if len(kept) > 1:
                kept.pop()
        elif plain != ".":
            kept.append(segment)
    if segments[-1].lower().replace("%2e", ".") in {".", ".."}:
        kept.append("")
    return "/".join(kept)


def digest(data: bytes) -> str:
    """SHA-256 of ``data`` as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Keys:
    """Makes every id of a study from its secret key: equal inputs meet within the study and nowhere else.

    Each id is the first 128 bits of HMAC-SHA256(key, kind, part, part ...) in hex; parts are joined by newlines after
    escaping, so no two lists of parts collide.
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < 32:
            raise ValueError("a study key has at least 32 bytes")

    def _id(self, kind: str, *parts: str) -> str:
        message = "\n".join([part.replace("\\", "\\\\").replace("\n", "\\n") for part in (kind, *parts)])
        return hmac.digest(self.secret, message.encode("utf-8", "surrogatepass"), "sha256").hex()[:ID_HEX]

    def document(self, platform: str, native_id: str) -> str:
        """Id of a platform's item: a note, a comment."""
        return self._id("document", platform, native_id)

    def page(self, url: str) -> str:
        """Id of a page that is known by its address only; raises ValueError as `canonical_url` does."""
        return self._id("document", "url", canonical_url(url))

    def author(self, platform: str, native_id: str) -> str:
        """Pseudonym of an account: stable in this study, never the same in another."""
        return self._id("author", platform, native_id)

    def capture(self, url: str, payload_digest: str, fetched_at: str) -> str:
        return self._id("capture", url, payload_digest, fetched_at)

    def cluster(self, *parts: str) -> str:
        return self._id("cluster", *parts)

    def line(self, host: str, text: str) -> str:
        """Id of a line that a host repeats."""
        return self._id("line", host, text)

    def fingerprint(self) -> str:
        """Tells two keys apart without showing either."""
        return self._id("fingerprint")[:16]


# Any letter but a Latin one may stand before the sign (Chinese puts no space there); after a Latin one it is mail.
_MENTION = re.compile(r"(?<![A-Za-z0-9_.@/])@\w(?:[\w\-·.]*\w)?")


_BY_ACCOUNT = re.compile(r"(?<!\w)(from|to|mentions|user|author):(?!\[account\])@?[^\s\[]+", re.IGNORECASE)


def name_key(name: str, platform: str, keys: Keys) -> str:
    """What stands for an account's name in a text: ``user_`` and the first digits of its pseudonym."""
    return f"user_{keys.author(platform, 'name:' + name)[:8]}"


def mask_handles(text: str, platform: str, keys: Keys, handles: tuple[str, ...] = ()) -> str:
    """``text`` with each @mention replaced by ``@user_<pseudonym>``.

    ``handles`` are names that the platform itself lists as mentioned (they may hold spaces); other mentions are found
    by their @ sign. Applying it twice changes nothing.
    """
    if "@" not in text:
        return text
    if names := frozenset(filter(None, handles)):
        text = _masked_names(text, names, platform, keys)

    def pseudonym(found: re.Match[str]) -> str:
        name = found.group()[1:]
        if re.fullmatch(r"user_[0-9a-f]{8}", name):
            return found.group()
        return f"@{name_key(name, platform, keys)}"

    return _MENTION.sub(pseudonym, text)


def _masked_names(text: str, names: frozenset[str], platform: str, keys: Keys) -> str:
    """``text`` with each ``@name`` of ``names`` masked, the longest first; however many there are, one way through it."""
    lengths: dict[str, list[int]] = {}
    for name in sorted(names, key=len, reverse=True):
        lengths.setdefault(name[:2], []).append(len(name))
    lengths = {start: list(dict.fromkeys(known)) for start, known in lengths.items()}
    kept, end = [], 0
    while (sign := text.find("@", end)) >= 0:
        begin = sign + 1
        known = (*lengths.get(text[begin : begin + 2], ()), *lengths.get(text[begin : begin + 1], ()))
        shown = (text[begin : begin + length] for length in known)
        found = next((one for one in shown if one in names), "")
        kept.append(text[end:sign] + (f"@{name_key(found, platform, keys)}" if found else "@"))
        end = begin + len(found)
    return "".join((*kept, text[end:]))


def mask_query(query: str) -> str:
    """``query`` with the accounts after ``from:`` and the like masked."""
    return _BY_ACCOUNT.sub(r"\1:[account]", query)
