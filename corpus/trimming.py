"""Cut what is printed around an article but is not of it: title, date and source lines above, editors and links below."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_HEAD_LINES = 12
_TAIL_FROM = 0.35
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Trimmed:
    """Lines that stay, and those removed with why: ``title``, ``head``, ``noise`` or ``tail``."""

    lines: tuple[str, ...]
    removed: tuple[tuple[str, str], ...]


_OPEN = r"^[\s　>»▲▼◆■●·*【\[（(《「『]*"
# A line that opens so, and is short, belongs to no article wherever it stands.
_NOISE_ZH = re.compile(
    _OPEN
    + r"(?:分享到|分享至|分享本文|分享给|分享給|分享：|点击右上角|點擊右上角|请使用浏览器|朋友圈$|微信好友$|字号|字號|字体|字體|大\s*中\s*小|打印|列印|收藏本文|收藏$|点赞$|微博$|微信$"
    r"|新浪微博$|腾讯微博$|QQ空间$|扫一扫|掃一掃|扫描二维码|扫码|掃碼|長按|长按(?:识别|二维码)|点击进入专题|点击查看|點擊查看|点击加载|加载更多|查看更多|展开全文|展開全文|阅读全文$|广告$|廣告$|请继续往下阅读"
    r"|請繼續往下閱讀|下载.{0,12}(?:APP|客户端)|打开.{0,12}(?:APP|客户端)|用微信扫|复制链接|複製連結|我要评论|我要留言|我要纠错|举报$|舉報$|用户登录|返回顶部|回到顶部|責任編輯|责任编辑|责编|責編)",
    re.IGNORECASE,
)
_TAIL_ZH = re.compile(
    _OPEN
    + r"(?:责任编辑|責任編輯|责编|責編|本文编辑|值班编辑|编辑[:：／/丨|]|編輯[:：／/]|本期编辑|网络编辑|实习编辑|执行编辑|审核[:：]|校对[:：]|終審|终审|监制[:：]|来源[:：]|來源[:：]|稿源[:：]|文章来源|文章來源|资料来源[:：]|信息来源"
    r"|原文链接|原文鏈接|本文来源|本文來源|作者[:：]|記者[:：]|相关阅读|相關閱讀|相关新闻|相關新聞|相关文章|相關文章|相关链接|相关报道|相關報道|相關報導|相关推荐|相关专题|延伸阅读|延伸閱讀|推荐阅读|推薦閱讀|热门推荐|熱門|热门文章|热门新闻|热点新闻|猜你喜欢|猜你喜歡"
    r"|你可能|您可能|更多精彩|更多新闻|更多新聞|更多文章|往期|精彩推荐|精彩推薦|编辑推荐|小编推荐|为您推荐|今日推荐|看更多|看了又看|大家都在看|最新评论|网友评论|網友評論|全部评论|热门评论|发表评论|發表評論|发表回复|文章评论|评论\s*[(（\d]|留言\s*[(（\d]|参与评论|跟帖|上一篇|下一篇|上一則|下一則|上一页|下一页"
    r"|版权声明|版權聲明|版权所有|版權所有|免责声明|免責聲明|特别声明|特別聲明|声明[:：]|聲明[:：]|郑重声明|转载请|轉載請|转载声明|未经授权|未經授權|未经许可|本文版权|著作权|本文为.{0,20}原创|文章标签|本文标签|标签[:：]|標籤[:：]|关键词[:：]|关键字[:：]|關鍵字|关于我们|關於我們|联系我们|聯絡我們|法律声明"
    r"|网站地图|返回首页|返回列表|关闭窗口|【?打印|打印本页|【?关闭|公众号[:：]|关注.{0,16}(?:公众号|微信|微博)|歡迎加入|欢迎关注|歡迎關注|追蹤|加入.{0,10}(?:粉絲|LINE|好友)|按讚|订阅|本报讯热线|新闻热线|举报电话|违法和不良|不良信息|ICP|京ICP|网上传播|互联网新闻|Copyright|©|All Rights|附件[:：]?$|扫一扫|掃一掃|分享到|分享至|分享：|点击排行|點擊排行|本周热|24小时|热文排行|新闻排行|阅读排行|专题[:：]|【?纠错|【?責任|精彩图片|图片新闻|视频推荐)",
    re.IGNORECASE,
)
_HEAD_ZH = re.compile(
    _OPEN
    + r"(?:来源|來源|稿源|文章来源|作者|记者|記者|編輯|编辑|责编|文\s*[/／丨|]|撰文|发布时间|發布時間|發佈時間|发表时间|发表于|發表於|发布于|发布日期|更新时间|更新時間|最後更新|最新更新|时间[:：]|日期[:：]|浏览|瀏覽|点击[:：数量]|阅读[:：量数]|閱讀|人气|访问量|评论[:：\d(（]|字号|字號|字体|字體|分享|收藏|打印|首页|首頁|当前位置|当前的位置|您的位置|您当前|您現在|你的位置|正文$|原标题|原標題|摘要$|微信|手机|\d+\s*(?:条|條|人|次|个|評論|评论|阅读)|我要|订阅|查看|【大)"
)
_DATE = re.compile(
    r"(?:19|20)\d\d\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}|\b\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d|\d{1,2}\s*(?:小时|分钟|天)前"
)
_NOISE_EN = re.compile(
    _OPEN
    + r"(?:advertisements?$|advertisement\b.{0,40}$|story continues below|article continues below|continue reading|scroll (?:down )?(?:to|for)|share (?:this|on|via)\b|share$|tweet$|email$|print$|save$|copy link"
    r"|click here to|sign up (?:for|to)\b|subscribe (?:to|for|now|here)|skip to|read more\s*$|read more[:>]|read also[:>]|also read[:>]|read next[:>]?|see also[:>]|related[:>]|related (?:stories|articles|posts|content|coverage|news)|more (?:on this|from)\b.{0,40}$|watch[:>]"
    r"|follow us|like us on|download (?:the|our) app|loading\.*$|image (?:credit|source|caption)|photo credit|getty images$|enlarge this image|toggle caption|hide caption|\(?(?:ap|reuters|afp) photo)",
    re.IGNORECASE,
)
_TAIL_EN = re.compile(
    _OPEN
    + r"(?:related(?:\s*:)?$|related (?:stories|articles|posts|content|coverage|news|topics|reading|links)|read (?:more|next|also)\s*:?$|more (?:stories|news|like this|to read)|recommended(?: for you)?\s*:?$|you (?:may|might) (?:also )?(?:like|enjoy)|share this|share on|filed under|posted in|tags?\s*:|topics?\s*:|keywords?\s*:"
    r"|comments?\s*(?:\(\d+\))?$|\d+ comments?|leave a (?:comment|reply)|post a comment|join the (?:conversation|discussion)|view comments|show comments|about the author|copyright\b|©|\(c\) \d{4}|all rights reserved|newsletter|sign up\b|subscribe\b|follow (?:us|me|him|her|@|the author)\b|like us on"
    r"|don['’]t miss|trending|most (?:read|popular|viewed)|latest (?:news|stories)|popular (?:posts|stories|now)|previous (?:article|post|story)|next (?:article|post|story)|get (?:the )?(?:latest|our|more)\b.{0,60}(?:newsletter|inbox|app|email)|terms of (?:use|service)|privacy policy|this (?:article|story|post) (?:was|is) (?:originally|first)|a version of this article)",
    re.IGNORECASE,
)
_HEAD_EN = re.compile(
    _OPEN
    + r"(?:by\s+[A-Z]|written by|posted (?:by|on)|published|updated|last updated|share\b|tweet|save\b|print\b|comments?\b|\d+ comments?|\d+ min(?:ute)?s? read|home\b|photo(?:graph)?s?\b.{0,3}(?:by|:)|image\s*:|credit\s*:|from\s+[A-Z]\w+$|updated\s*$)",
)


def is_chinese(text: str) -> bool:
    """Whether Han characters dominate: they are at least a third of the letters (a word of Latin script has about five)."""
    han = len(_CHINESE.findall(text))
    return han > 0 and han * 3 >= len(_LETTER.findall(text))


def trim(lines: Sequence[str], title: str | None) -> Trimmed:
    """``lines`` of an article without what was printed around it, by rules for Chinese in both scripts and English.

    Above: up to twelve lines that repeat the title or give date, source or author. Below: all from the first line of
    the last 65 % that names an editor, a source, related pages, rights or comments. Nothing is cut that would leave
    nothing. What goes is returned.
    """
    chinese = is_chinese("".join(lines))
    removed: list[tuple[str, str]] = []
    start = _head(lines, title, chinese)
    removed += [(why, line) for line, why in zip(lines, start, strict=False)]
    rest = lines[len(start) :]
    end = _tail(rest, chinese)
    kept = []
    for line in rest[:end]:
        if _is_noise(line, chinese):
            removed.append(("noise", line))
        else:
            kept.append(line)
    removed += [("tail", line) for line in rest[end:]]
    if not kept:
        return Trimmed(tuple(lines), ())
    return Trimmed(tuple(kept), tuple(removed))


def _folded(text: str | None) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text or "").casefold() if char.isalnum())


def _length(line: str, chinese: bool) -> int:
    return len(line) if chinese else len(line.split())


def _head(lines: Sequence[str], title: str | None, chinese: bool) -> list[str]:
    """Reasons of the lines that go at the top; one of no kind in between goes with them when it is very short."""
    wanted = _folded(title)
    reasons: list[str] = []
    upto = 0
    for index, line in enumerate(lines[:_HEAD_LINES]):
        why = _head_reason(line, wanted, chinese)
        reasons.append(why or "head")
        if why:
            upto = index + 1
        elif _length(line, chinese) > (14 if chinese else 6) or _ends_sentence(line):
            break
    return reasons[:upto]


def _head_reason(line: str, wanted: str, chinese: bool) -> str | None:
    folded = _folded(line)
    if (
        wanted
        and folded
        and (
            folded == wanted
            or (len(folded) >= 8 and folded in wanted)
            or (len(wanted) >= 8 and wanted in folded and len(folded) < len(wanted) * 1.6)
        )
    ):
        return "title"
    length = _length(line, chinese)
    if (
        length <= (40 if chinese else 14)
        and not _ends_sentence(line)
        and (_DATE.search(line) or (_HEAD_ZH if chinese else _HEAD_EN).search(line))
    ):
        return "head"
    return None


def _ends_sentence(line: str) -> bool:
    return line.rstrip().endswith(("。", "！", "？", ".", "!", "?", "”", "…"))


def _tail(lines: Sequence[str], chinese: bool) -> int:
    total = sum(map(len, lines))
    seen = 0
    pattern = _TAIL_ZH if chinese else _TAIL_EN
    for index, line in enumerate(lines):
        if (
            index
            and seen >= total * _TAIL_FROM
            and _length(line, chinese) <= (60 if chinese else 14)
            and pattern.search(line)
        ):
            return index
        seen += len(line)
    return len(lines)


def _is_noise(line: str, chinese: bool) -> bool:
    return (
        _length(line, chinese) <= (30 if chinese else 12)
        and (_NOISE_ZH if chinese else _NOISE_EN).search(line) is not None
    )
