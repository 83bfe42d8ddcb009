"""Find hashtags in a text, where a platform does not list them."""

import re

# Letters, marks and digits of every script and the joiners that stand within a tag; so every punctuation sign ends a
# tag, the full-width ones (！，。) too. A # within an address or straight after a Latin letter or digit begins none.
_TAG = r"[#\uff03](?:[\w・·][\u200d\ufe0f]?)+"
_TAGS = re.compile(rf"(?<![0-9A-Za-z_/&#\uff03])(?:{_TAG})+")
_TOPIC = re.compile(r"[#\uff03]([^#\uff03\[\]\n]{1,100})\[(?:话题|話題|Topic|topic)\][#\uff03]")
_BEFORE_TOPIC = re.compile(r"(?<![ \t\u3000])[ \t\u3000]*+" + _TOPIC.pattern)
_LIMIT = 200


def hashtags_in(text: str) -> tuple[str, ...]:
    """Tags of a text in order, each once, without their signs: ``#猫税！#欢迎，来`` gives 猫税 and 欢迎.

    RedNote's ``#名字[话题]#`` are tags as well. Numbers alone (``#1``) are none.
    """
    found = [name.strip() for name in _TOPIC.findall(text)]
    for run in _TAGS.findall(_TOPIC.sub(" ", text)):
        found += [name for name in re.split("[#\uff03]", run) if name and not name.isdigit()]
    return tuple(dict.fromkeys(found))[:_LIMIT]


def without_topics(text: str) -> str:
    """``text`` without its ``#名字[话题]#`` and the blanks before each: a list of tags that is kept elsewhere."""
    return _BEFORE_TOPIC.sub("", text).strip()
