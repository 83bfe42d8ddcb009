"""Who speaks, in English: the subject of a verb of saying before, after or amid what is quoted."""

import re
import sys

from analysis.extraction.marks import Quoted
from analysis.extraction.speech import STOP, Span, Speaker, Speech

_PLAIN = (
    "said says say saying told tells telling wrote writes added adds adding explained explains stated states stating noted "
    "notes noting argued argues argue arguing claimed claims claim claiming warned warns warn warning insisted insists "
    "declared announced announces concluded suggested suggests suggesting predicted predicts cautioned cautions emphasised "
    "emphasises emphasised emphasising emphasized emphasizes emphasizing stressed stresses stressing highlighted highlights "
    "highlighting reported reports reporting confirmed confirms denied denies believe believes believed think thinks "
    "thought acknowledged acknowledges admitted admits observed testified promised promises complained vowed reiterated "
    "reiterates reiterating alleged alleges revealed reveals estimates estimated maintained agreed feared fears hoped hopes"
).split()
_SAYING = (
    _PLAIN
    + (
        "writing asked asks asking explaining tweeted tweets tweeting posted replied replies replying responded responds "
        "insisting declaring announcing continued continues recalled recalls recalling concluding predicting cautioning joked "
        "quipped jokes commented comments commenting remarked exclaimed shouted cried acknowledging admitting pledged urged "
        "urges urging boasted demanded mused lamented vows boasts chanting chanted called calls reads read recounted "
        "whispered yells yelled laughed laughs scolded sings sang wondered began offered answered referred labeled"
    ).split()
)
_ROLE = (
    "spokesperson|spokesman|spokeswoman|president|minister|secretary|senator|sen\\.|rep\\.|gov\\.|governor|mayor|analyst|professor|"
    "prof\\.|dr\\.|mr\\.|mrs\\.|ms\\.|director|chief|chairman|chairwoman|chair|executive|officer|ceo|founder|co-founder|editor|"
    "journalist|reporter|author|writer|commentator|blogger|influencer|user|student|teacher|translator|researcher|scholar|expert|"
    "lawyer|attorney|judge|justice|general|captain|sheriff|congressman|congresswoman|representative|leader|head|manager|aide|"
    "adviser|advisor|strategist|economist|official|ambassador|diplomat|consultant|host|anchor|narrator|candidate|nominee|"
    "clerk|chancellor|deputy|broadcaster|newspaper|agency|magazine|outlet|premier|king|queen|prince|pope|coach|actor|actress|singer|resident|broadcasters"
)
VERB = re.compile(rf"\b(?:{'|'.join(sorted(_SAYING, key=len, reverse=True))})\b")
_PLAIN_VERB = rf"(?:{'|'.join(sorted(_PLAIN, key=len, reverse=True))})"
_ADVERBS = re.compile(
    r"(?:^|\s+)(?:(?:also|later|then|once|often|recently|previously|reportedly|repeatedly|still|now|even|again|simply|"
    r"never|always|has|have|had|is|was|were|are|would|will|did|who|and|further|publicly|\w{2,12}ly),?)$"
)
_CAPITAL = r"[A-Z\u00c0-\u00de][\w’'\-]*\.?"
_LINK = r"(?:of|the|for|and|de|van|von|bin|al|del|la|&)"
_NAME = rf"{_CAPITAL}(?:[ \t\u00a0]+(?:{_LINK}[ \t\u00a0]+)?{_CAPITAL}){{0,6}}"
_TAIL_NAME = re.compile(rf"(?<![\w’'.\-])(?P<who>{_NAME})$")
_TAIL_PRONOUN = re.compile(
    r"(?<![\w’'\-])(?P<who>he|she|they|we|i|it|you|others|some|many|one|everyone|nobody|critics)$", re.IGNORECASE
)
_AFTER_COMMA = re.compile(r", (?P<who>he|she|they|we|I|it|you)\s", re.IGNORECASE)
_DETERMINED = re.compile(
    r"(?<![\w’'\-])(?:the|an?|his|her|their|our|my|one|another|some|many|most|several|two|three|other|these|those|both|"
    r"this|that)\s",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[^\s,;:()\"“”]+")
_NO_SUBJECT = frozenset(
    "to not and or but that which when where while as if in on at of for with from by than then there so because what how why "
    "is was be been being do does did can could may might should must will would".split()
)
_SENTENCE_START = re.compile(
    r"(?:but|and|while|meanwhile|however|yet|still|so|now|then|in response|earlier|later|on \w+day|also|"
    r"(?:in|on|at|after|during|before|asked) [^,]{1,60})[,\s]\s*",
    re.IGNORECASE,
)
ROLES = re.compile(rf"(?<![\w-])(?:{_ROLE})(?![\w-])", re.IGNORECASE)
_ACCORDING = re.compile(
    rf"\b(?P<cue>[Aa]ccording to)\s+(?P<who>(?:the\s+|an?\s+)?(?:[a-z][\w-]*\s+){{0,4}}(?:{_NAME}|[a-z][\w-]+))(?=[,.;\n]|\s|$)"
)
# Who it is whom something is according to: a spokesperson for the company.
_APPOSITION = re.compile(
    rf",\s+(?P<role>(?:an?|the|its|their|his|her)\s+(?:[\w’'-]+\s+){{0,5}}?(?:{_ROLE})\b[^,.;“”\"]{{0,60}}),\s+(?=\S)",
    re.IGNORECASE,
)
_THAT = re.compile(rf"\b(?P<cue>{_PLAIN_VERB})(?:\s+(?!that\b)[\w’']+){{0,3}},?\s+(?P<content>that\s)")
_BARE = re.compile(
    r"\b(?P<cue>said|says|say|believes?|thinks?|added|adds|claims|claimed|warned|predicted|insisted|insists|"
    r"cautioned|cautions|warns)\s+(?:(?:reporters|him|her|them)\s+)?"
    r"(?P<content>(?:the|it|he|she|they|we|there|this|these|[A-Z][a-z]+|an?|his|her|their|some|many|against|of)\s)"
)
# Whom somebody tells stands before what is told: `told Reuters it gained`; `told a story` tells nothing.
_TOLD = re.compile(
    rf"\b(?P<cue>told|tells|tell|warned|warns|assured|assures|reminded|reminds|informed)\s+"
    rf"(?:reporters|journalists|investors|staff|users|him|her|them|us|me|you|{_CAPITAL}(?:\s+{_CAPITAL}){{0,4}}|"
    rf"(?:the|his|her|their|our|my|an?)\s+(?!(?:story|stories|tale|truth|lie|joke)\b)[\w-]+(?:\s+{_CAPITAL}){{0,3}})"
    rf"(?:\s+(?:on|in|last|this)\s+\w+)?,?\s+"
    rf"(?P<content>(?:the|it|its|he|she|they|we|I|you|there|this|these|an?|his|her|their|our|some|many|most|[A-Z][a-z]+)\s)"
)
_TRAILING = re.compile(
    r",\s+(?:[^,“”\"]{1,90}\s)?(?P<cue>said|says|added|adds|reported|told|wrote|noted|argued)\b[^“”\"]{0,90}$"
)
_SIGNED = re.compile(rf"\s*(?P<cue>[―—–])\s*(?P<who>{_NAME})")
_WINDOW_ENDS = re.compile(rf"[\n“\"”;:]|{STOP}\s")
_AMID = re.compile(r",\s+(?!(?:and|but|or|who|which|where|when|while|as|with|\w+ing|a|an|the)\s)[a-z]")
_LEADS_ON = re.compile(r"(?: \w+)?[,:]\s*$")  # what follows is the next quotation: `asking her, “`
_NOTE = re.compile(r"\s*\([^()]{1,40}\)\s*$")
_AND = re.compile(r"[^,]\sand\s(?:\w+ly\s)?$")
_REACH = 320  # signs on either side of a quotation in which its speaker is sought


def subject_before(text: str, start: int, at: int) -> tuple[Span, Span | None] | None:
    """The subject of the verb at ``at`` in the clause that begins at ``start``, and the title beside it."""
    start = max(start, at - _REACH)
    start += max(text[start:at].rfind(mark) + 1 for mark in '”"')
    chunk = _without_adverbs(_NOTE.sub("", text[start:at]))
    if not chunk:
        return None
    if _AND.search(text[start:at]) or (
        chunk.endswith(",") and text[at : at + 24].split(None, 1)[0].rstrip(",:").endswith("ing")
    ):
        pronoun = _last(_AFTER_COMMA, text, start, at)
        return (pronoun.span("who"), None) if pronoun else _head(text, start, at)
    if chunk.endswith(","):
        return _beside(text, start, chunk[:-1])
    found = _TAIL_PRONOUN.search(chunk)
    if found:
        return (start + found.start("who"), start + found.end("who")), None
    found = _TAIL_NAME.search(chunk)
    if found:
        return _titled(text, start, start + found.start("who"), start + found.end("who"))
    return _phrase(start, chunk)


def _without_adverbs(chunk: str) -> str:
    chunk = chunk.rstrip()
    while found := _ADVERBS.search(chunk[-24:]):
        chunk = chunk[: len(chunk[:-24]) + found.start()].rstrip()
    return chunk


def _phrase(start: int, chunk: str) -> tuple[Span, Span | None] | None:
    """The words from the last article or pronoun on, or the whole of a short clause: `a source close to him`."""
    begin = None
    for found in _DETERMINED.finditer(chunk):
        begin = found.start() if begin is None or chunk[begin : found.start()].count(",") else begin
    if begin is None:
        cut = max(chunk.rfind(","), chunk.rfind(";"), chunk.rfind("”"), chunk.rfind('"'))
        begin = cut + 1 + (len(chunk[cut + 1 :]) - len(chunk[cut + 1 :].lstrip()))
    words = list(_WORDS.finditer(chunk, begin))
    if (
        not words
        or len(words) > 9
        or words[-1].group().lower() in _NO_SUBJECT
        or words[0].group().lower() in _NO_SUBJECT
    ):
        return None
    return (start + words[0].start(), start + words[-1].end()), None


def _beside(text: str, start: int, chunk: str) -> tuple[Span, Span | None] | None:
    """A subject with words between commas after it, or the subject of the sentence where a participle follows."""
    comma = chunk.rfind(", ")
    middle = chunk[comma + 2 :]
    if comma > 0 and len(middle) > 1:
        name = re.fullmatch(_NAME, middle)
        head = _SENTENCE_START.sub("", chunk[:comma], count=1)
        if name and ROLES.search(head):
            at = start + comma - len(head)
            return (start + comma + 2, start + len(chunk)), (at, start + comma)
        before = _TAIL_NAME.search(chunk[:comma])
        if before:
            return (start + before.start("who"), start + before.end("who")), (start + comma + 2, start + len(chunk))
    return _head(text, start, start + len(chunk))


def _head(text: str, start: int, end: int) -> tuple[Span, Span | None] | None:
    """The name or pronoun with which a sentence begins, titles and all."""
    opening = _SENTENCE_START.match(text, start, end)
    at = opening.end() if opening else start
    words = list(_WORDS.finditer(text, at, min(end, at + 160)))
    if not words:
        return None
    if _TAIL_PRONOUN.fullmatch(words[0].group()):
        counted = words[0].group().lower() in _COUNTING and len(words) > 1 and words[1].group().islower()
        return None if counted and not VERB.match(words[1].group()) else (words[0].span(), None)
    last = None
    for number, word in enumerate(words):
        if number and text[words[number - 1].end() : word.start()].strip(" \t\u00a0"):
            break
        capital = word.group()[0].isupper() and not (number == 0 and word.group().lower() in {"the", "a", "an"})
        if not (capital or number == 0 or ROLES.fullmatch(word.group()) or word.group() in _LINKS):
            break
        if capital and (number == 0 or text[word.start() - 1] in " \t\xa0"):
            last = word
    if last is None or (last is words[0] and last.group().lower() in _NO_HEAD):
        return None
    found = _TAIL_NAME.search(text[at : last.end()])
    if not found:
        return None
    return _titled(text, at, at + found.start("who"), last.end())


_COUNTING = frozenset({"one", "some", "many", "others"})  # one comment is no `one`
_NO_HEAD = frozenset("once there instead here people nobody maybe perhaps such thus if when as".split())
_LINKS = frozenset({"of", "the", "for", "and", "de", "van", "von", "&"})


def _titled(text: str, floor: int, start: int, end: int) -> tuple[Span, Span | None]:
    """The name alone, and the title before it: `Foreign Ministry spokesperson` of the one, `Mr.` of the other."""
    within = _last(ROLES, text, start, end)
    if within and within.end() + 1 < end and text[within.end()] in " \t\xa0":
        return (within.end() + 1, _without_stop(text, start, end)), (
            _role_start(text, floor, within.start()),
            within.end(),
        )
    before = text[max(floor, start - 80) : start]
    words = before.rsplit(None, 1)
    if words and before[-1:].isspace() and ROLES.fullmatch(words[-1].rstrip()):
        stop = start - (len(before) - len(before.rstrip()))
        return (start, _without_stop(text, start, end)), (
            _role_start(text, floor, stop - len(words[-1].rstrip())),
            stop,
        )
    return (start, _without_stop(text, start, end)), None


def _without_stop(text: str, start: int, end: int) -> int:
    """A stop ends the sentence, not the name, unless it is short for something: `Jr.`, `J. F.`"""
    last = text[start:end].rsplit(None, 1)[-1]
    return end - 1 if last.endswith(".") and len(last) > 4 else end


def _role_start(text: str, floor: int, at: int) -> int:
    """Where the words before a title begin that belong to it: up to five, back to an article or a sign."""
    before = text[max(floor, at - 80) : at]
    words = list(re.finditer(r"[\w’'\-.]+(?=[ \t\u00a0]+)", before))
    begin = at
    for word in reversed(words[-5:]):
        gap = text[at - len(before) + word.end() : begin]
        if gap.strip() or word.group().lower() in _NO_SUBJECT:
            break
        begin = at - len(before) + word.start()
        if word.group().lower() in {"the", "a", "an", "his", "her", "their"}:
            break
    return begin


def speaker_of(text: str, floor: int, one: Quoted) -> Speaker | None:
    """Who says what stands between marks: sought after it, then before it in the sentence that begins at ``floor``."""
    return _speaker_after(text, one) or _speaker_before(text, floor, one.outer)


def _speaker_after(text: str, one: Quoted) -> Speaker | None:
    after, last = one.after, text[one.end - 1]
    if last not in ",?!-—….”’' " and text[after : after + 1] != ",":
        return None
    window = _WINDOW_ENDS.split(text[after : after + _REACH], maxsplit=1)[0]
    signed = _SIGNED.match(window)
    if signed:
        return Speaker(
            (after + signed.start("who"), after + signed.end("who")),
            (after + signed.start("cue"), after + signed.end("cue")),
        )
    verb = VERB.search(window)
    if verb is None:
        return None
    lead = window[: verb.start()].strip(" ,—–-\u00a0")
    cue = (after + verb.start(), after + verb.end())
    if last == "." and lead and not lead[0].islower() and not window.startswith(","):
        return None  # a new sentence, about something else
    if verb.group().endswith("ing") and (not lead or _LEADS_ON.match(window, verb.end())):
        return None
    if not lead:
        found = _head(text, after + verb.end() + 1, after + len(window)) or _turned(
            text, after + verb.end() + 1, after + len(window)
        )
    elif len(lead.split()) > (30 if ", " in lead else 16):
        return None
    else:
        found = subject_before(text, after + window.index(lead[0]), after + verb.start())
    return Speaker(found[0], cue, found[1]) if found else None


def _turned(text: str, start: int, end: int) -> tuple[Span, Span | None] | None:
    """The subject after its verb: `said a woman who stood near`."""
    words = list(re.finditer(r"[\w’'\-]+", text[start:end].split(",")[0]))
    taken: list[re.Match[str]] = []
    for word in words[:8]:
        if taken and word.group().lower() in _NO_SUBJECT | {"who"}:
            break
        taken.append(word)
    return ((start + taken[0].start(), start + taken[-1].end()), None) if taken else None


def _speaker_before(text: str, start: int, outer: int) -> Speaker | None:
    start = max(start, outer - _REACH)
    lead = text[start:outer]
    told = _ACCORDING.search(lead)
    if told and not lead[told.end() :].strip(" ,:"):
        return Speaker(_span(start, told, "who"), _span(start, told, "cue"))
    verb = _last(VERB, lead)
    if verb is None or len(lead) - verb.end() > 90 or any(mark in lead[verb.end() :] for mark in '”"“'):
        return None
    found = subject_before(text, start, start + verb.start()) or _head(text, start, start + verb.start())
    return Speaker(found[0], (start + verb.start(), start + verb.end()), found[1]) if found else None


def indirect(text: str, sentence: Span) -> Speech | None:
    """What a sentence tells of another's words without marks around all of it; None where it tells nothing."""
    start, end = sentence[0], min(sentence[1], sentence[0] + 700)
    body = text[start:end]
    stop = len(body.rstrip(" .!?\u00a0"))
    found = _ACCORDING.search(body)
    if found:
        who, cue = _span(start, found, "who"), _span(start, found, "cue")
        if who[1] == end and not body.endswith((" Jr.", " Sr.")):
            who = who[0], start + stop  # the stop is the sentence's
        role: Span | None = None
        rest = found.end() + (len(body[found.end() :]) - len(body[found.end() :].lstrip(" ,")))
        if _AMID.match(body, found.end()) and body[: found.start()].rstrip().endswith(","):
            place = start, start + stop  # The report, according to Mira Holt, is false
        elif found.start() > 1:
            place = start, start + len(body[: found.start()].rstrip(" ,"))
        else:
            beside = _APPOSITION.match(body, found.end())
            if beside:
                role, rest = _span(start, beside, "role"), beside.end()
            place = start + rest, start + stop
        return Speech(*place, "indirect", Speaker(who, cue, role)) if place[1] > place[0] else None
    for pattern in (_THAT, _TOLD, _BARE):
        for found in pattern.finditer(body):
            at = start + found.start("cue")
            subject = subject_before(text, start, at)
            if subject and stop > found.start("content"):
                return Speech(
                    start + found.start("content"),
                    start + stop,
                    "indirect",
                    Speaker(subject[0], _span(start, found, "cue"), subject[1]),
                )
    found = _TRAILING.search(body[-160:])
    if found:
        shift = len(body) - len(body[-160:])
        at = start + shift + found.start("cue")
        comma = start + shift + found.start()
        subject = subject_before(text, comma + 1, at) or _turned(text, at + len(found.group("cue")) + 1, start + stop)
        if subject and comma > start:
            return Speech(start, comma, "indirect", Speaker(subject[0], (at, at + len(found.group("cue"))), subject[1]))
    return None


def _last(pattern: re.Pattern[str], text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
    last = None
    for found in pattern.finditer(text, start, end):
        last = found
    return last


def _span(start: int, found: re.Match[str], group: str) -> Span:
    return start + found.start(group), start + found.end(group)
