"""Decode the bytes of a page whatever its label says: byte order mark, UTF-8, label, then a detector."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

import chardet

REPLACEMENT = "\ufffd"
_HEAD = 4096
_SAMPLE = 200_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with theirs
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"""<meta\b[^>]{0,300}?\bcharset\s*=\s*["']?\s*([A-Za-z0-9_:.\-]{2,40})""", re.IGNORECASE)
_PROLOG = re.compile(rb"""^\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9_:.\-]{2,40})""")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
# Labels as they are meant, not as they are written: each of these names a superset that browsers use in its place.
_MEANT = {
    "gb18030": "gb2312 gbk gb_2312 gb_2312-80 gb2312-80 csgb2312 chinese x-gbk cp936 ms936 windows-936 euc-cn gb",
    "big5hkscs": "big5 big5-hkscs big5-eten big5hk cn-big5 csbig5 x-x-big5 cp950 ms950 big-5",
    "cp1252": "iso-8859-1 iso8859-1 iso_8859-1 iso88591 latin1 latin-1 l1 ascii us-ascii windows-1252 x-user-defined",
    "cp932": "shift_jis shift-jis sjis x-sjis windows-31j ms_kanji",
    "cp949": "euc-kr euckr ks_c_5601-1987 ksc5601 korean windows-949 uhc",
    "cp874": "tis-620 iso-8859-11",
    "cp1254": "iso-8859-9 latin5",
    "utf-8": "utf8 utf_8 unicode-1-1-utf-8 utf-16 utf-16le utf-16be utf-32 unicode",
}
_ALIASES = {label: codec for codec, labels in _MEANT.items() for label in (codec, *labels.split())}
_WIDE = frozenset(
    {"utf-8", "gb18030", "big5hkscs", "cp950", "cp932", "cp949", "euc_jp", "johab", "hz", "iso2022_jp", "euc_tw"}
)
_DANGEROUS = frozenset(
    {"utf_7", "utf-7", "punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "palmos"}
)
# The commonest characters of Chinese in both scripts: a tenth of any real text, next to none of a wrong reading.
_COMMON = frozenset(
    "的一是不了在有人我他這这個个中大來来上國国們们到說说時时要就出會会可也你對对生能而子那得於于著着下自之年過过發发後后作里用道行所然家種种事成方多"
    "經经么麼去法學学如都同現现當当没沒動动面起看定天分還还進进好小部其些主樣样理心本前開开但因只從从想實实日軍军者意無无力它與与長长把機机十民第公此已工使情明性知全三又關关點点正業业外將将兩两高間间由問问很最重並并物手應应戰战向頭头文體体政美相見见被利什二等產产或新己制身果加西斯月話话合回特代內内信表化老給给世位次度門门任常先海通教兒儿東东聲声提立及比員员解水名真論论處处走義义各入幾几口認认條条平系氣气題题活爾尔更別别打女變变四神總总何電电數数安少報报才結结反受目太量再感建務务做接必場场件計计管期市直德資资命山金指克許许統统區区保至隊队形社便空決决治展馬马科司五基眼書书非則则聽听白卻却界達达光放強强即像難难且權权思王象完設设式色路記记南品住告類类求據据程北邊边死張张該该交規规萬万取拉格望覺觉術术領领共確确傳传師师觀观清今切院讓让識识候帶带導导爭争運运"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decoded:
    """A body as text: `charset` is the codec used, `replaced` the number of U+FFFD for bytes that mean nothing in it.

    `problems` are of ``charset_label_wrong`` (the label was not obeyed), ``charset_guessed`` (no label helped) and
    ``charset_replaced`` (something was lost).
    """

    text: str
    charset: str
    replaced: int
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Try:
    text: str
    codec: str
    replaced: int
    foreign: int
    """Characters beyond ASCII."""

    @property
    def clean(self) -> bool:
        """Few enough errors for the codec to be the right one: one bad byte costs one character, not the text."""
        return self.replaced == 0 or self.replaced <= max(1, self.foreign // 50)

    @property
    def mostly_wide(self) -> bool:
        """Of UTF-8: right for all but a fragment, such as a menu in another charset; so many of its sequences are no chance."""
        valid = self.foreign - self.replaced
        return valid >= 20 and valid >= 2 * self.replaced

    @property
    def commonness(self) -> float:
        """Share of common characters among the Chinese ones: above .1 in real text, under .05 in a wrong reading."""
        sample = [char for char in self.text if char > "\u2fff"][:4000]
        return sum(char in _COMMON for char in sample) / len(sample) if sample else 0.0


def decode_text(body: bytes, declared: str | None = None) -> Decoded:
    """``body`` as text; ``declared`` is the charset of the Content-Type header. Raises nothing for any bytes.

    In order: byte order mark; UTF-16 and UTF-32 without one; UTF-8 where the bytes are valid (or nearly) in it; the
    label of the header, then of ``<meta>`` or the XML prolog within 4 KiB; a detector. A label is not obeyed where its
    codec gives many errors or no likely text.
    """
    marked = _by_mark(body)
    if marked:
        return marked
    labels = list(dict.fromkeys(codec for codec in map(codec_named, _labels(body, declared)) if codec))
    wide = _wide_without_mark(body)
    if wide:
        return _answer(wide, labels, guessed=True)
    plain = _attempt(body, "utf-8")
    if plain.replaced == 0 and not (plain.foreign == 0 and labels and labels[0] in ("hz", "iso2022_jp")):
        return _answer(plain, labels if plain.foreign else [], guessed=False)
    if (plain.clean and plain.foreign - plain.replaced >= 3) or plain.mostly_wide:
        return _answer(plain, labels, guessed="utf-8" not in labels)
    return _by_label(body, labels, plain)


def codec_named(label: str) -> str | None:
    """The codec that a label means (``gb2312`` is gb18030, ``iso-8859-1`` cp1252); None for a label that means none."""
    name = label.strip().strip("\"'").lower().replace(" ", "")
    if name in _ALIASES:
        return _ALIASES[name]
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    if found in _DANGEROUS or not _is_text_codec(found):
        return None
    return _ALIASES.get(found, _ALIASES.get(found.replace("_", "-"), found))


def _is_text_codec(name: str) -> bool:
    try:
        return isinstance(b"a".decode(name, "replace"), str)
    except (LookupError, UnicodeError):
        return False


def _labels(body: bytes, declared: str | None) -> Iterator[str]:
    if declared:
        yield declared
    head = body[:_HEAD]
    prolog = _PROLOG.search(head)
    if prolog:
        yield prolog.group(1).decode("ascii")
    for meta in _META.finditer(head):
        yield meta.group(1).decode("ascii")


def _by_mark(body: bytes) -> Decoded | None:
    for mark, codec in _BOMS:
        if body.startswith(mark):
            found = _attempt(body[len(mark) :], codec)
            if codec == "utf-8" and not found.clean:
                return None
            return _answer(found, [], guessed=False)
    return None


def _wide_without_mark(body: bytes) -> _Try | None:
    """UTF-16 and UTF-32 show themselves by zero bytes in every second or fourth place of their ASCII characters."""
    sample = body[:_SAMPLE]
    if len(sample) < 4 or sample.count(0) * 20 < len(sample):
        return None
    zeros = [sample[start::4].count(0) / (len(sample) / 4) for start in range(4)]
    if min(zeros[0], zeros[1]) > 0.9 and zeros[3] < 0.5:
        order = ["utf-32-be"]
    elif min(zeros[2], zeros[3]) > 0.9 and zeros[0] < 0.5:
        order = ["utf-32-le"]
    else:
        order = ["utf-16-be", "utf-16-le"] if zeros[0] + zeros[2] > zeros[1] + zeros[3] else ["utf-16-le", "utf-16-be"]
    found = _attempt(body, order[0])
    return found if found.clean and "\0" not in found.text[:200] else None


def _attempt(body: bytes, codec: str) -> _Try:
    try:
        text, replaced = body.decode(codec), 0
    except UnicodeDecodeError:
        text = body.decode(codec, "replace")
        # A body may hold U+FFFD in its own right; only those that the decoder put in count.
        replaced = max(1, text.count(REPLACEMENT) - _own_replacements(body, codec))
    except (LookupError, UnicodeError, ValueError):
        text = body.decode("latin-1")
        return _Try(text, codec, len(text), len(text))
    # Encoding counts a thousand times as quick as a loop would.
    foreign = 0 if text.isascii() else len(text) - len(text.encode("ascii", "ignore"))
    if codec == "big5hkscs" and replaced:
        other = _attempt(body, "cp950")
        if other.replaced < replaced:
            return other
    return _Try(text, codec, replaced, foreign)


def _own_replacements(body: bytes, codec: str) -> int:
    try:
        return body.count(REPLACEMENT.encode(codec))
    except UnicodeError:
        return 0


def _by_label(body: bytes, labels: list[str], plain: _Try) -> Decoded:
    tried = [plain if codec == "utf-8" else _attempt(body, codec) for codec in labels]
    for one in tried:
        if one.codec in _WIDE and one.clean and (one.commonness >= 0.08 or not _chinese(one.codec)):
            rival = _rival(body, one)
            return _answer(rival or one, labels, guessed=rival is not None)
    guess = _guess(body)
    if guess and guess.clean:
        # A wide codec rarely fits by chance, a single-byte one always does; and text of common characters is text.
        better = [one for one in tried if one.clean and _rank(one) >= _rank(guess)]
        return _answer(better[0], labels, guessed=False) if better else _answer(guess, labels, guessed=True)
    for one in sorted((one for one in tried if one.replaced < max(1, one.foreign) // 2), key=lambda one: one.replaced):
        return _answer(one, labels, guessed=False)
    fallback = plain if plain.clean else guess or _attempt(body, "cp1252")
    return _answer(fallback, labels, guessed=True)


def _rival(body: bytes, one: _Try) -> _Try | None:
    """The other script's reading where it is by far the likelier text: Big5 under the label of GBK, or GBK under that of Big5."""
    if not _chinese(one.codec):
        return None
    other = _attempt(body, "gb18030" if one.codec != "gb18030" else "big5hkscs")
    return other if other.clean and other.commonness > 2 * one.commonness else None


def _chinese(codec: str) -> bool:
    return codec in ("gb18030", "big5hkscs", "cp950", "hz", "euc_tw")


def _rank(one: _Try) -> tuple[bool, float]:
    return one.codec in _WIDE, round(one.commonness, 1) if _chinese(one.codec) else 0.1


def _guess(body: bytes) -> _Try | None:
    """What the detector says; but one bad byte leads it astray, and Chinese that reads as such needs no detector."""
    found = _detect(body)
    if found and found.clean and found.codec in _WIDE:
        return _rival(body, found) or found
    chinese = max((_attempt(body, "gb18030"), _attempt(body, "big5hkscs")), key=lambda one: one.commonness)
    return chinese if chinese.clean and chinese.commonness >= 0.12 else found


def _detect(body: bytes) -> _Try | None:
    lines = b"\n".join(line for line in body.splitlines() if _HIGH_RUN.search(line))[:_SAMPLE]
    name = chardet.detect(lines).get("encoding")
    codec = codec_named(name) if name else None
    return None if codec is None else _attempt(body, codec)


def _answer(found: _Try, labels: list[str], *, guessed: bool) -> Decoded:
    problems = []
    if labels and found.codec != labels[0] and {found.codec, labels[0]} != {"cp950", "big5hkscs"}:
        problems.append("charset_label_wrong")
    if guessed and found.codec not in labels:
        problems.append("charset_guessed")
    if found.replaced:
        problems.append("charset_replaced")
    return Decoded(found.text, found.codec, found.replaced, tuple(problems))
