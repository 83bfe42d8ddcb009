"""Measure the search for near copies: speed at 1, 4 and 16 times the documents, memory, and what it finds of planted edits."""

import importlib.util
import itertools
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import opencc
import pyarrow as pa

from corpus.identity import Keys
from corpus.stages import reuse
from corpus.stages.deduplicate import copies, fold, text_digest

BASE = 6_000
SCALES = (1, 4, 16)
LARGE = 405_000
STRENGTHS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3)
PLANTED = 300
REAL = Path(os.environ.get("HUANYING_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data" / "language-dev"
ZH = "的 了 在 我们 你们 他们 欢迎 朋友 小红书 猫税 今天 昨天 火锅 翻译 作业 价格 医院 地铁 喜欢 担心 首页 审核 名字 明天 学习 谢谢 真的 可以 一起 海边 城市 咖啡 图书馆 邻居 唱歌 周末 旅行 照片 早饭 孩子 老师 英语 中文 聊天 天气 新闻 公司 工资 房租 汽车 面包 春节 红包 饺子 电影 音乐 游戏 手机 视频 评论 关注 陌生 语言 世界 国家 生活 工作 时间 问题 回答 故事 快乐 难过 奇怪 有趣 安静 热闹 便宜 昂贵 干净 辛苦 简单 困难 突然 终于 已经 还是 但是 因为 所以 如果 虽然 觉得 知道 看见 听说 告诉 发现 认识 离开 回来 打开 关上 买到 卖掉".split()
EN = "the a of to and in that we you they welcome friend rednote cat tax today yesterday hotpot translate homework price hospital metro like worry feed moderator name tomorrow study thanks really can together seaside city coffee library neighbour sing weekend travel photo breakfast child teacher english chinese chat weather news company wage rent car bread festival dumpling film music game phone video comment follow stranger language world country life work time question answer story happy sad strange funny quiet lively cheap dear clean tired simple hard suddenly finally already still but because so if although feel know see hear tell find meet leave return open close bought sold".split()


def written(count: int, chance: random.Random) -> Iterator[list[str]]:
    """Texts as lists of words: two Chinese for one English, nine comments for one short article."""
    for number in range(count):
        length = chance.randrange(12, 40) if number % 10 else chance.randrange(120, 300)
        yield chance.choices(EN if number % 3 == 0 else ZH, k=length)


def joined(words: list[str]) -> str:
    return (" " if words[0].isascii() else "").join(words)


def edited(words: list[str], share: float, chance: random.Random) -> list[str]:
    """The words with a share of them replaced, dropped or followed by another; at least one is."""
    pool = EN if words[0].isascii() else ZH
    out = list(words)
    for place in chance.sample(range(len(out)), max(1, round(share * len(out)))):
        out[place] = chance.choice([chance.choice(pool), "", joined([words[place], chance.choice(pool)])])
    return [word for word in out if word]


def table(texts: list[str]) -> pa.Table:
    """Documents as a build has them."""
    return pa.table(
        {
            "id": [f"{number:032x}" for number in range(len(texts))],
            "text": texts,
            "text_digest": [text_digest(text) for text in texts],
            "published_at": pa.array(range(len(texts)), pa.timestamp("us", "UTC")),
        }
    )


def corpus(count: int) -> list[str]:
    """Texts of which a tenth are light edits of another."""
    chance = random.Random(count)
    texts = list(written(count - count // 10, chance))
    return [joined(words) for words in (*texts, *(edited(words, 0.05, chance) for words in texts[: count // 10]))]


def real(folder: Path) -> list[str]:
    """Texts of the measuring data: posts, comments and articles by people."""
    files = sorted(folder.glob("*.jsonl"))
    return [json.loads(line)["text"] for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def speed(texts: list[str]) -> None:
    """In a process of its own: documents, processor seconds, comparisons, members and peak memory beyond the texts."""
    documents = table(texts)
    compared = 0
    plain = reuse.Overlaps.of

    def counted(self: reuse.Overlaps, one: int, other: int) -> float:
        nonlocal compared
        compared += 1
        return plain(self, one, other)

    reuse.Overlaps.of = counted  # type: ignore[method-assign]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    found = copies(documents, Keys(bytes(32)))
    seconds = time.process_time() - began
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(len(texts), seconds, compared, found.num_rows, more / 1024)


def speeds() -> None:
    """Print the table of sizes."""
    print("| documents | a second and core | cost of one, to the first row | compared | in clusters | MiB more |")
    print("|--:|--:|--:|--:|--:|--:|")
    base = 0.0
    sizes = [str(BASE * scale) for scale in SCALES] + [str(LARGE)] + ([str(REAL)] if REAL.is_dir() else [])
    for size in sizes:
        arguments = [sys.executable, "-m", "benchmarks.copies", size]
        out = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.split()
        count, seconds, compared, rows, more = int(out[0]), float(out[1]), int(out[2]), int(out[3]), float(out[4])
        base = base or seconds / count
        name = f"{count:,}" if size.isdigit() else f"{count:,} real ones"
        print(
            f"| {name} | {count / seconds:,.0f} | {seconds / count / base:.2f} | {compared:,} | {rows:,} | {more:,.0f} |"
        )


def pairs(texts: list[str]) -> set[tuple[int, int]]:
    """Numbers of texts that came into one cluster."""
    rows = copies(table(texts), Keys(bytes(32)))
    members: dict[str, list[int]] = {}
    for name, cluster in zip(
        rows.column("document_id").to_pylist(), rows.column("cluster_id").to_pylist(), strict=True
    ):
        members.setdefault(cluster, []).append(int(name, 16))
    return {pair for group in members.values() for pair in itertools.combinations(sorted(group), 2)}


def quality() -> None:
    """Print what is found of planted edits among texts that are no copies."""
    converter = opencc.OpenCC("s2t")
    print("| words edited | found zh | found en | found zh in the other script | precision |")
    print("|--:|--:|--:|--:|--:|")
    for strength in STRENGTHS:
        chance = random.Random(7)
        texts = list(written(BASE, chance))
        kinds = {
            "zh": [n for n, words in enumerate(texts) if not words[0].isascii()][:PLANTED],
            "en": [n for n, words in enumerate(texts) if words[0].isascii()][:PLANTED],
            "hant": [n for n, words in enumerate(texts) if not words[0].isascii()][PLANTED : 2 * PLANTED],
        }
        everything = [joined(words) for words in texts]
        planted: dict[tuple[int, int], str] = {}
        for kind, numbers in kinds.items():
            for number in numbers:
                text = joined(edited(texts[number], strength, chance))
                planted[number, len(everything)] = kind
                everything.append(converter.convert(text) if kind == "hant" else text)
        found = pairs(everything)
        shares = [
            f"{sum(planted[pair] == kind for pair in found & planted.keys()) / len(kinds[kind]):.3f}"
            for kind in ("zh", "en", "hant")
        ]
        print(f"| {strength:.0%} | {' | '.join(shares)} | {len(found & planted.keys()) / max(1, len(found)):.3f} |")


def beside(count: int) -> None:
    """Print the speed of datasketch on the same shingles, where it is installed; its candidates are not even checked."""
    from datasketch import MinHash, MinHashLSH  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415 - a peer

    texts = [fold(text) for text in corpus(count)]
    hashed, bounds = reuse.shingles(texts)
    began = time.process_time()
    index = MinHashLSH(params=(32, 4), num_perm=128)
    for number in range(count):
        sketch = MinHash(128, hashfunc=int)
        sketch.update_batch(hashed[bounds[number] : bounds[number + 1]].tolist())
        index.query(sketch)
        index.insert(number, sketch)
    print(
        f"\ndatasketch, signatures and candidates of {count:,}: {count / (time.process_time() - began):,.0f} a second"
    )


def main() -> None:
    """Print the tables."""
    if len(sys.argv) > 1:
        speed(corpus(int(sys.argv[1])) if sys.argv[1].isdigit() else real(Path(sys.argv[1])))
        return
    speeds()
    print(f"\nEdits planted in {3 * PLANTED} of {BASE:,} texts:\n")
    quality()
    if importlib.util.find_spec("datasketch"):
        beside(BASE)


if __name__ == "__main__":
    main()
