"""Invented notes and comments in Zeeschuimer form, as many and as varied as a study of the event holds; of no meaning."""

import importlib.util
import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.lemmas import lemmas

SHORT = (
    "欢迎 欢迎欢迎 欢迎来到小红书 欢迎欢迎热烈欢迎 哈哈哈 哈哈哈哈哈 哈哈哈哈哈哈哈哈 来了来了 猫税 交猫税 猫税呢 好可爱 太可爱了 你好 你好呀 "
    "真的吗 确实 对 是的 谢谢 谢谢你 不客气 加油 笑死 笑死我了 好家伙 蹲 蹲一个 收藏了 学到了 支持 可以 不懂就问 求翻译 翻译一下 "
    "在线等 火钳刘明 前排 沙发 打卡 互关 爱了 绝了 好看 羡慕 有道理 同意 啊啊啊啊 [笑哭R] [笑哭R][笑哭R][笑哭R] [doge] [哭惹R] [赞R] "
    "🐱 😂 😂😂😂 ❤️ 👋 👍 🫶🏻 🇺🇸❤️🇨🇳 welcome Welcome! welcome! hello Hello hi lol LOL same yes thanks thank_you love_this so_cute "
    "cute_cat meow 666 6 1 ？ ？？？ ！ 。。。"
).split(" ")
COMMON = (
    "the be to of and a in that have i it for not on with he as you do at this but his by from they we say her she or an will my "
    "one all would there their what so up out if about who get which go me when make can like time no just him know take people "
    "into year your good some could them see other than then now look only come its over think also back after use two how our "
    "work first well way even new want because any these give day most us cat tax app welcome friend friends love china america "
    "chinese english learn language food price rent hospital school translate thank homework feed rules music beautiful happy"
).split()
PLACES = "四川 广东 北京 上海 浙江 江苏 山东 河南 湖北 湖南 福建 陕西 辽宁 美国 加拿大 英国 澳大利亚 日本 中国香港 中国台湾".split()
SIGNS = "😂 😭 🥰 🐱 🐶 ❤️ 👏 🙏 ✨ 🤣 🫶🏻 👍 😍 🔥 [笑哭R] [哭惹R] [赞R] [doge] [派对R] [飞吻R]".split()
TAGS = ("tiktokrefugee", "猫税", "TikTok难民", "英语学习", "日常", "中美对账", "cattax", "欢迎")
OTHER = (
    "ようこそ、猫の写真を見せてください", "こんにちは、日本から見ています", "안녕하세요 반가워요", "고양이 너무 귀여워요",
    "Привет всем, как дела", "hola a todos, qué lindo gato tienes amigo", "bonjour à tous, votre chat est magnifique",
)  # fmt: skip
COLLECTED = 1_737_500_000_000
PUBLISHED = 1_736_730_000_000
AGENT = "Mozilla/5.0 (invented; for measuring)"
Item = dict[str, Any]


class Words:
    """Words by how often they stand in texts, drawn with a seed."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        place = importlib.util.find_spec("jieba")
        if place is None or not place.submodule_search_locations:
            raise SystemExit("jieba's word list is needed to invent Chinese texts")
        listed = (Path(place.submodule_search_locations[0]) / "dict.txt").read_text(encoding="utf-8").splitlines()
        rows = sorted(((int(count), word) for word, count, *_ in map(str.split, listed)), reverse=True)[:12_000]
        self.chinese = [word for _, word in rows]
        self.chinese_weights = list(itertools.accumulate(count**0.7 for count, _ in rows))
        rare = sorted(word for word in lemmas() if word.isascii() and word.isalpha() and len(word) < 9)[::9]
        self.english = [*COMMON, *rare]
        self.english_weights = list(
            itertools.accumulate([3000 / (n + 3) for n in range(len(COMMON))] + [0.3] * len(rare))
        )

    def chance(self, of_one: float) -> bool:
        return self.draw.random() < of_one

    def length(self, median: float, most: int) -> int:
        return max(1, min(most, int(self.draw.lognormvariate(0, 0.75) * median)))

    def zh(self, words: int) -> str:
        found = self.draw.choices(self.chinese, cum_weights=self.chinese_weights, k=words)
        for place in range(6, len(found) - 1, 7):
            found[place] += self.draw.choice("，，，。！？ ")
        return "".join(found)

    def en(self, words: int) -> str:
        found = self.draw.choices(self.english, cum_weights=self.english_weights, k=words)
        for place in range(9, len(found) - 1, 10):
            found[place] += self.draw.choice(",.!?")
        return " ".join(found)

    def comment(self) -> str:
        kind = self.draw.random()
        if kind < 0.16:
            return SHORT[min(int(self.draw.expovariate(0.05)), len(SHORT) - 1)].replace("_", " ")
        if kind < 0.66:
            text = self.zh(self.length(9, 120))
        elif kind < 0.91:
            text = self.en(self.length(11, 110))
        elif kind < 0.98:
            text = f"{self.zh(self.length(4, 30))} {self.en(self.length(4, 30))}"
        else:
            text = self.draw.choice(OTHER)
        if self.chance(0.3):
            text += self.draw.choice(SIGNS) * self.draw.choice((1, 1, 1, 2, 3))
        return text + self.draw.choice(("", "", "！", "!", "～", "?", "。", "~"))

    def native(self) -> str:
        return f"{self.draw.getrandbits(96):024x}"


def lines(comments: int, posts: int, seed: int = 4) -> Iterator[str]:
    """Lines of an export: ``posts`` notes (half as search results, half as states of pages), then ``comments`` comments,
    three in ten of them as replies inside of others."""
    words = Words(seed)
    notes = [words.native() for _ in range(posts)]
    accounts = [words.native() for _ in range(max(1, comments // 3))]
    number = itertools.count(1)
    for place, note_id in enumerate(notes):
        data = (_card if place % 2 else _state)(words, note_id, words.draw.choice(accounts))
        tab = f"https://www.xiaohongshu.com/search_result?keyword=tiktok%20refugee&source=web_search&page={place // 20}"
        yield _line(next(number), note_id, "xiaohongshu.com", tab, data)
    tabs = {
        one: f"https://www.xiaohongshu.com/explore/{one}?xsec_token=AB{words.native()}&xsec_source=pc_search"
        for one in notes
    }
    left = comments
    while left:
        note_id = notes[min(int(words.draw.paretovariate(0.6)) - 1, posts - 1)]
        replies = min(left - 1, words.draw.choice((1, 1, 2, 3)) if words.chance(0.25) else 0)
        data = _comment(words, note_id, words.draw.choice(accounts), None)
        data["sub_comments"] = [
            _comment(words, note_id, words.draw.choice(accounts), data["id"]) for _ in range(replies)
        ]
        data |= {"sub_comment_count": str(replies), "sub_comment_cursor": "", "sub_comment_has_more": False}
        left -= 1 + replies
        yield _line(next(number), data["id"], "xiaohongshu-comments", tabs[note_id], data)


def _line(number: int, item_id: str, platform: str, tab: str, data: Item) -> str:
    item = {
        "id": number,
        "nav_index": f"3:{number // 500}:{number % 97}",
        "item_id": item_id,
        "timestamp_collected": COLLECTED + number * 40,
        "source_platform": platform,
        "source_platform_url": tab,
        "source_url": "https://edith.xiaohongshu.com/api/sns/web/v2/comment/page",
        "user_agent": AGENT,
        "data": data,
    }
    return json.dumps(item, ensure_ascii=False) + "\n"


def _comment(words: Words, note_id: str, account: str, parent: str | None) -> Item:
    answered = parent is not None and words.chance(0.2)
    data: Item = {
        "id": words.native(),
        "note_id": note_id,
        "content": words.comment(),
        "create_time": PUBLISHED + words.draw.randrange(700_000) * 1000,
        "ip_location": words.draw.choice(PLACES),
        "like_count": str(int(words.draw.paretovariate(0.9)) - 1),
        "liked": False,
        "status": 0,
        "at_users": [],
        "show_tags": ["is_author"] if words.chance(0.03) else [],
        "user_info": {
            "user_id": account,
            "nickname": f"名{account[:6]}",
            "image": f"https://avatar.example/{account}.jpg?imageView2/2/w/120/format/jpg",
            "xsec_token": f"AB{account}",
        },
    }
    if answered:
        data["content"] = f"@名{account[6:12]} {data['content']}"
        data["at_users"] = [{"user_id": words.native(), "nickname": f"名{account[6:12]}"}]
    if parent is not None:
        data["target_comment"] = {"id": parent, "user_info": {"user_id": words.native(), "nickname": "名"}}
    if words.chance(0.02):
        data["pictures"] = [
            {"url_default": f"https://picture.example/{data['id']}.webp", "width": 1080, "height": 1440}
        ]
    return data


def _text(words: Words) -> tuple[str, list[str]]:
    text = "\n".join(
        words.zh(words.length(18, 60)) if words.chance(0.6) else words.en(words.length(20, 70))
        for _ in range(words.length(3, 9))
    )
    tags = words.draw.sample(TAGS, 3)
    return f"{text}\n{' '.join(f'#{tag}[话题]#' for tag in tags)}", tags


def _counts(words: Words) -> list[str]:
    liked = int(words.draw.paretovariate(0.5))
    printed = str(liked) if liked < 10_000 else f"{liked / 10_000:.1f}万" if liked < 100_000 else "10万+"
    return [printed, *(str(int(words.draw.paretovariate(0.7))) for _ in range(3))]


def _card(words: Words, note_id: str, account: str) -> Item:
    text, tags = _text(words)
    liked, collected, comments, shared = _counts(words)
    pictures = [
        {
            "width": 1080,
            "height": 1440,
            "info_list": [
                {"image_scene": scene, "url": f"https://picture.example/{note_id}/{n}!{scene}"}
                for scene in ("WB_DFT", "WB_PRV")
            ],
        }
        for n in range(words.draw.randrange(1, 7))
    ]
    card = {
        "type": words.draw.choice(("normal", "video")),
        "display_title": words.zh(5),
        "desc": text,
        "time": PUBLISHED + words.draw.randrange(700_000) * 1000,
        "user": {"user_id": account, "nickname": f"名{account[:6]}", "avatar": f"https://avatar.example/{account}.jpg"},
        "interact_info": {
            "liked_count": liked,
            "collected_count": collected,
            "comment_count": comments,
            "shared_count": shared,
            "liked": False,
        },
        "cover": {"url_default": f"https://picture.example/{note_id}/cover"},
        "image_list": pictures,
        "tag_list": [{"id": words.native(), "name": tag, "type": "topic"} for tag in tags],
        "ip_location": words.draw.choice(PLACES),
    }
    return {"id": note_id, "model_type": "note", "xsec_token": f"AB{words.native()}", "note_card": card}


def _state(words: Words, note_id: str, account: str) -> Item:
    text, tags = _text(words)
    liked, collected, comments, shared = _counts(words)
    published = PUBLISHED + words.draw.randrange(700_000) * 1000
    note = {
        "noteId": note_id,
        "type": words.draw.choice(("normal", "video")),
        "title": words.zh(5),
        "desc": text,
        "time": published,
        "lastUpdateTime": published + words.draw.randrange(90_000) * 1000,
        "ipLocation": words.draw.choice(PLACES),
        "xsecToken": f"AB{words.native()}",
        "user": {"userId": account, "nickname": f"名{account[:6]}", "avatar": f"https://avatar.example/{account}.jpg"},
        "interactInfo": {
            "likedCount": liked,
            "collectedCount": collected,
            "commentCount": comments,
            "shareCount": shared,
            "followed": False,
        },
        "tagList": [{"id": words.native(), "name": tag, "type": "topic"} for tag in tags],
        "imageList": [
            {"fileId": words.native(), "width": 1080, "height": 1440, "urlDefault": f"https://picture.example/{n}"}
            for n in range(words.draw.randrange(1, 7))
        ],
        "atUserList": [],
    }
    return {
        "id": note_id,
        "note": note,
        "comments": {"list": [], "cursor": "", "hasMore": True},
        "currentTime": COLLECTED,
    }
