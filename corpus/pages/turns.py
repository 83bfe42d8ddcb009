"""Take a press conference apart into its turns of speech: who asks, who answers, in which order."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Role = Literal["question", "answer"]

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_LONGEST = 60
_LEAD = 160  # of a paragraph before the first turn: where it says who takes the questions
_SCRIPT = re.compile(f"[{_HAN}]")
_LABEL = re.compile(rf"^\s*([^:：。！？!?;；]{{1,{_LONGEST}}}?)\s*[:：]\s*(.*)$", re.DOTALL)
_QUESTION = re.compile(
    r"(?:q|question|follow[- ]?up(?: question)?|reporter|journalist|correspondent|[a-z .]{1,30} (?:reporter|correspondent))\.?"
    r"|问|問|追问|追問|提问|提問|.{0,30}(?:记者|記者)(?:\s*[（(]?追[问問][）)]?)?|.{0,20}追[问問]",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"(?:a|answer|spokes(?:person|man|woman)|(?:the )?(?:foreign )?minister)\.?|答|.{0,16}(?:发言人|發言人|部长|部長|外长|外長)",
    re.IGNORECASE,
)
_OFFICIAL = re.compile(r"(?:MR|MS|MRS|MISS|DR|SECRETARY|AMBASSADOR|MODERATOR|UNDER SECRETARY)\.?\s+[A-Z][A-Z'’ .-]+")
_MEDIA = re.compile(
    rf"[《》{_HAN}A-Za-z0-9·\s“”\"-]{{1,24}}(?:社|报|報|台|网|網|电视|電視|卫视|衛視|新闻|新聞|日报|晚报|周刊|杂志|通讯|广播|在线|澎湃)"
)
# A name in capitals: "Harbour Daily", "The Paper", "CCTV", "Kyodo News", "Anadolu Agency (AA)".
_NAMED = re.compile(
    r"(?:[A-Z0-9][\w.'’&()-]*|the|of|and|for|de|al|el|la|und|van|von|d’|-|/|,)"
    r"(?:\s+(?:[A-Z0-9][\w.'’&()-]*|the|of|and|for|de|al|el|la|und|van|von|-|/|&)){0,7}"
)
_CHINESE_NAME = re.compile(rf"[{_HAN}]{{2,4}}(?:·[{_HAN}]{{1,6}})?")
# What stands before a colon in running text, and looks like a name.
_NO_NAMES = re.compile(
    r"(?:note|notes|source|photo|caption|updated|date|time|editor|tel|fax|e-?mail|address|title|follow us|share|print|read more"
    r"|related|keywords?|tags?|first|second|third|finally|important|summary|topics?|来源|來源|时间|時間|日期|编辑|編輯|责任编辑|责编"
    r"|注|附|摘要|标签|关键词|相关|分享|字号|打印|推荐|电话|传真|地址|邮箱|网址|发布|更新|首先|其次|第[一二三四五]|一是|二是|三是)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Turn:
    """`speaker`: as printed, without the colon. `text`: newline between paragraphs. `answers`: place of its question."""

    role: Role
    speaker: str
    text: str
    answers: int | None


@dataclass(frozen=True, slots=True)
class Conference:
    """`opening`: what is said before the first turn."""

    opening: str
    turns: tuple[Turn, ...]

    @property
    def pairs(self) -> int:
        """Questions that have an answer."""
        return len({turn.answers for turn in self.turns if turn.answers is not None})


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    speaker: str | None
    said: str


def take_apart(lines: Sequence[str], title: str) -> Conference:
    """The turns of a page's lines; none where they are no questions and answers.

    A turn begins with its speaker and a colon. Who answers is told by name in ``title`` or before the first turn, or by
    office, or by being who speaks again and again; who speaks between answers asks. A line that begins with no speaker
    goes on with the turn before it.
    """
    told = [_line(line) for line in lines]
    roles = _roles(told, title)
    opening: list[str] = []
    begun: list[tuple[Role, str, list[str]]] = []
    for line in told:
        role = roles.get(line.speaker) if line.speaker else None
        if line.speaker and role:
            begun.append((role, line.speaker, [line.said] if line.said else []))
        else:
            (begun[-1][2] if begun else opening).append(line.text)
    turns = [(role, speaker, "\n".join(said)) for role, speaker, said in begun if said]
    return Conference("\n".join(opening), tuple(_answering(turns)))


def _line(text: str) -> _Line:
    found = _LABEL.match(text)
    speaker = " ".join(found.group(1).split()).strip("*【】[]") if found else ""
    if found is None or not _could_speak(speaker):
        return _Line(text.strip(), None, "")
    return _Line(text.strip(), speaker, found.group(2).strip())


def _could_speak(label: str) -> bool:
    if not label or label[-1].isdigit() or _NO_NAMES.fullmatch(label):  # 1:16 p.m.
        return False
    if _SCRIPT.search(label):
        return bool(
            _QUESTION.fullmatch(label)
            or _ANSWER.fullmatch(label)
            or _MEDIA.fullmatch(label)
            or _CHINESE_NAME.fullmatch(label)
        )
    return bool(_QUESTION.fullmatch(label) or _ANSWER.fullmatch(label) or _NAMED.fullmatch(label))


def _roles(lines: Sequence[_Line], title: str) -> dict[str, Role]:
    """Who asks and who answers, of those whose role is known."""
    order = [line.speaker for line in lines if line.speaker]
    first = next((index for index, line in enumerate(lines) if line.speaker), 0)
    before = " ".join([title, *(line.text[:_LEAD] for line in lines[:first])]).casefold()
    roles: dict[str, Role] = {}
    for speaker in dict.fromkeys(order):
        if _QUESTION.fullmatch(speaker) or _MEDIA.fullmatch(speaker):
            roles[speaker] = "question"
        elif (
            _ANSWER.fullmatch(speaker)
            or _OFFICIAL.fullmatch(speaker)
            or (len(speaker) > 1 and speaker.casefold() in before)
        ):
            roles[speaker] = "answer"
    if "answer" not in roles.values() and (again := _recurring(order, roles)):
        roles[again] = "answer"
    for speaker in _between(order, roles):
        roles.setdefault(speaker, "question")
    return roles if {"question", "answer"} <= set(roles.values()) else {}


def _recurring(order: Sequence[str], roles: dict[str, Role]) -> str | None:
    """Who speaks most often, and never twice in a row."""
    counted = Counter(speaker for speaker in order if speaker not in roles)
    rows = {one for one, other in pairwise(order) if one == other}
    for speaker, times in counted.most_common(3):
        if times >= 2 and speaker not in rows:
            return speaker
    return None


def _between(order: Sequence[str], roles: Mapping[str, Role]) -> Iterator[str]:
    """Names after which somebody answers, and before which somebody did, or which repeat a question in another script.

    What a question quotes ("he said: ...") stands after its own speaker.
    """
    for before, speaker, following in zip(["", *order], order, order[1:], strict=False):
        begins = roles.get(before, "answer") == "answer" or bool(_SCRIPT.search(before)) != bool(
            _SCRIPT.search(speaker)
        )
        if speaker not in roles and begins and roles.get(following) == "answer":
            yield speaker


def _answering(turns: Sequence[tuple[Role, str, str]]) -> Iterator[Turn]:
    """Each answer with the question that it follows: of several in a row the last in its own script, so that a page
    that gives every turn in two languages pairs them rightly."""
    asked: list[int] = []
    answered = False
    for place, (role, speaker, text) in enumerate(turns):
        if role == "question":
            asked = [place] if answered else [*asked, place]
            answered = False
            yield Turn(role, speaker, text, None)
            continue
        answered = True
        alike = [one for one in asked if _is_chinese(turns[one][2]) == _is_chinese(text)]
        nearest = alike or asked
        yield Turn(role, speaker, text, nearest[-1] if nearest else None)


def _is_chinese(text: str) -> bool:
    return len(_SCRIPT.findall(text)) * 3 > len(text.replace(" ", ""))
