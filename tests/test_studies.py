"""The studies and outlets that come with the project: each loads, is dated and sourced, and asks for what it says."""

import re
import tomllib
from pathlib import Path

import pytest

from corpus.checking import explain
from corpus.study import OUTLETS, Outlet, load_events, load_study, load_table

STUDIES = Path(__file__).resolve().parent.parent / "studies"
REFUGEES = STUDIES / "tiktok-refugees"
CATALOGUE = sorted(OUTLETS.glob("*.toml"))
OWN = sorted((REFUGEES / "outlets").glob("*.toml"))


def loaded(path: Path) -> Outlet:
    outlet, faults = load_table(path, Outlet)
    assert not faults
    assert outlet is not None
    return outlet


@pytest.mark.parametrize("path", [*CATALOGUE, *OWN], ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_an_outlet_is_dated_sourced_and_whole(path: Path) -> None:
    outlet = loaded(path)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", path.stem)
    assert len(outlet.owner.source) > 20
    assert len(outlet.country.source) > 10
    assert re.fullmatch(r"[A-Z]{2}", outlet.country.value)
    assert set(outlet.languages) <= {"en", "zh-Hans", "zh-Hant"}
    assert all(any(host in address for host in outlet.hosts) for _, _, address in outlet.addresses)
    assert outlet.tried or "ntried" in outlet.note or not outlet.addresses, "an address nobody tried is called untried"
    assert outlet.kind == "platform" or outlet.addresses
    assert outlet.delay is None or outlet.delay >= 1


# One address of an article's form for each outlet, invented, and one of another page.
ARTICLES = {
    "bbc": ("https://www.bbc.com/news/articles/c0abcdefghij", "https://www.bbc.com/news/world"),
    "china-daily": (
        "https://www.chinadaily.com.cn/a/202501/15/WS000000000000000000000000.html",
        "https://www.chinadaily.com.cn/china",
    ),
    "cna-taiwan": ("https://www.cna.com.tw/news/acn/202501150001.aspx", "https://www.cna.com.tw/list/acn.aspx"),
    "global-times": ("https://www.globaltimes.cn/page/202501/0000001.shtml", "https://www.globaltimes.cn/china/"),
    "guancha": (
        "https://www.guancha.cn/internation/2025_01_15_000001.shtml",
        "https://www.guancha.cn/internation",
    ),
    "guardian": (
        "https://www.theguardian.com/technology/2025/jan/15/invented-title",
        "https://www.theguardian.com/technology/tiktok",
    ),
    "initium": ("https://theinitium.com/article/20250115-invented-title", "https://theinitium.com/about"),
    "mfa-china": (
        "https://www.mfa.gov.cn/eng/xw/fyrbt/lxjzh/202501/t20250115_00000001.html",
        "https://www.mfa.gov.cn/eng/xw/fyrbt/lxjzh/index_1.html",
    ),
    "mingpao": (
        "https://news.mingpao.com/ins/%E5%85%A9%E5%B2%B8/article/20250115/s00004/0000000000001/title",
        "https://news.mingpao.com/ins/main",
    ),
    "npr": ("https://www.npr.org/2025/01/15/nx-s1-0000000/invented-tiktok-title", "https://www.npr.org/sections/news/"),
    "people-daily": (
        "http://world.people.com.cn/n1/2025/0115/c1002-00000001.html",
        "http://world.people.com.cn/index.html",
    ),
    "scmp": (
        "https://www.scmp.com/news/china/article/0000001/invented-title-rednote",
        "https://www.scmp.com/news/china",
    ),
    "state-department": (
        "https://2021-2025.state.gov/briefings/department-press-briefing-january-15-2025/",
        "https://2021-2025.state.gov/department-press-briefings/page/2/",
    ),
    "xinhua": ("https://english.news.cn/20250115/" + "0" * 32 + "/c.html", "https://english.news.cn/world/index.htm"),
    "zaobao": ("https://www.zaobao.com.sg/realtime/china/story20250115-0000001", "https://www.zaobao.com.sg/realtime"),
}


@pytest.mark.parametrize("path", [*CATALOGUE, *OWN], ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_article_patterns_know_an_article_from_another_page(path: Path) -> None:
    outlet = loaded(path)
    if outlet.kind == "platform":
        assert not outlet.addresses
        return
    if outlet.kind == "archive":  # the patterns of the news outlets are asked, whose pages it holds
        assert outlet.fronts and not outlet.article
        return
    article, other = ARTICLES[path.stem]
    assert any(re.search(pattern, article) for pattern in outlet.article)
    assert not any(re.search(pattern, other) for pattern in outlet.article)


def test_the_catalogue_has_outlets_of_each_script_and_owner() -> None:
    outlets = [loaded(path) for path in CATALOGUE]
    news = [outlet for outlet in outlets if outlet.kind == "news"]
    assert {tag for outlet in news for tag in outlet.languages} == {"en", "zh-Hans", "zh-Hant"}
    assert {outlet.owner.value for outlet in news} >= {"state", "public", "private", "party"}


def test_rednote_is_both_hosts_and_imported() -> None:
    rednote = loaded(OUTLETS / "rednote.toml")
    assert rednote.kind == "platform"
    assert {"xiaohongshu.com", "www.xiaohongshu.com", "rednote.com", "www.rednote.com"} <= set(rednote.hosts)
    assert not rednote.addresses


def test_the_first_study_loads_and_is_explained() -> None:
    study = load_study(REFUGEES)
    titles = [title for title, _ in explain(study)]
    assert "Source rednote" in titles
    assert len(study.outlets) == len(study.file.source)
    assert study.document_file("themes") is not None


def test_its_words_are_neutral() -> None:
    words = load_study(REFUGEES).file.queries
    for word in (*words.zh, *words.en):
        assert not re.search(r"welcome|hate|love|friend|欢迎|歡迎|友好|讨厌|討厭", word, re.IGNORECASE)


def test_its_events_are_dated_sourced_and_inside_the_window() -> None:
    window = load_study(REFUGEES).file.window
    events = load_events(REFUGEES / "events.csv")
    assert len(events) >= 30
    for event in events:
        assert window.start <= event.date <= window.end
        assert len(event.source) > 7
        assert event.certainty == "certain" or event.note or event.source


def test_its_stance_codebook_agrees_with_itself() -> None:
    stance = tomllib.loads((REFUGEES / "stance.toml").read_text(encoding="utf-8"))
    assert stance["codebook"]["labels"] == [label["id"] for label in stance["label"]]
    assert [rule["n"] for rule in stance["rule"]] == list(range(1, len(stance["rule"]) + 1))
    examples = [text for label in stance["label"] for key in ("examples_zh", "examples_en") for text in label[key]]
    assert len(examples) == len(set(examples))
    for case in stance["hard_case"]:
        code = case["code"].split(";")[0].split(" ")[0]
        assert code in stance["codebook"]["labels"]
        flags = re.findall(r"flags? ([a-z_, ]+)", case["code"])
        assert all(f.strip() in stance["codebook"]["flags"] for flag in flags for f in flag.split(","))


def test_no_file_of_a_study_names_a_place_of_some_machine() -> None:
    for path in STUDIES.rglob("*"):
        if path.is_file() and path.suffix in {".toml", ".csv", ".md"}:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"(?<![\w.])/(home|root|tmp|work)/", text), path
