"""A corpus with topics that are known: invented texts, each of words of one topic, in two languages."""

import random
from collections.abc import Iterator
from pathlib import Path

from corpus.schemas import TABLES
from corpus.store import Staging
from corpus.study import Study, load_study
from tests.studies import STUDY

POOLS = {
    "cats": (
        "猫咪 宠物 照片 小猫 橘猫 毛发 睡觉 沙发 罐头 尾巴 爪子 兽医",
        "cat pet photo kitten whisker fur nap sofa tail paw vet collar",
    ),
    "money": (
        "房租 工资 医院 账单 学费 救护车 物价 贷款 加班 保险 美元 超市",
        "rent salary hospital bill tuition ambulance price loan overtime insurance dollar supermarket",
    ),
    "lessons": (
        "作业 英语 翻译 老师 语法 口语 单词 考试 拼音 汉字 声调 句子",
        "homework english translation teacher grammar accent vocabulary exam pinyin character tone sentence",
    ),
}
GLOSSARY = "\n".join(
    ["term = ["]
    + [
        f'  {{ zh = ["{zh}"], en = ["{en}"] }},'
        for pools in POOLS.values()
        for zh, en in zip(*(pool.split() for pool in pools), strict=True)
        if en not in {"collar", "whisker"}
    ]
    + ["]"]
)
Text = tuple[str, str, list[str]]
"""An id, which names the topic it was made of; its language; its words."""


def texts(each: int = 60, languages: tuple[str, ...] = ("zh-Hans", "en"), words: int = 5) -> list[Text]:
    """``each`` texts of each topic and language, and a few that are of none."""
    dice = random.Random(7)
    found = []
    for language in languages:
        for name, pools in POOLS.items():
            pool = pools[language == "en"].split()
            found += [(f"{language[:2]}-{name}-{n:03d}", language, dice.sample(pool, words)) for n in range(each)]
    return [*found, ("zh-short-0", "zh-Hans", ["猫咪"]), ("en-empty-0", "en", []), ("fr-0", "fr", ["chat", "chien"])]


def study_of(folder: Path, *, topics: str = "", glossary: str = GLOSSARY) -> Study:
    """A study without sources that are fetched; its files for topics beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(
        STUDY.replace('[[source]]\nid = "harbour-daily"\n', "").split("[files]")[0], encoding="utf-8"
    )
    (folder / "glossary.toml").write_text(glossary, encoding="utf-8")
    if topics:
        (folder / "topics.toml").write_text(topics, encoding="utf-8")
    return load_study(folder)


def staged(study: Study, found: list[Text]) -> Iterator[Staging]:
    """The tables that a build makes of such texts."""
    with Staging(study.corpus_folder) as staging:
        staging.add_rows(
            TABLES["documents"],
            [{"id": name, "source_id": "rednote", "kind": "comment", "language": of} for name, of, _ in found],
        )
        staging.add_rows(TABLES["tokens"], [{"document_id": name, "tokens": words} for name, _, words in found])
        yield staging
