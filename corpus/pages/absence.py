"""Tell a page that is sent with success and says that there is nothing: a soft 404."""

import re

from corpus.pages.articles import Article
from corpus.pages.blocks import units
from corpus.pages.rules import any_of

_GONE = any_of("gone")
_FEW = 150
"""Units (words, Chinese characters) that such a page says at most."""
_SENTENCE = 30
_FIRST = 4
"""Sentences of the text within which it says so."""
_BEFORE = 24
"""Signs that may stand before what it says, an apology say: a report on missing pages comes to them later."""
_BESIDE = 2
"""Units of a title, or of a part of it, beside the words that say so."""
_PARTS = re.compile(r"\s+[-–—|·»]+\s+|[|_｜—–-]{1,2}(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])[|_｜—–-]{1,2}")
_SENTENCES = re.compile(r"[^。！？!?\n]+")
_REPORTED = re.compile(
    r"回[应應]|表示|(?<!名)[称稱]|通[报報]|[记記]者|\b(?:told|said|says|complain(?:s|ed)|report(?:s|ed)|announced|according to)\b",
    re.IGNORECASE,
)
"""Words of a report that begins with such a notice; a notice has none of them, nor has what stands next to it."""
_QUOTES = "\"'“”‘’「『《〈"


def says_gone(article: Article) -> str | None:
    """The words by which a page says that what was asked for is not there; None for articles, also for those about
    missing pages: they are long, or somebody wrote them, or their own data call them articles."""
    if article.declared or article.bylines or units(article.text) >= _FEW:
        return None
    return _in_title(article.title or "") or _in_text(article.text)


def _in_title(title: str) -> str | None:
    for part in _PARTS.split(title):
        found = _GONE.search(part)
        if found and units(_GONE.sub(" ", part)) <= _BESIDE:
            return part.strip()[:80]
    return None


def _in_text(text: str) -> str | None:
    sentences: list[str] = _SENTENCES.findall(text)
    for number, sentence in enumerate(sentences):
        if number == _FIRST:
            return None
        found = _GONE.search(sentence, 0, len(sentence))
        if found is None or found.start() > _BEFORE or units(sentence) > _SENTENCE:
            continue
        if any(map(_REPORTED.search, sentences[number : number + 2])):
            continue
        if not sentence.lstrip().startswith(tuple(_QUOTES)) and sentence[
            found.start() - 1 : found.start()
        ] not in tuple(_QUOTES):
            return sentence.strip()[:80]
    return None
