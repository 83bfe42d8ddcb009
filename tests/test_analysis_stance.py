"""Stance by rules: each position in both languages and scripts, and every reason not to say one."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.annotators import Label, Passage
from analysis.annotators.stance import ANNOTATOR as STANCE
from analysis.annotators.stance_country import ANNOTATOR as COUNTRY
from analysis.signs.stances import StanceReader, rules_of
from corpus.errors import UserError
from corpus.faults import read_toml
from corpus.stages.language import detect
from corpus.study import load_study
from tests.studies import STUDY as FULL

STUDY = Path(__file__).resolve().parent.parent / "studies" / "tiktok-refugees"
BARE = FULL.replace('[[source]]\nid = "harbour-daily"\n', "").replace('themes = "codebook.toml"\n', "")
TAKES = STANCE.prepare(None)
JUDGES = COUNTRY.prepare(None)
RULES = rules_of(None, "stance_newcomers")
assert RULES is not None
READER = StanceReader(RULES)


def told(text: str, title: str | None = None, kind: str = "post") -> str:
    return TAKES([Passage(text, detect(text).language, kind, title)])[0][0].label


def judged(text: str) -> str:
    return JUDGES([Passage(text, detect(text).language)])[0][0].label


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("欢迎你们来小红书，随便玩", "welcoming"),
        ("歡迎你們來小紅書，隨便玩", "welcoming"),
        ("老外朋友们有不懂的直接问", "welcoming"),
        ("Welcome to RedNote! Pay the cat tax please", "welcoming"),
        ("We love having you here, ask me anything", "welcoming"),
        ("欢迎来到小红书，但请遵守规矩", "welcoming"),
        ("首页全是英文，做饭的都刷不到了", "worried"),
        ("這麼多老外，怕審核變嚴連累大家", "worried"),
        ("Soon nobody will post in Chinese here", "worried"),
        ("With so many newcomers the rules will get stricter", "worried"),
        ("从哪来回哪去", "hostile"),
        ("從哪來回哪去", "hostile"),
        ("不欢迎你们", "hostile"),
        ("不欢迎TikTok难民", "hostile"),
        ("这里不欢迎偷渡猫粮的人", "abstain"),
        ("别再来了，洋大人们", "abstain"),
        ("欢迎大家来我的小店", "none"),
        ("这帮老外真是垃圾", "hostile"),
        ("Go back to your own app", "hostile"),
        ("TikTok refugees are ruining our app", "hostile"),
        ("You are not welcome here", "hostile"),
        ("大家好我刚来，谢谢你们的热情", "none"),
        ("Hi all, new here, thank you for being so kind", "none"),
        ("今天的汤真好喝", "none"),
        ("欢迎你们早点回去", "hostile"),
        ("这里是中文平台，请讲中文", "worried"),
        ("给新朋友留个门，进来坐", "welcoming"),
        ("welcome to my shop", "none"),
        ("欢迎光临我的小店", "none"),
        ("You're welcome!", "none"),
    ],
)
def test_positions(text: str, expected: str) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("老外今天发了一张照片", "no cue"),
        ("垃圾分类怎么做", "no target"),
        ("翻译按钮在哪里", "no cue"),
        ("燃放鞭炮污染环境，又不安全", "no target"),
        ("Need advice on how to get out of this rut", "no target"),
        ("我不讨厌老外", "denied"),
        ("I never meant go back to your own app", "denied"),
        ("Nobody said go back to your own app", "quoted"),
        ("China welcomes everyone, its spokesman said", "quoted"),
        ("官方欢迎外国用户", "quoted"),
        ("有人在评论里骂老外滚", "quoted"),
        ("别让老外觉得不欢迎他们", "no cue"),
        ("欢迎美国用户的公告发布了", "no cue"),
        ("They are not welcome in Texas", "no target"),
        ("我看到有评论写“滚回美国去”", "quoted"),
        ("One of them read “go back to your own app” aloud", "quoted"),
        ("有人说老外滚出去", "quoted"),
        ("Some users say foreigners go home", "quoted"),
        ("欢迎老外吗？", "asked"),
        ("Are newcomers welcome?", "asked"),
        ("欢迎你们[doge]", "ironic"),
        ("从哪来回哪去🙂", "ironic"),
        ("欢迎你们，不过怕小红书变味", "mixed"),
        ("我是刚来的，首页全是英文", "mixed"),
    ],
)
def test_reasons_not_to_say(text: str, reason: str) -> None:
    taken = READER.read(text)
    assert (taken.label, taken.reason, taken.places) == ("abstain", reason, ())


def test_a_cue_needs_its_target_near_it() -> None:
    assert told("垃圾，这群难民") == "hostile"
    assert told("难民来了。" + "今天我们先去超市买了很多菜和水果，" * 3 + "垃圾要分类") == "abstain"
    assert told("他们就是垃圾") == "abstain"
    assert told("他们就是垃圾", title="TikTok难民来了") == "hostile"


def test_a_title_that_names_the_target_addresses_a_welcome_but_no_insult() -> None:
    assert told("按钮在右下角。有不懂的随时问", title="写给刚到的外国朋友") == "welcoming"
    assert told("按钮在右下角。有不懂的随时问", title="新手指南") == "abstain"
    assert told("今天讲一讲垃圾怎么分类", title="老外也想知道") == "abstain"


def test_what_cannot_be_seen_is_unknown() -> None:
    assert told("早上好", kind="comment") == "abstain"
    assert told("早上好") == "none"
    assert told("老外来了，欢迎你们", kind="article") == "abstain"
    assert told("今天股市上涨", kind="article") == "none"
    assert told("小红书本周更新", kind="article") == "abstain"
    assert told("老外来了，欢迎你们", kind="turn") == "abstain", (
        "a turn of an interview speaks of others as an article does"
    )
    assert told("老外来了，欢迎你们", kind="comment") == "welcoming"
    assert TAKES([Passage("Bienvenue aux Américains", "fr")])[0] == [Label("abstain")]


def test_the_codebook_s_own_examples_are_never_told_wrong() -> None:
    content, _, faults = read_toml(STUDY / "stance.toml")
    assert content is not None and not faults
    right = 0
    for label in content["label"]:
        for text in (*label["examples_zh"], *label["examples_en"]):
            assert told(text) in {label["id"], "abstain"}, text
            right += told(text) == label["id"]
    assert right >= 17
    for case in content["hard_case"]:
        assert told(case["text"]) in {case["code"].split(";")[0].split(" ")[0], "abstain"}


def test_cues_stand_with_their_places() -> None:
    text = "ﬁ 歡迎你們！ We love having you here"
    found = TAKES([Passage(text, "mul")])[0]
    places = [(text[label.start : label.end], label.label) for label in found[1:]]
    assert places == [("歡迎你們", "welcoming"), ("We love having you here", "welcoming")]
    assert found[0].score is not None and 0.9 < found[0].score < 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("还是中国好啊", "pro_china"),
        ("還是中國好啊", "pro_china"),
        ("The American dream is a scam", "pro_china"),
        ("China is so much better", "pro_china"),
        ("羡慕美国", "pro_foreign"),
        ("I love America", "pro_foreign"),
        ("China is a dictatorship", "pro_foreign"),
        ("两国人民都有难处", "neutral"),
        ("every country has its problems", "neutral"),
        ("今天吃什么", "not_applicable"),
        ("welcome to the app", "not_applicable"),
        ("我去过美国", "abstain"),
        ("China is not better", "abstain"),
        ("China is great at table tennis", "abstain"),
        ("If America is so great, why leave?", "abstain"),
        ("My friend says the US is a joke", "abstain"),
        ("美国比中国好吗？", "abstain"),
        ("他们说中国很落后", "abstain"),
        ("呵呵，还是美国好", "abstain"),
    ],
)
def test_country_stance(text: str, expected: str) -> None:
    assert judged(text) == expected


def study_with(tmp_path: Path, stance: str | None) -> Path:
    tmp_path.mkdir(exist_ok=True)
    files = 'stance = "stance.toml"\n' if stance else ""
    (tmp_path / "study.toml").write_text(BARE + files, encoding="utf-8")
    if stance is not None:
        (tmp_path / "stance.toml").write_text(stance, encoding="utf-8")
    return tmp_path


OWN = """
[codebook]
variable = "{variable}"
[machine]
labels = ["welcoming", "hostile"]
[[machine.cue]]
label = "welcoming"
anchored = true
hans = '吃了吗您'
"""


def test_a_study_adds_cues_or_brings_its_own(tmp_path: Path) -> None:
    adds = load_study(study_with(tmp_path / "a", OWN.format(variable="stance_newcomers")))
    texts = [Passage(text, "zh") for text in ("吃了吗您", "欢迎你们", "滚回去")]
    assert [found[0].label for found in STANCE.prepare(adds)(texts)] == ["welcoming", "welcoming", "hostile"]
    other = load_study(study_with(tmp_path / "b", OWN.format(variable="stance_ferry")))
    assert [found[0].label for found in STANCE.prepare(other)(texts)] == ["welcoming", "none", "none"]
    assert COUNTRY.prepare(other)(texts)[0] == [Label("not_applicable")]
    assert STANCE.version_for(adds) != STANCE.version_for(other) != STANCE.version


def test_a_study_without_a_stance_file_has_no_stance(tmp_path: Path) -> None:
    study = load_study(study_with(tmp_path, None))
    assert STANCE.prepare(study)([Passage("欢迎你们", "zh")]) == [[Label("not_applicable")]]


def test_a_cue_of_an_unknown_label_is_a_fault(tmp_path: Path) -> None:
    study = load_study(study_with(tmp_path, OWN.format(variable="stance_newcomers").replace('"hostile"', '"cold"')))
    assert STANCE.prepare(study)([Passage("欢迎你们", "zh")])[0][0].label == "welcoming"
    broken = OWN.format(variable="stance_newcomers").replace('label = "welcoming"', 'label = "cold"')
    with pytest.raises(UserError, match="cold"):
        STANCE.prepare(load_study(study_with(tmp_path / "b", broken)))


def test_the_published_study_asks_for_both() -> None:
    study = load_study(STUDY)
    assert STANCE.prepare(study)([Passage("欢迎你们", "zh")])[0][0].label == "welcoming"
    assert COUNTRY.prepare(study)([Passage("还是中国好", "zh")])[0][0].label == "pro_china"
    for annotator in (STANCE, COUNTRY):
        assert all(word in annotator.card for word in ("How:", "Trained on:", "Measured", "Fails on:"))
    assert "No general stance model transfers" in STANCE.card and "Sentiment is not stance" in STANCE.card


@given(st.text(), st.sampled_from(["zh", "zh-Hant", "en", "mul", "zxx", "fr"]), st.sampled_from(["post", "article"]))
def test_any_text_is_answered(text: str, language: str, kind: str) -> None:
    for annotate in (TAKES, JUDGES):
        found = annotate([Passage(text, language, kind)])[0]
        assert found and found[0].start is None
        for label in found[1:]:
            assert label.start is not None and label.end is not None and 0 <= label.start < label.end <= len(text)


@pytest.mark.parametrize(
    "piece", ["欢迎老外，", "“滚”", "they are welcome ", "欢迎光临", "有人说", "“", "担心", "america is so "]
)
def test_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    def seconds(times: int) -> float:
        passage = Passage(piece * times, "mul")
        start = time.process_time()
        TAKES([passage])
        JUDGES([passage])
        return time.process_time() - start

    seconds(10)
    small = min(seconds(500) for _ in range(3))
    assert seconds(4_000) < 8 * 4 * small + 0.2
