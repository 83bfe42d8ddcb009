"""Who speaks, in Chinese: the words before a verb of saying, whether it stands before or after what is quoted."""

import re
from functools import cache

from analysis.extraction.gazetteer import LABELS, LEXICON, load_names
from analysis.extraction.marks import Quoted
from analysis.extraction.names import SOUNDS, TITLES, family_name, title_before
from analysis.extraction.speech import Span, Speaker, Speech

# Longest first; the text is given in Simplified script, sign for sign as long as the stored one.
_VERBS = (
    "明确表示|公开表示|坦言|直言|强调说|补充说|解释说|回应称|回应说|回复称|反问道|写道|留言道|留言说|留言称|评论道|评论说|评论称|"
    "发文称|发帖称|发文说|发帖说|告诉记者|介绍说|介绍称|指出|强调|表示|透露|认为|宣布|声称|宣称|坦承|承认|呼吁|警告称|警告说|警告|"
    "预测|预计|估计|推测|回忆说|回忆道|感叹道|感叹|笑道|笑着说|问道|答道|喊道|说道|谈到|提到|提醒|批评|批评说|否认|介绍|报道称|报道说|报道|"
    "分析称|分析说|解释|补充道|回应|相信|希望|重申|称|说|道|问|答|喊|写"
)
_VERB = re.compile(f"(?:{'|'.join(sorted(_VERBS.split('|'), key=len, reverse=True))})(?:过|了|着)?")
_NOT_VERB = re.compile(
    "可以说|也就是说|据说|听说|来说|再说|小说|传说|所说|名称|简称|自称为|被称|所称|俗称|堪称|统称|昵称|人称|号称|职称|知道|味道|街道|渠道|频道|报道员|难道|写作|请问|提问|访问|学问|回答了"
)
_INDIRECT = re.compile(
    "(?:明确表示|公开表示|介绍说|回应称|回应说|告诉记者|表示|指出|强调|透露|认为|宣布|声称|宣称|坦言|直言|承认|呼吁|警告称|警告说|预测|"
    "预计|解释说|补充说|报道称|报道说|重申|称|说)(?:，|：|,|:)?"
)
_PARTS = re.compile("[。！？!?；;\n]")
_LEAD = re.compile(
    "^(?:对此|此外|另外|同时|随后|不过|但是|但|而|其中|近日|日前|今日|昨日|今天|昨天|当天|当日|目前|此前|据悉|因此|所以|于是|然而|与此同时|"
    "(?:\\d{1,4}年)?(?:\\d{1,2}月)?\\d{1,2}日(?:上午|下午|晚间|晚|凌晨|早上)?|"
    "(?:在|就|针对|围绕|面对|关于|当|对于)[^，,]{1,40}[，,]|[^，,]{2,24}(?:时|后|中|上|下|里|前|之际)[，,])[，, ]*"
)
_TRAIL = re.compile(
    "(?:在[^，,]{1,30}(?:上|中|时|里|后|下|会|处)|(?:对|向|跟|和|与|给)[^，,]{1,16}|于?\\d{1,2}(?:月\\d{1,2})?日|"
    "(?:今|昨)[日天]|近日|日前|还|也|则|又|曾|就|都|均|亦|再次|再|随后|进一步|同时|并|却|只|公开|主动|这样|如此|接受[^，,]{1,20}采访时|"
    "发文|发帖|留言|评论|撰文|回应|笑着|无奈地?|高兴地?|激动地?|[\u4e00-\u9fff]{2}地)$"
)
_PRONOUN = re.compile("(?:他们|她们|我们|他|她|我|其|有人|网友|有网友|该人士|对方|前者|后者)$")
_ACCORDING = re.compile(
    "(?:据|根据|按照)(?P<who>[^，。,；\n据]{2,24}?)(?P<cue>报道称|报道|消息称|消息|披露|介绍|透露|统计|数据显示|的数据|公布的数据|的说法)[，,：]?"
)
# What stands between 据 and 统计 and is nobody: 据不完全统计, 据14日报道.
_NOBODY = re.compile(
    "(?:不完全|初步|最新|相关|有关|公开|此前|粗略|现有|综合|现场|各方|多方|进一步|今年|去年|目前|这一?|该|上述|当日|昨日|今日|近日|日前|"
    "(?:\\d{1,4}年)?(?:\\d{1,2}月)?(?:\\d{1,2}日)?)的?"
)
_FOREIGN = re.compile(f"[{SOUNDS}]{{2,7}}(?:[·・•-][{SOUNDS}]{{1,7}}){{0,3}}")
_TITLED_FOREIGN = re.compile(f"(?:{TITLES})(?P<who>{_FOREIGN.pattern})$")
_HAN_ONLY = re.compile("[\u4e00-\u9fff]+")
# What stands before a speaker and is no part of the name: 有网友, 来自德州的莉莉·卡特.
_BEFORE_NAME = re.compile("(?:有(?=网友|人士|用户|专家|学者|媒体|评论)|来自[^，,、的]{1,12}的)")
_CITING = re.compile("(?:援引|引述|引用)")
_REACH = 120
_LONGEST = 30  # signs of a speaker


def speaker_of(simplified: str, floor: int, one: Quoted) -> Speaker | None:
    """Who says what stands between marks; all in the copy in Simplified script."""
    return _before(simplified, floor, one.outer) or _after(simplified, one.after)


def _before(text: str, start: int, outer: int) -> Speaker | None:
    start = max(start, outer - _REACH)
    lead = text[start:outer].rstrip(" :：，,—-")
    near = outer - start - len(lead)
    verb = _last_verb(lead)
    if verb is None and near and (by := _before_colon(text, start, lead)):
        return by
    if verb is None or (verb[1] != len(lead) and len(lead) - verb[1] > (14 if near else 10)):
        return None
    return _speaker(text, start, start + verb[0], (start + verb[0], start + verb[1]))


def _before_colon(text: str, start: int, lead: str) -> Speaker | None:
    """Who is named alone before a colon: 张伟：“……”."""
    at = start + len(lead)
    begin = start + max((part.end() for part in re.finditer("[。！？!?；;\n”」』]", lead)), default=0)
    who = text[begin:at]
    titled = title_before(who)
    plain = 2 <= len(who) <= 4 and family_name(who) and _HAN_ONLY.fullmatch(who)
    if text[at] not in ":：" or not (titled is not None or plain or _FOREIGN.fullmatch(who)):
        return None
    role = (begin, begin + titled) if titled else None
    return Speaker((begin + (titled or 0), at), (at, at + 1), role)


def _last_verb(lead: str) -> Span | None:
    found = None
    barred = [no.span() for no in _NOT_VERB.finditer(lead)]
    for verb in _VERB.finditer(lead):
        if not any(start <= verb.start() < end for start, end in barred):
            found = verb.span()
    return found


def _after(text: str, after: int) -> Speaker | None:
    window = _PARTS.split(text[after : after + 60], maxsplit=1)[0]
    lead = window.lstrip("，, ")
    if not lead or lead[0] in '“「『"':
        return None
    shift = after + len(window) - len(lead)
    barred = [no.span() for no in _NOT_VERB.finditer(lead)]
    for verb in _VERB.finditer(lead[:40]):
        if verb.start() and not any(start <= verb.start() < end for start, end in barred):
            if re.search("[，,“”「」]", lead[: verb.start()]):
                return None
            return _speaker(text, shift, shift + verb.start(), (shift + verb.start(), shift + verb.end()))
    return None


def _speaker(text: str, start: int, at: int, cue: Span) -> Speaker | None:
    """The subject of the verb at ``at``: its clause without times, places and adverbs, its title set apart."""
    lead = text[start:at]
    begin = start
    for part in re.finditer("[。！？!?；;\n”」』]", lead):
        begin = start + part.end()
    while opening := _LEAD.match(text[begin:at]):
        begin += opening.end()
    end = at
    for _ in range(6):
        clause = text[begin:end].rstrip("，, ：:")
        found = _TRAIL.search(clause[-36:])
        end = begin + len(clause)
        if not found or not clause[: len(clause) - len(clause[-36:]) + found.start()]:
            break
        end -= len(clause[-36:]) - found.start()
    clause = text[begin:end]
    cut = max(clause.rfind("，"), clause.rfind(","))
    if cut >= 0:
        begin = begin + cut + 1 if len(clause) - cut > 2 and not _ends_subject(clause[:cut]) else begin
        if _ends_subject(clause[:cut]):
            end = begin + cut
    return _named(text, begin, end, cue)


def _ends_subject(clause: str) -> bool:
    """Whether the words before a comma end with a title and a name, of which what follows only tells more."""
    found = title_before(clause)
    return found is not None and len(clause) <= _LONGEST


def _named(text: str, begin: int, end: int, cue: Span) -> Speaker | None:
    while begin < end and text[begin] in " 　、的":
        begin += 1
    if end <= begin:
        return None
    clause = text[begin:end]
    leading = _BEFORE_NAME.match(clause)
    if leading and leading.end() < len(clause):
        begin, clause = begin + leading.end(), clause[leading.end() :]
    titled = title_before(clause)
    if titled is not None:
        return Speaker((begin + titled, end), cue, (begin, begin + titled))
    foreign = _TITLED_FOREIGN.search(clause)
    if foreign:
        return Speaker((begin + foreign.start("who"), end), cue, (begin, begin + foreign.start("who")))
    pronoun = _PRONOUN.search(clause)
    if pronoun and (len(clause) > 6 or pronoun.start() == 0):
        return Speaker((begin + pronoun.start(), end), cue)
    if len(clause) > _LONGEST:
        return None
    return Speaker(_unmarked(text, begin, end), cue)


def _unmarked(text: str, begin: int, end: int) -> Span:
    """The title of a newspaper without its marks."""
    inside = end - begin > 2 and text[begin] == "《" and text.find("》", begin) == end - 1
    return (begin + 1, end - 1) if inside else (begin, end)


def indirect(text: str, sentence: Span) -> Speech | None:
    """What a sentence tells of another's words; places in the copy in Simplified script."""
    start, end = sentence[0], min(sentence[1], sentence[0] + 400)
    body = text[start:end]
    stop = len(body.rstrip(" 。！？!?…"))
    found = _ACCORDING.search(body)
    if found and found.end() < stop:
        nobody = _NOBODY.fullmatch(found.group("who"))
        citing = _CITING.search(found.group("who"))  # 路透社援引知情人士的话
        last = found.start("who") + citing.start() if citing and citing.start() > 1 else found.end("who")
        who = None if nobody else _unmarked(text, start + found.start("who"), start + last)
        cue = (start + found.start("cue"), start + found.end("cue"))
        return Speech(start + found.end(), start + stop, "indirect", Speaker(who, cue))
    barred = [no.span() for no in _NOT_VERB.finditer(body)]
    for verb in _INDIRECT.finditer(body):
        if any(first <= verb.start() < last for first, last in barred) or verb.start() == 0 or stop - verb.end() < 4:
            continue
        if body[verb.end() :].lstrip()[:1] in '“「『"‘的':
            continue
        cue = (start + verb.start(), start + verb.end() - (verb.group()[-1] in "，：,:"))
        by = _speaker(text, start, start + verb.start(), cue)
        if by is not None and by.who is not None and _may_speak(text, by.who, by):
            return Speech(start + verb.end(), start + stop, "indirect", by)
    return None


def _may_speak(text: str, place: Span, by: Speaker) -> bool:
    """Whether the words can be a speaker where no mark says that somebody is quoted: a name, a title, a pronoun."""
    who = text[slice(*place)]
    if by.role or _PRONOUN.fullmatch(who) or family_name(who) or _SPEAKERS.search(who):
        return True
    foreign = _FOREIGN.fullmatch(who) and len(set(who)) > 1  # 哈哈哈 is none
    return bool(foreign) or text[place[1] : place[1] + 1] == "》" or who.lower() in _known()


@cache
def _known() -> frozenset[str]:
    """Names of persons, outlets and the like that the gazetteer holds."""
    names = load_names(LEXICON)
    return frozenset(
        form.lower() for label in LABELS for name, others in getattr(names, label).items() for form in (name, *others)
    )


_SPEAKERS = re.compile(
    "(?:网友|人士|专家|学者|媒体|报|社|网|台|部|局|委|会|院|公司|集团|平台|方面|官方|用户|博主|记者|发言人|报告|文章|声明|政府|白宫|法院|分析师|教授|员|者|商|们)$"
)
