"""Machine labels in the report beside what people's codes say of them: corrected with intervals, grey, or not validated."""

import base64
import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as parsing

from analysis import charts
from analysis.coding.returned import take_back
from analysis.coding.rounds import Asked, export_round
from analysis.estimates.basis import basis_of, newest, write
from analysis.estimates.held import claims
from analysis.estimates.standing import estimates_of, estimates_path
from analysis.reporting import corrections
from analysis.reporting.counting import K
from analysis.reporting.method import render_method
from analysis.reporting.method_contents import gather_method
from analysis.reporting.report import gather, render, write_report
from analysis.reporting.words import LANGUAGES, Words
from analysis.sampling.drawing import draw
from analysis.sampling.keys import canonical
from corpus.errors import UserError
from corpus.snapshot import latest
from corpus.study import Study, load_study
from tests.coders import code
from tests.planned import write_plan
from tests.reported import make_snapshot

SCHEME = Path(__file__).resolve().parent.parent / "studies" / "demo" / "coding.toml"
FIGURES = ("sentiment", "sentiment_days", "themes", "theme_days", "emotion", "stance")
LISTS = ("names", "speakers", "amounts", "stories")
COLOURS = ("#0072b2", "#d55e00", "#b34a00", "#b0578d", "#8a6d00")
UNVALIDATED = {"en": "not validated by humans", "zh": "未经人工验证"}
Row = dict[str, Any]


def answer(doc_id: str, variable: str) -> str:
    number = int(doc_id[-6:], 16)
    if variable == "sentiment":
        return ("negative", "neutral", "positive")[number % 3]
    return ("welcoming", "hostile", "none")[number % 3] if variable == "stance" else ("yes", "no")[number % 2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "small"
    study, _ = make_snapshot(folder, documents=200, authors=50, annotated=True)
    shutil.copyfile(SCHEME, folder / "coding.toml")
    draw(write_plan(folder.parent / "p.toml", {"method": "srs", "n": 70}), study)
    made = export_round(study, Asked("first", "one", ("blue",))).round
    take_back(study, made, code(made, "blue", answer, folder.parent / "blue"))
    write(estimates_path(folder, "one"), estimates_of(basis_of(study, "one", snapshot=newest(study))))
    return folder


@pytest.fixture(scope="module")
def tree(built: Path) -> parsing.HtmlElement:
    return index(load_study(built))


def index(study: Study) -> parsing.HtmlElement:
    """The report's page alone, without what stands beside it."""
    return parsing.fromstring(render(gather(study, latest(study.corpus_folder))))


def figure(tree: parsing.HtmlElement, language: str, name: str) -> parsing.HtmlElement:
    [found] = tree.xpath(f"//*[@id='{language}-figure-{name}']")
    return found


def edit(study: Study, change: Callable[[Row], None]) -> None:
    path = estimates_path(study.folder, "one")
    said = json.loads(path.read_bytes())
    change(said)
    path.write_bytes(canonical(said) + b"\n")


def estimates(folder: Path) -> dict[str, Row]:
    said = json.loads(estimates_path(folder, "one").read_bytes())
    return {one["claim"]: one for one in said["claims"]}


def assert_not_validated(tree: parsing.HtmlElement) -> None:
    for language in LANGUAGES:
        for name in FIGURES:
            assert UNVALIDATED[language] in figure(tree, language, name).xpath("string(.//p[@class='alone'])"), name
        for name in LISTS:
            [section] = tree.xpath(f"//section[h2[@id='{language}-{name}']]")
            assert UNVALIDATED[language] in section.xpath("string(.//p[@class='alone'])"), name
    assert not tree.xpath("//data") and "corrected by people" not in tree.xpath("string(//div[@id='en'])")


def test_without_codes_every_figure_of_labels_says_that_nobody_validated_it(study: Study) -> None:
    shutil.rmtree(study.folder / "estimates")
    tree = index(study)
    assert_not_validated(tree)
    assert any(colour in parsing.tostring(figure(tree, "en", "sentiment")).decode() for colour in COLOURS)


def test_corrected_shares_stand_with_interval_and_scope_and_labels_alone_are_grey(
    built: Path, tree: parsing.HtmlElement
) -> None:
    known = estimates(built)
    for language in LANGUAGES:
        for name in ("sentiment", "themes", "stance", "sentiment_days", "theme_days"):
            card = figure(tree, language, name)
            assert len(card.xpath(".//div[@class='picture']")) == 2, name
            right, alone = (parsing.tostring(one).decode() for one in card.xpath(".//div[@class='picture']"))
            assert any(colour in right for colour in COLOURS) and not any(colour in alone for colour in COLOURS), name
            scope = known["one/sentiment/negative/all/codes-and-labels"]["scope"][language]
            assert scope in card.xpath("string(.//p[@class='scope'])"), name
        assert UNVALIDATED[language] in figure(tree, language, "emotion").xpath("string(.//p[@class='alone'])")
        assert UNVALIDATED[language] in figure(tree, language, "themes").text_content()
    marks = figure(tree, "en", "sentiment").xpath(".//*[@data-marks='intervals' or @data-marks='corrected']")
    assert {one.get("data-marks") for one in marks} == {"intervals", "corrected"}


def test_each_claim_of_the_page_is_a_figure_of_the_estimates(built: Path, tree: parsing.HtmlElement) -> None:
    known = estimates(built)
    told = {(one.get("data-claim"), one.get("value")) for one in tree.xpath("//div[@id='en']//data")}
    assert told == {(one.get("data-claim"), one.get("value")) for one in tree.xpath("//div[@id='zh']//data")}
    assert all(float(value) == known[name]["value"] for name, value in told)
    for part in ("all", "en", "phase-1", "phase-2"):
        for by in ("codes-and-labels", "labels"):
            assert f"one/sentiment/negative/{part}/{by}" in {name for name, _ in told}, (part, by)
    assert "one/theme_cat_tax/yes/all/codes-and-labels" in {name for name, _ in told}
    study = load_study(built)
    study.report_folder.mkdir(exist_ok=True)
    (study.report_folder / "index.html").write_bytes(parsing.tostring(tree))
    assert claims(built / "samples" / "first", study)


def test_both_pages_tell_of_the_same_round(study: Study, tmp_path: Path) -> None:
    """The round with most coded documents, though its draw is the older one and its name not the last."""
    draw(write_plan(tmp_path / "p.toml", {"method": "srs", "n": 40}, name="second"), study)
    for name, of in (("three", "first"), ("two", "second")):
        made = export_round(study, Asked(of, name, ("blue",))).round
        take_back(study, made, code(made, "blue", answer, tmp_path / name))
        write(estimates_path(study.folder, name), estimates_of(basis_of(study, name, snapshot=newest(study))))
    report = write_report(study)
    pages = [parsing.fromstring(path.read_bytes()) for path in (report, report.with_name("method.html"))]
    claims = [{one.split("/")[0] for one in page.xpath("//data/@data-claim")} for page in pages]
    assert claims == [{"one"}, {"one"}]
    for language, told in (
        ("en", ("the report shows the figures of this round", "three (draw first) and two (draw second)")),
        ("zh", ("报告显示的即为该轮次的数字", "three（抽样 first）和two（抽样 second）")),
    ):
        text = " ".join(pages[1].xpath(f"//div[@id='{language}']")[0].text_content().split())
        assert all(one in text for one in told), text[:2000]


def test_rounds_that_the_report_takes_besides_are_told(study: Study, tmp_path: Path) -> None:
    """Round two is of fewer documents, and the only one that corrects stance."""
    draw(write_plan(tmp_path / "p.toml", {"method": "srs", "n": 40}, name="second"), study)
    made = export_round(study, Asked("second", "two", ("blue",))).round
    take_back(study, made, code(made, "blue", answer, tmp_path / "two"))
    write(estimates_path(study.folder, "two"), estimates_of(basis_of(study, "two", snapshot=newest(study))))
    edit(study, lambda said: said.update(claims=[one for one in said["claims"] if one["variable"] != "stance"]))
    snapshot = latest(study.corpus_folder)
    assert corrections.corrections(study, snapshot).shown == ("one", "two")
    page = parsing.fromstring(render_method(gather_method(study, snapshot)))
    assert (
        "Some figures of the report are of rounds that this page does not show: two (draw second)."
        in page.text_content()
    )


def test_the_table_to_download_has_interval_coded_documents_and_claim(built: Path, tree: parsing.HtmlElement) -> None:
    [link] = tree.xpath("//div[@id='en']//a[contains(@download, '-corrected_sentiment.csv')]/@href")
    text = base64.b64decode(link.partition(",")[2]).decode("utf-8-sig")
    rows = {(row["part"], row["label"]): row for row in csv.DictReader(io.StringIO(text))}
    one, row = estimates(built)["one/sentiment/negative/all/codes-and-labels"], rows["all", "negative"]
    assert row["claim"] == one["claim"] and int(row["coded"]) == one["n"]
    assert [float(row[name]) for name in ("corrected", "low", "high", "alone")] == pytest.approx(
        [one["value"], one["interval"]["low"], one["interval"]["high"], one["naive"]]
    )


def test_no_headline_tells_a_share_that_codes_correct_by_labels_alone(built: Path, tree: parsing.HtmlElement) -> None:
    said = [one.text_content() for one in tree.xpath("//div[@id='en']//p[@class='said']")]
    assert len(said) == 8 and sum("corrected by" in one for one in said) == 3
    assert not any(one.startswith("Machine labels") for one in said)
    assert said[0].startswith("Tone of the") and tree.xpath("//ol[@class='headlines']/li[1]//data")
    one = estimates(built)["one/sentiment/negative/all/codes-and-labels"]
    between = f"({one['interval']['low']:.0%} to {one['interval']['high']:.0%})"
    assert f"{one['value']:.0%} {between}" in said[0]
    assert "huanying estimate one" in tree.xpath("string(//div[@id='en']//ol[@class='headlines']/li[1]//pre)")
    titles = [figure(tree, "en", name).xpath("string(.//h3)") for name in FIGURES if name != "emotion"]
    assert not any(re.search(r"\d", title) for title in titles)


@pytest.mark.parametrize("pinned", ["snapshot", "version", "draw"])
def test_estimates_of_other_labels_correct_nothing(study: Study, pinned: str) -> None:
    if pinned == "draw":
        (study.folder / "samples" / "first" / "frame.parquet").unlink()
    elif pinned == "snapshot":
        edit(study, lambda said: said["labels"].update(snapshot_id="0" * 32))
    else:
        edit(study, lambda said: said["labels"].update(versions=dict.fromkeys(said["labels"]["versions"], "0")))
    found = corrections.corrections(study, latest(study.corpus_folder))
    assert not found.series
    assert {(one.round, one.annotator, one.reason) for one in found.stale} == {
        ("one", annotator, pinned) for annotator in ("sentiment", "stance", "themes")
    }


def test_the_page_says_what_makes_stale_estimates_anew(study: Study) -> None:
    edit(study, lambda said: said["labels"].update(snapshot_id="0" * 32))
    tree = index(study)
    assert_not_validated(tree)
    for language in LANGUAGES:
        for name in ("sentiment", "themes", "stance"):
            told = figure(tree, language, name).xpath("string(.//p[@class='warn'])")
            assert "huanying estimate one" in told and "huanying report" in told, (name, told)


def test_of_few_coded_documents_only_the_whole_frame_is_told_and_later_codes_are_counted(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corrections, "LEAST_CODED", 1000)
    edit(study, lambda said: said["codes"].update(rows=said["codes"]["rows"] - 3))
    tree = index(study)
    told = {one.get("data-claim") for one in tree.xpath("//data") if one.get("data-claim").endswith("codes-and-labels")}
    assert told and all("/all/" in name for name in told)
    card = figure(tree, "en", "sentiment")
    assert "not validated" in " ".join(card.xpath(".//text()"))
    assert card.xpath("string(.//p[@class='warn'])").startswith("3 codes of round one came in after")
    days = figure(tree, "en", "sentiment_days")
    assert not days.xpath(".//*[@data-marks='bands']") and "no corrected figures by day" in days.text_content()


def test_a_part_of_the_frame_by_too_few_authors_is_not_told() -> None:
    many, few = {f"a{n}" for n in range(K)}, {f"b{n}" for n in range(K - 1)}
    assert corrections._floored({"en": many, "zh": set()}) == {"en", "zh"}
    assert corrections._floored({"en": many, "zh": few}) == set()
    assert corrections._floored({"en": many, "zh": few, "fr": {"c", "d"}}) == {"en"}
    assert corrections._floored({"en": {""}, "zh": many | {""}}) == set()


@given(st.dictionaries(st.text("abc", max_size=2), st.sets(st.integers(0, 15).map(str)), max_size=6))
def test_no_subtraction_tells_of_fewer_authors(writers: dict[str | None, set[str]]) -> None:
    told = corrections._floored(writers)
    left: set[str] = set().union(*(authors for part, authors in writers.items() if part not in told))
    assert all(not writers[part] or len(writers[part]) >= K for part in told)
    assert not told or not left or len(left) >= K


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"format":"other"}'])
def test_a_broken_file_of_estimates_is_told_with_what_makes_it_anew(study: Study, content: bytes) -> None:
    estimates_path(study.folder, "one").write_bytes(content)
    with pytest.raises(UserError, match="estimates") as told:
        corrections.corrections(study, latest(study.corpus_folder))
    assert "huanying estimate one" in str(told.value.hint)


def rows_of(about: str) -> list[Row]:
    labels = {"sentiment": ("negative", "neutral", "positive"), "stance": ("welcoming", "a_new_one")}.get(about, ("x",))
    base = {"kind": "language", "script": "en", "naive": 0.2, "low": 0.1, "high": 0.5, "n": 40}
    span = {"first": date(2025, 1, 10), "last": date(2025, 1, 20)}
    first = [base | span | {"label": one, "name": one, "place": "English", "share": 0.3} for one in labels]
    return first + [row | {"place": "none coded", "share": None, "low": None, "high": None, "n": 0} for row in first]


@pytest.mark.parametrize("about", ["sentiment", "stance", "themes", "emotion"])
@pytest.mark.parametrize("narrow", [False, True])
def test_pictures_of_corrected_shares(about: str, narrow: bool) -> None:
    rows, words = rows_of(about), Words("en")
    drawn = charts.corrected(rows, about, words, narrow)
    assert drawn.count("30% (10% to 50%)") == len(rows) // 2 == drawn.count(">not validated<")
    assert "were coded" in drawn and charts.corrected([], about, words, narrow) == ""
    steps = charts.phased(rows, [], [], words, f"{about}_days" if about == "sentiment" else "theme_days", narrow)
    assert 'data-marks="bands"' in steps and "Phases without a step" in steps and "Points:" not in steps
    assert charts.phased([], [], [], words, "theme_days", narrow) == ""


def test_days_with_too_few_texts_have_no_point() -> None:
    days = [
        {"label": "negative", "day": date(2025, 1, 10 + n), "n": 5, "total": total} for n, total in enumerate((9, 20))
    ]
    drawn = charts.phased(rows_of("sentiment")[:3], days, [], Words("en"), "sentiment_days")
    [points] = re.findall(r'<g data-marks="alone".*?</g>', drawn)
    assert points.count("translate(") + points.count("<path") >= 1 and len(re.findall("translate", points)) == 1
