"""Names are found by gazetteer and by rule, in both scripts, each with one canonical name; all people are invented."""

import importlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.annotators import Label, Passage
from analysis.annotators.entities import ANNOTATOR, EntityFinder
from analysis.extraction.gazetteer import LEXICON, Gazetteer, Names, load_names
from corpus.errors import UserError
from corpus.study import load_study
from tests.growing import grows_with_the_text_alone
from tests.studies import make_study

LABEL = ANNOTATOR.prepare(None)


def named(text: str) -> list[tuple[str, str, str]]:
    """Label, words and canonical name of each entity."""
    return [
        (one.label, text[one.start : one.end], one.more["name"])
        for one in LABEL([Passage(text, "mul")])[0]
        if one.start is not None
    ]


def people(text: str) -> list[str]:
    return [words for label, words, _ in named(text) if label == "person"]


def test_one_canonical_name_in_every_script() -> None:
    for text in ("小红书", "小紅書", "RedNote", "rednote", "ＲｅｄＮｏｔｅ", "Xiaohongshu"):
        assert named(f"看{text}！") == [("platform", text, "RedNote")]


def test_the_longest_name_counts_and_names_do_not_stand_in_words() -> None:
    assert named("新华社") == [("outlet", "新华社", "Xinhua News Agency")]
    assert [name for _, _, name in named("Associated Press and New York Times")] == [
        "Associated Press",
        "The New York Times",
    ]
    assert named("Chinatowns tiktoker reddits") == []


def test_capitals_count_where_a_name_is_also_a_word() -> None:
    assert named("tell us, can you") == []
    assert named("in the US") == [("place", "US", "United States")]
    assert named("x marks the spot") == named("X marks the spot") == []
    assert named("posted on X, today") == [("platform", "X", "X")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("港务局发言人林小舟今天表示", "林小舟"),
        ("發言人陳小舟說", "陳小舟"),
        ("记者 王小渡", "王小渡"),
        ("林小舟指出，渡轮已满", "林小舟"),
        ("大家好，我叫林小舟。", "林小舟"),
        ("Harbour minister Mira Holt came", "Mira Holt"),
        ("Mira Holt said no", "Mira Holt"),
        ("Mira Holt, a painter, came", "Mira Holt"),
        ("we met Lin Xiaozhou there", "Lin Xiaozhou"),
        ("Jennifer Holt's boat", "Jennifer Holt"),
        ("The Long Ferry is a film", None),
    ],
)
def test_people_by_rule(text: str, name: str | None) -> None:
    assert people(text) == ([name] if name else [])


def test_later_mentions_have_the_name_in_full() -> None:
    assert [name for label, _, name in named("Mira Holt said no. Later Holt left.") if label == "person"] == [
        "Mira Holt"
    ] * 2


def test_organisations_by_rule() -> None:
    assert named("He teaches at Northern Ferry University.") == [
        ("organisation", "Northern Ferry University", "Northern Ferry University")
    ]


def test_a_study_adds_its_sources_and_its_own_names(tmp_path: Path) -> None:
    study = make_study(tmp_path, posts=0)
    sourced = ANNOTATOR.version_for(study)
    assert sourced != ANNOTATOR.version
    outlet = next(path for path in (tmp_path / "outlets").glob("*.toml") if "Harbour Daily" in path.read_text("utf-8"))
    outlet.write_text(outlet.read_text("utf-8").replace("Harbour Daily", "Zebra Gazette"), encoding="utf-8")
    assert ANNOTATOR.version_for(load_study(tmp_path)) != sourced
    (tmp_path / "gazetteer.toml").write_text(
        '[person]\n"Mira Holt" = ["渡轮姐"]\n[platform]\nFerryNote = ["渡轮书"]\n', encoding="utf-8"
    )
    assert ANNOTATOR.version_for(study) not in (sourced, ANNOTATOR.version)
    labels = ANNOTATOR.prepare(study)([Passage("渡輪姐在渡轮书上", "zh")])[0]
    assert [(one.label, one.more["name"], one.score) for one in labels] == [
        ("person", "Mira Holt", 1.0),
        ("platform", "FerryNote", 1.0),
    ]
    (tmp_path / "gazetteer.toml").write_text("[people]\n", encoding="utf-8")
    with pytest.raises(UserError, match="people"):
        ANNOTATOR.prepare(study)


def test_a_trained_pipeline_that_the_study_names(tmp_path: Path) -> None:
    spacy = importlib.import_module("spacy")
    for language, name in (("en", "quayfolk"), ("zh", "渡轮社")):
        model = spacy.blank(language)
        ruler = model.add_pipe("entity_ruler")
        ruler.add_patterns(
            [
                {"label": "ORG", "pattern": name},
                {"label": "GPE", "pattern": "reddit"},
                {"label": "DATE", "pattern": "noon"},
            ]
        )
        model.to_disk(tmp_path / language)
    make_study(tmp_path / "study", posts=0)
    file = tmp_path / "study" / "study.toml"
    named = f'[language]\nenglish = "{tmp_path / "en"}"\nchinese = "{tmp_path / "zh"}"\n\n[[language.word]]'
    file.write_text(file.read_text(encoding="utf-8").replace("[[language.word]]", named), encoding="utf-8")
    study = load_study(tmp_path / "study")
    text = "rain at noon\nthe quayfolk left reddit to 渡輪社 with Jennifer Holt"
    found = ANNOTATOR.prepare(study)([Passage(text, "mul")])[0]
    assert [(one.label, text[one.start : one.end], one.score) for one in found] == [
        ("organisation", "quayfolk", 0.75),
        ("platform", "reddit", 1.0),
        ("organisation", "渡輪社", 0.75),
        ("person", "Jennifer Holt", 0.5),
    ]
    version = ANNOTATOR.version_for(study)
    assert "en_pipeline" in version
    assert "zh_pipeline" in version
    assert str(tmp_path) not in version


def test_a_pipeline_that_is_not_there_is_named(tmp_path: Path) -> None:
    make_study(tmp_path, posts=0)
    file = tmp_path / "study.toml"
    named = '[language]\nenglish = "en_no_such_model"\n\n[[language.word]]'
    file.write_text(file.read_text(encoding="utf-8").replace("[[language.word]]", named), encoding="utf-8")
    with pytest.raises(UserError, match="en_no_such_model"):
        ANNOTATOR.prepare(load_study(tmp_path))


def test_a_source_s_printed_names() -> None:
    finder = EntityFinder(Gazetteer([load_names(LEXICON)], [("outlet", "Harbour Daily (港湾日报)")]))
    labels = finder.label(Passage("港灣日報 and Harbour Daily", "mul"))
    assert [(one.label, one.more["name"]) for one in labels] == [("outlet", "Harbour Daily")] * 2


HOLT = Names.model_validate(
    {"exact": ["Holt"], "person": {"Mira Holt": ["Holt", "President Holt", "霍尔特", "米拉·霍尔特"]}}
)
FAMILY = EntityFinder(Gazetteer([load_names(LEXICON), HOLT]))


def known(text: str) -> list[str]:
    """The words for which the gazetteer has the person `HOLT`."""
    return [text[one.start : one.end] for one in FAMILY.find(text) if one.name == "Mira Holt" and one.score == 1]


@pytest.mark.parametrize(
    "text",
    [
        "Pamina Holt said no.",
        "Eric Holt came",
        "Mira Holt Jr. posted",
        "Holt Tower is tall",
        "the Holt Organization",
        "Mrs. Holt left",
        "小霍尔特表示",
        "塔米娜·霍尔特来了",
        "霍尔特大厦",
    ],
)
def test_a_relative_or_a_tower_is_not_the_person_of_the_gazetteer(text: str) -> None:
    assert known(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("But Holt said no", "Holt"),
        ("former President Holt", "President Holt"),
        ("Secretary Holt", "Holt"),
        ("in the U.S. Holt won", "Holt"),
        ("the Holt administration", "Holt"),
        ("米拉·霍尔特", "米拉·霍尔特"),
        ("霍尔特政府", "霍尔特"),
    ],
)
def test_the_person_by_the_family_name(text: str, words: str) -> None:
    assert known(text) == [words]


def test_relatives_are_found_by_rule() -> None:
    assert [(one.name, one.score) for one in FAMILY.find("Pamina Holt said that Holt won.")] == [
        ("Pamina Holt", 0.5),
        ("Mira Holt", 1.0),
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("美国商务部宣布", "United States Department of Commerce"),
        ("商务部宣布", "Ministry of Commerce of China"),
        ("俄罗斯外交部回应", "俄罗斯外交部"),
        ("韓國最高法院裁定", "韩国最高法院"),
        ("俄外交部回应", "俄外交部"),
        ("India's Supreme Court ruled", "India's Supreme Court"),
        ("the Indian Supreme Court", "Indian Supreme Court"),
        ("the Senate of Poland met", "Senate of Poland"),
        ("the state Supreme Court", "state Supreme Court"),
        ("In Washington, the Supreme Court", "Supreme Court of the United States"),
        ("National People's Congress", "National People's Congress"),
    ],
)
def test_an_office_is_that_of_the_country_beside_it(text: str, name: str) -> None:
    assert [name for label, _, name in named(text) if label == "organisation"] == [name]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("发言人毛渡今天表示", "毛渡"),
        ("总理李渡主持会议", "李渡"),
        ("部长王渡会见客人", "王渡"),
        ("记者林小舟今天", "林小舟"),
        ("发言人陈小明说", "陈小明"),
    ],
)
def test_a_chinese_name_does_not_swallow_the_next_word(text: str, name: str) -> None:
    assert people(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "用户和平台都在",
        "网友应该知道",
        "翻译成中文",
        "老师和学生们",
        "用户方面",
        "编辑时间",
        "专家安排座位",
        "记者应邀而来",
        "任天堂表示",
        "张家口表示",
        "温州表示",
        "the founder CEO said",
        "Jordan River, a river",
        "Grace Church said",
        "Jordan County said",
        "Rolling Stone said",
        "Morgan Stanley said",
        "Goldman Sachs said",
        "Artificial Intelligence, a new topic",
        "General Motors said",
        "Meridian Wire said",
        "Pier Herald, a paper",
        "#王小明[话题]# 今天",
        "#王小明# 今天",
        "see example.com/Mira-Holt said",
    ],
)
def test_words_firms_and_places_are_no_people(text: str) -> None:
    assert people(text) == []


def test_addresses_name_nothing() -> None:
    assert named("https://reuters.com/US/TikTok reddit.com/r/china www.weibo.com") == []
    text = "http://a.example/US看小红书"
    assert named(text) == [("platform", "小红书", "RedNote")]


@pytest.mark.parametrize(
    "text",
    "两国联合报道 1月15日本报讯 东北大学 北大西洋 推广西方 最大连锁 升华为水 理财新规 心潮澎湃 中央社会工作部 新浪漫主义".split(),
)
def test_a_short_chinese_name_breaks_no_word(text: str) -> None:
    assert [one for one in FAMILY.find(text) if one.score == 1] == []


def test_names_that_begin_words_or_stand_beside_them() -> None:
    assert [name for _, _, name in named("日本人在新中国刷小红书，看微博，去北大")] == [
        "Japan",
        "China",
        "RedNote",
        "Weibo",
        "Peking University",
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Meta CEO Mira Holt said", "Mira Holt"),
        ("Apple's Jennifer Holt", "Jennifer Holt"),
        ("US Representative Tamino Holt came", "Tamino Holt"),
        ("New York Mayor Jennifer Holt", "Jennifer Holt"),
        ("White House Press Secretary Mira Holt came", "Mira Holt"),
        ("JD Holt said", "JD Holt"),
    ],
)
def test_a_person_beside_a_known_name(text: str, name: str) -> None:
    assert people(text) == [name]


def test_words_that_are_also_names() -> None:
    for text in ("the ins and outs", "they wired money", "a discord, a telegram", "Time is up", "JD said"):
        assert named(text) == [], text
    assert [name for _, _, name in named("他在ins上 on Telegram, told Time")] == ["Instagram", "Telegram", "Time"]


def test_what_is_asked_of_no_form_is_refused(tmp_path: Path) -> None:
    for asked in ('exact = ["Quay"]', 'beside_han = ["Quay"]', '[after]\nQuay = ["on"]', '[office]\nChina = ["Quay"]'):
        (tmp_path / "names.toml").write_text(f'{asked}\n[place]\nPier = ["Pierhead"]\n', encoding="utf-8")
        with pytest.raises(UserError, match="Quay"):
            load_names(tmp_path / "names.toml")


def test_a_chinese_name_by_rule_is_one_in_either_script() -> None:
    assert [name for _, _, name in named("發言人陳小舟說") + named("发言人陈小舟说")] == ["陈小舟"] * 2


@pytest.mark.parametrize(
    ("text", "bylines"),
    [
        ("（记者林小舟 王小渡）发言人陈小明说", ["林小舟", "王小渡"]),
        ("渡轮来了。编辑：王小明", ["王小明"]),
        ("渡轮（王小明 摄）", ["王小明"]),
        ("文/王小明\n渡轮来了", ["王小明"]),
        ("By Jennifer Holt\nMark Vale came.", ["Jennifer Holt"]),
        (
            "Reporting by Jennifer Holt and Mark Vale; Editing by Emma Pier. Sarah Quay came.",
            ["Jennifer Holt", "Mark Vale", "Emma Pier"],
        ),
        ("Ferries run by Jennifer Holt and Mark Vale", []),
    ],
)
def test_who_made_an_article_is_told_apart(text: str, bylines: list[str]) -> None:
    found = LABEL([Passage(text, "mul")])[0]
    assert [text[one.start : one.end] for one in found if one.more.get("byline")] == bylines


def test_a_gazetteer_of_nothing_finds_nothing() -> None:
    assert Gazetteer([]).find("RedNote 小红书 [] ^") == []


def test_nothing() -> None:
    assert LABEL([Passage("rain fell 下雨了", "mul"), Passage("", "zxx")]) == [[Label("none")], [Label("none")]]


@given(st.text(st.sampled_from("小红书紅書王林说表示记者我叫·ＲＸ MiraHolt.,-’'ﬁUS tiktok的在"), max_size=100))
def test_places_hold_and_nothing_breaks(text: str) -> None:
    last = 0
    for one in LABEL([Passage(text, "mul")])[0]:
        if one.start is None or one.end is None:
            continue
        assert last <= one.start < one.end <= len(text)
        last = one.end


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("武汉市长江大桥今晚封闭", [("place", "武汉市")]),
        ("复旦大学教授李维为认为，这很好", [("organisation", "复旦大学"), ("person", "李维为")]),
        ("来自悉尼的艾琳·福斯特是一名志愿者", [("place", "悉尼"), ("person", "艾琳·福斯特")]),
        ("何塞·马丁内斯说他会回来", [("person", "何塞·马丁内斯")]),
        ("刘女士表示不知情", []),
        ("我在纽约大学读书", [("organisation", "纽约大学")]),
        ("她去了美国大学", [("place", "美国")]),
        ("拜登签署了法案，特朗普的团队没有回应", [("person", "拜登"), ("person", "特朗普")]),
        ("Trump's team met Shou Zi Chew", [("person", "Trump"), ("person", "Shou Zi Chew")]),
    ],
)
def test_names_are_whole_and_heads_of_state_and_of_platforms_are_known(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert [(label, words) for label, words, _ in named(text)] == expected


@pytest.mark.parametrize(
    "piece", ["小红书", "王", "Mira ", "Mira Holt said ", "A", "记者", "新", "X ", "·", "我叫王小明"]
)
def test_time_grows_with_the_text_alone(piece: str) -> None:
    assert grows_with_the_text_alone(LABEL, piece)


def test_the_names_of_the_seed_articles(shared: Path) -> None:
    files = sorted((shared / "data" / "coverage").glob("*.txt"))
    if not files:
        pytest.skip("no seed articles among the measuring data")
    found = {name for path in files for _, _, name in named(path.read_text(encoding="utf-8"))}
    assert {"Guo Jiakun", "Ren Yi", "Liu Xingliang", "CCTV", "Reuters", "RedNote", "TikTok", "WeChat", "Weibo"} <= found


def test_names_in_posts_are_found_as_well_as_the_card_says(shared: Path) -> None:
    gold = shared / "data" / "language-dev" / "ner_zh.jsonl"
    if not gold.is_file():
        pytest.skip("no posts with labelled names among the measuring data")
    right = given = wanted = 0
    for row in map(json.loads, gold.read_text(encoding="utf-8").splitlines()):
        want = {(start, end, kind) for start, end, kind, *_ in row["label"] if kind.endswith("NAM")}
        got = set(ANNOTATOR.served(LABEL([Passage(row["text"], "zh")])[0]))
        right, given, wanted = right + len(want & got), given + len(got), wanted + len(want)
    assert 2 * right / (given + wanted) > 0.58
