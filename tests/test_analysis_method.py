"""The page on method: whole in both languages, its numbers those of the estimates, and nothing of a draw that does not hold."""

import csv
import io
import json
import re
import shutil
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import html as parsing

from analysis.charts import Look, doubts, flow, weights
from analysis.coding.returned import take_back
from analysis.coding.rounds import Asked, export_round
from analysis.estimates.basis import basis_of, newest, write
from analysis.estimates.claims import LABELS
from analysis.estimates.concord import MACHINE, agreement_of, agreement_path
from analysis.estimates.held import LATER
from analysis.estimates.standing import estimates_of, estimates_path
from analysis.reporting.method import render_method, write_method
from analysis.reporting.method_contents import gather_method
from analysis.reporting.method_draw import drawn
from analysis.reporting.method_steps import flow_steps
from analysis.reporting.method_tables import label_name
from analysis.reporting.words import Words
from analysis.sampling.checking import verify
from analysis.sampling.drawing import draw
from analysis.sampling.history import discard
from corpus.snapshot import latest
from corpus.study import Study, load_study
from tests.coders import code
from tests.estimated import edit
from tests.opened import Watcher, watched
from tests.planned import write_plan
from tests.reported import make_snapshot
from tests.test_analysis_charts import Seen

SCHEME = Path(__file__).resolve().parent.parent / "studies" / "demo" / "coding.toml"
TONES = ("negative", "neutral", "positive")
STANCES = ("welcoming", "worried", "hostile", "none")
MORE = "[second_coding]\nfraction = 0.5\n[reserves]\nn = 2\n"
NASTY = "<script>window.ran=true</script>\"'><img src=x onerror=window.ran=true>{{ 7 * 7 }} </svg>"
Tree = parsing.HtmlElement


def answer(coder: str) -> Callable[[str, str], str]:
    """Sparrow differs from quill on every fifth unit."""

    def given(doc_id: str, name: str) -> str:
        number = int(doc_id[-6:], 16)
        number += coder == "sparrow" and number % 5 == 0
        codes = {"sentiment": TONES, "stance": STANCES}.get(name, ("yes", "no"))
        return codes[number % len(codes)]

    return given


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with a discarded draw, one that was coded and estimated, and a later one that nobody coded."""
    folder = tmp_path_factory.mktemp("built") / "small"
    study, _ = make_snapshot(folder, documents=300, authors=60)
    shutil.copyfile(SCHEME, folder / "coding.toml")
    plan = folder.parent / "plan.toml"
    draw(write_plan(plan, {"method": "srs", "n": 9}, name="mistaken"), study)
    discard(study, "mistaken", f"mistyped {NASTY}")
    draw(write_plan(plan, {"method": "stratified", "strata": ["kind"], "n": 90, "minimum": 25}, MORE), study)
    draw(write_plan(plan, {"method": "srs", "n": 20}, name="later"), study)
    made = export_round(study, Asked("first", "one", ("quill",), ("sparrow",))).round
    for coder in made.coders:
        take_back(study, made, code(made, coder, answer(coder), folder.parent / coder))
    basis = basis_of(study, "one", snapshot=newest(study))
    write(estimates_path(study.folder, "one"), estimates_of(basis))
    write(agreement_path(study.folder, "one"), agreement_of(basis, 20))
    write_method(study, latest(study.corpus_folder))
    return folder


@pytest.fixture(scope="module")
def tree(built: Path) -> Tree:
    return parsing.fromstring((built / "report" / "method.html").read_bytes())


@pytest.fixture(scope="module")
def watcher() -> Iterator[Watcher]:
    with watched() as one:
        yield one


def page_of(study: Study) -> Tree:
    return parsing.fromstring(write_method(study, latest(study.corpus_folder)).read_bytes())


def told(tree: Tree, language: str = "en") -> str:
    return " ".join(tree.xpath(f"//div[@id='{language}']")[0].text_content().split())


def estimates(study: Study) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(estimates_path(study.folder, "one").read_bytes())
    return said


def test_the_page_is_one_file_that_asks_nobody_and_leads_to_the_report(tree: Tree) -> None:
    assert not tree.xpath("//script|//link|//img|//iframe|//@src|//@style")
    links = set(tree.xpath("//@href"))
    assert {link for link in links if not link.startswith(("#", "data:text/csv;"))} == {
        "index.html#en",
        "index.html#zh",
    }
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids)) and {link[1:] for link in links if link.startswith("#")} <= set(ids)


def test_both_languages_hold_the_same_parts(tree: Tree) -> None:
    en, zh = (tree.xpath(f"//div[@id='{language}']")[0] for language in ("en", "zh"))
    for tag in ("section", "figure", "table", "svg", "data", "details", "h2", "h3", "caption", "a", "dt", "li"):
        assert len(en.xpath(f".//{tag}")) == len(zh.xpath(f".//{tag}")) > 0, tag
    headings = "".join(zh.xpath(".//h2/text()|.//h3/text()"))
    assert re.search(r"[\u4e00-\u9fff]", headings) and not re.search(r"[a-z]", headings)
    assert not re.search(r"[\u4e00-\u9fff]", "".join(en.xpath(".//h2/text()|.//h3/text()")))
    assert [one.get("value") for one in en.xpath(".//data")] == [one.get("value") for one in zh.xpath(".//data")]


def test_tables_and_pictures_say_what_they_are(tree: Tree) -> None:
    for table in tree.xpath("//table"):
        assert table.xpath("string(caption)").strip()
        assert len({len(row.xpath("th|td")) for row in table.xpath(".//tr")}) == 1
        assert all(row.xpath("th[@scope='row']") for row in table.xpath("tbody/tr"))
    pictures = tree.xpath("//div[@id='en']//div[@class='picture']")
    assert len(pictures) == 10
    for picture in pictures:
        for width in ("wide", "narrow"):
            [svg] = picture.xpath(f"div[@class='{width}']/svg")
            assert svg.get("role") == "img" and svg.xpath("string(title)").strip() and svg.xpath("string(desc)").strip()


def test_downloads_are_tables_that_hold_all_digits(tree: Tree) -> None:
    found = {}
    for link in tree.xpath("//div[@id='en']//a[@download]"):
        text = b64decode(link.get("href").partition("base64,")[2]).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))
        assert len({len(row) for row in rows}) == 1 and len(rows) > 1
        found[link.get("download").rsplit("-", 1)[1].removesuffix(".csv")] = rows
    names = "flow strata weights margins agreement confusion estimates robustness draws"
    assert set(found) == {f"method_{name}" for name in names.split()}
    assert all(float(row[3]) >= 0 for row in found["method_estimates"][1:])


def test_every_number_of_the_estimates_stands_among_them(built: Path, study: Study, tree: Tree) -> None:
    known = {one["claim"]: one for one in [*estimates(study)["claims"], *estimates(study)["robustness"]]}
    shown = {one.get("data-claim"): one.get("value") for one in tree.xpath("//data")}
    assert all(float(value) == known[claim]["value"] for claim, value in shown.items())
    assert len(shown) > 50 and any("/copies_out" in claim for claim in shown)
    found = {check.number: check for check in verify(study.folder / "samples" / "first", study, LATER)}
    assert found[12].outcome == "ok" and str(len(tree.xpath("//data"))) in found[12].message.split(" ")[0]
    page = study.report_folder / "method.html"
    value = known["one/stance/hostile/all/codes"]["value"]
    page.write_text(
        page.read_text(encoding="utf-8").replace(f'value="{value!r}"', f'value="{value + 1e-9!r}"'), encoding="utf-8"
    )
    found = {check.number: check for check in verify(study.folder / "samples" / "first", study, LATER)}
    assert found[12].outcome == "failed" and "method.html" in found[12].message


def test_each_card_with_an_interval_says_its_scope(tree: Tree) -> None:
    for name in ("estimates", "robustness", "parts-sentiment", "parts-stance", "parts-questions"):
        [card] = tree.xpath(f"//div[@id='en-figure-method_{name}']")
        assert "nor collection, ranking, deletion" in " ".join(card.xpath(".//p[@class='scope']/text()"))
    for name in ("agreement", "machine"):
        [card] = tree.xpath(f"//div[@id='en-figure-method_{name}']")
        assert "unweighted" in " ".join(card.xpath(".//p[@class='scope']/text()"))


def test_the_newest_coded_draw_is_shown_and_the_others_are_listed(tree: Tree) -> None:
    rows = tree.xpath("//div[@id='en']//section[h2[@id='en-method_draws']]//tbody/tr")
    listed = {row.xpath("string(th)"): " ".join(row.xpath("td//text()")) for row in rows}
    assert list(listed) == ["mistaken", "later", "first"] or set(listed) == {"mistaken", "later", "first"}
    assert "shown here" in listed["first"] and "kept" in listed["later"]
    assert "discarded" in listed["mistaken"] and NASTY in listed["mistaken"]
    assert "worth" in told(tree) and "9 of 9 checks" not in told(tree) and "of 9 checks of the draw hold" in told(tree)


def test_no_id_of_a_document_or_author_and_no_coder_is_on_the_page(study: Study, tree: Tree) -> None:
    from corpus.snapshot import read_file

    frame = read_file(study.folder / "samples" / "first" / "frame.parquet")
    text = (study.report_folder / "method.html").read_text(encoding="utf-8")
    text += "".join(b64decode(link.partition("base64,")[2]).decode() for link in tree.xpath("//a[@download]/@href"))
    for column in ("id", "author", "text_commitment"):
        assert not any(one and one in text for one in frame.column(column).to_pylist()), column
    assert not re.search(r"quill|sparrow", tree.xpath("//div[@id='en']")[0].xpath("string(.//main)"))


def test_the_flow_begins_with_documents_and_each_step_is_the_one_before_without_what_was_left_out(built: Path) -> None:
    study = load_study(built)
    snapshot = latest(study.corpus_folder)
    steps = flow_steps(gather_method(study, snapshot))
    assert steps[0].n == snapshot.manifest["counts"]["documents"] != snapshot.manifest["counts"]["captures"]
    for one, following in pairwise(steps[:-1]):  # the last are those of the coded that were coded twice
        assert one.n - sum(n for _, n in one.lost) == following.n


def test_documents_without_a_label_are_counted_not_called_a_code(built: Path, tree: Tree) -> None:
    said = json.loads(agreement_path(built, "one").read_bytes())
    [one] = [one for one in said["agreement"] if (one["variable"], one["between"]) == ("sentiment", MACHINE)]
    given = [(label, n) for row in one["confusion"]["all"].values() for label, n in row.items()]
    n, every = sum(n for label, n in given if label not in TONES), sum(n for _, n in given)
    assert n and every - n == next(figure["units"] for figure in one["figures"])
    assert f"no label among these codes: Tone, {n} of {every} coded documents." in told(tree)
    assert f"语气（{every} 篇编码文档中的 {n} 篇）" in told(tree, "zh")
    alone = [row["value"] for row in estimates_of_labels(built, "sentiment")]
    assert f"to so many of the documents: Tone, {1 - sum(alone):.0%}." in told(tree)


@pytest.mark.parametrize("variable", ["sentiment", "stance", "theme_cat_tax"])
def test_what_the_machine_did_not_know_is_named_in_both_languages(study: Study, variable: str) -> None:
    name = label_name(gather_method(study, latest(study.corpus_folder)), variable, "abstain")
    assert name.raw == "abstain" and "abstain" not in (name.en, name.zh)
    assert re.fullmatch("[\u4e00-\u9fff]+", name.zh)


def estimates_of_labels(folder: Path, variable: str) -> list[dict[str, Any]]:
    claims = json.loads(estimates_path(folder, "one").read_bytes())["claims"]
    mine = [one for one in claims if one["variable"] == variable and one["by"] == LABELS and one["code"]]
    return [one for one in mine if one["domain"]["kind"] == "all"]


def test_an_alpha_that_is_not_defined_is_told(study: Study, tree: Tree) -> None:
    path = agreement_path(study.folder, "one")
    said = json.loads(path.read_bytes())
    for one in said["agreement"]:
        for figure in one["figures"]:
            if one["variable"] == "stance" and figure["statistic"] == "alpha" and figure["language"] in (None, "en"):
                figure.update(value=None, low=None, high=None)
    path.write_text(json.dumps(said), encoding="utf-8")
    tree_of = page_of(study)
    for language, text in (
        ("en", "No alpha, as every code given was the same: Stance towards the newcomers, n = 45 and "),
        ("zh", "所有编码均相同，无法计算 α：对新来者的立场，n = 45和"),
    ):
        assert text in told(tree_of, language) and text[:10] not in told(tree, language)


def redo(tree: Tree, language: str = "en") -> list[str]:
    lines: list[str] = tree.xpath(f"//section[h2[@id='{language}-method_redo']]//li/code/text()")
    return lines


def test_shares_that_cannot_be_are_told_and_no_others(study: Study) -> None:
    path = estimates_path(study.folder, "one")
    assert any(one.get("outside") for one in estimates(study)["claims"]) == (
        "Below 0% or above" in told(page_of(study))
    )
    name = "one/sentiment/neutral/all/codes-and-labels"

    def only(said: dict[str, Any]) -> None:
        for one in said["claims"]:
            one["outside"] = one["claim"] == name

    edit(path, only)
    tree = page_of(study)
    named = f"Tone · Neutral · {Words('en')('corrected.all')}"
    assert f"where labels are often wrong: {named}. No such share can be" in told(tree)
    assert "低于 0% 或高于 100%" in told(tree, "zh")
    name = "none"
    edit(path, only)
    assert "Below 0% or above" not in told(page_of(study))


def test_how_codes_were_found_is_told_of_yes_or_no_questions_too(built: Path, study: Study, tree: Tree) -> None:
    basis = basis_of(study, "one")
    for names in (["sentiment"], ["theme_cat_tax", "theme_language_help"]):
        ways = Counter(how for (_, variable), (_, how) in basis.settled.items() if variable in names)
        assert ways["agreed"] and re.search(
            rf"How the codes that hold were found: {ways['agreed']} where coders agreed\b", told(tree)
        )
        assert f"{ways['single']} where one person coded" in told(tree)
        assert f"编码员一致者 {ways['agreed']} 个" in told(tree, "zh")


def test_figures_by_codes_alone_stand_beside_the_corrected_and_where_labels_widen_them_it_is_told(study: Study) -> None:
    said = estimates(study)
    by = {one["claim"]: one for one in said["claims"]}
    codes, both = (by[f"one/sentiment/negative/all/{by_}"] for by_ in ("codes", "codes-and-labels"))
    page, wide, narrow = page_of(study), both | {"se": 2 * codes["se"]}, both | {"se": codes["se"] / 2}
    for language in ("en", "zh"):
        shown = page.xpath(f"//div[@id='{language}']//data[@data-claim='{codes['claim']}']")
        assert len(shown) > 1 and {float(one.get("value")) for one in shown} == {codes["value"]}
    for made, there in ((wide, True), (narrow, False)):
        claims = [made if one is both else one | {"se": None} for one in said["claims"]]
        claims = [codes if one["claim"] == codes["claim"] else one for one in claims]
        write(estimates_path(study.folder, "one"), said | {"claims": claims})
        text = told(page_of(study))
        assert "By codes alone: " in text and ("Here the labels widen the interval: Negative." in text) == there


def test_the_plan_says_how_many_and_how_they_are_shared_out(tree: Tree) -> None:
    assert "90 in all. As large a part of each group" in told(tree) and "At least 25 of each group" in told(tree)
    assert "共 90 个。" in told(tree, "zh") and "每组至少 25 个" in told(tree, "zh")


def test_the_commands_that_make_the_page_again_name_draw_and_round(tree: Tree) -> None:
    assert redo(tree) == [
        "huanying sample draw samples/first/plan.toml",
        "huanying agree one",
        "huanying estimate one",
        "huanying report",
        "huanying sample verify samples/first",
    ]
    assert redo(tree) == redo(tree, "zh") and "from the codes of round one" in told(tree)


def test_the_plan_that_the_page_names_gives_the_same_draw(tmp_path: Path) -> None:
    study, _ = make_snapshot(tmp_path / "small", documents=60)
    folder = draw(write_plan(tmp_path / "plan.toml", {"method": "srs", "n": 9}), study)
    before = (folder / "sample.json").read_bytes()
    [first, *_] = redo(page_of(study))
    again = draw(study.folder / first.removeprefix("huanying sample draw "), study)
    assert again == folder and (folder / "sample.json").read_bytes() == before


def test_margins_are_those_of_frame_and_sample(study: Study) -> None:
    made = drawn(study, "first")
    kinds = [row for row in made.margins if row["dimension"] == "kind"]
    assert sum(row["frame"] for row in kinds) == pytest.approx(1) == pytest.approx(sum(row["share"] for row in kinds))
    for row in kinds:  # strata are kinds: weighted, the sample is as the frame; unweighted it is not
        assert row["share"] == pytest.approx(row["frame"]) and row["difference"] == pytest.approx(0)
        assert row["low"] == pytest.approx(row["high"])
    assert any(abs(row["plain"] - row["frame"]) > 0.01 for row in kinds)
    languages = [row for row in made.margins if row["dimension"] == "language"]
    assert all(row["low"] < row["share"] < row["high"] for row in languages)
    assert sum(row["n"] for row in made.weights) == made.n == 90 and made.n_eff < 90
    assert {row["dimension"] for row in made.margins} == {"language", "kind", "platform", "source", "phase", "stratum"}


def test_without_a_draw_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    study, _ = make_snapshot(tmp_path / "small", documents=30)
    tree = page_of(study)
    for language in ("en", "zh"):
        text = told(tree, language)
        assert "huanying sample draw" in text and "huanying estimate" in text
    assert not tree.xpath("//svg|//data|//table")
    assert "not validated by humans" in told(tree) and "未经人工验证" in told(tree, "zh")


def test_a_draw_that_nobody_coded_says_what_comes_next(study: Study) -> None:
    for name in ("coding", "agreement", "estimates"):
        shutil.rmtree(study.folder / name)
    tree = page_of(study)
    assert "huanying code export later" in told(tree) and not tree.xpath("//data")
    assert "尚未编码" in told(tree, "zh")
    assert tree.xpath("//div[@id='en-figure-method_flow']") and tree.xpath("//div[@id='en-figure-method_margins']")


def test_nothing_of_a_draw_that_does_not_hold_is_shown(study: Study) -> None:
    path = study.folder / "samples" / "first" / "sample.json"
    path.write_bytes(path.read_bytes().replace(b'"estimand":"documents"', b'"estimand":"documentz"'))
    tree = page_of(study)
    assert "Nothing of it is shown" in told(tree) and "Files are as they were written" in told(tree)
    assert not tree.xpath("//svg|//data") and "does not hold" in told(tree)


MUTATIONS: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "no JSON": ("estimates/one.json", lambda raw: raw[:-9], "<code>estimates/one.json</code> cannot be shown"),
    "another draw": (
        "estimates/one.json", lambda raw: re.sub(rb'"draw_id":"[0-9a-f]+"', b'"draw_id":"x"', raw), "cannot be shown",
    ),
    "other fields": ("estimates/one.json", lambda raw: raw.replace(b'"value"', b'"worth"'), "cannot be shown"),
    "texts for numbers": (
        "estimates/one.json", lambda raw: re.sub(rb'"n":\d+', b'"n":"many"', raw), "cannot be shown",
    ),
    "agreement of lists": ("agreement/one.json", lambda raw: b"[]", "<code>agreement/one.json</code> cannot be shown"),
    "a changed log": ("samples/draws.jsonl", lambda raw: raw.replace(b'"n": 9', b'"n": 8'), "The log of draws was changed"),
    "another scheme": ("coding/one/scheme.toml", lambda raw: raw.replace(b"tone", b"mood"), "Round one cannot be read"),
    "codes of another text": ("coding/one/codes.jsonl", lambda raw: b"{}\n" + raw, "This draw does not hold"),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_changed_file_is_told_and_the_rest_is_shown(study: Study, name: str) -> None:
    place, change, message = MUTATIONS[name]
    path = study.folder / place
    path.write_bytes(change(path.read_bytes()))
    method = gather_method(study, latest(study.corpus_folder))
    notes = [Words("en")(key, **values) for key, values in method.notes]
    assert any(message in note for note in notes), notes
    if place.startswith("estimates"):
        assert method.coded and method.coded.estimates is None and method.coded.agreement


def test_a_damaged_file_is_told_on_the_page(study: Study) -> None:
    estimates_path(study.folder, "one").write_bytes(b"{")
    tree = page_of(study)
    for language, text in (("en", "estimates/one.json cannot be shown"), ("zh", "无法显示 estimates/one.json")):
        assert text in told(tree, language)
    assert not tree.xpath("//data") and tree.xpath("//div[@id='en-figure-method_agreement']")


def test_codes_that_came_later_are_told(study: Study) -> None:
    path = study.folder / "coding" / "one" / "codes.jsonl"
    row = json.loads(path.read_bytes().splitlines()[0]) | {"kind": "adjudication", "coder": "judge"}
    path.write_bytes(path.read_bytes() + json.dumps(row).encode() + b"\n")
    notes = gather_method(study, latest(study.corpus_folder)).notes
    assert ("method.stale.codes", {"n": 1, "name": "one"}) in notes


def test_figures_of_few_authors_or_few_codes_are_not_told(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    method = gather_method(study, latest(study.corpus_folder))
    parts = {(one.kind, one.place) for one in method.best("sentiment", "all", "language", "phase")}
    assert ("language", "en") in parts and ("all", None) in parts
    monkeypatch.setattr("analysis.reporting.method_contents.LEAST_CODED", 10_000)
    assert {one.kind for one in method.best("sentiment", "all", "language", "phase")} == {"all"}
    monkeypatch.setattr("analysis.reporting.method_contents.told_parts", lambda *_: {("all", None)})
    monkeypatch.setattr("analysis.reporting.method_contents.LEAST_CODED", 1)
    method = gather_method(study, latest(study.corpus_folder))
    assert {one.kind for one in method.best("sentiment", "all", "language", "phase")} == {"all"}
    text = told(parsing.fromstring(render_method(method)))
    assert "English, n =" not in text and "by language and phase" not in text


def test_nasty_strings_are_shown_and_never_run(watcher: Watcher, tmp_path: Path) -> None:
    study, _ = make_snapshot(tmp_path / "small", documents=80)
    plan = write_plan(tmp_path / "plan.toml", {"method": "stratified", "strata": ["kind"], "n": 30})
    text = plan.read_text(encoding="utf-8")
    quoted = json.dumps(NASTY)
    text = text.replace('"Posts about an arrival"', quoted).replace('"All documents of the study"', quoted)
    text = text.replace(
        'family = "reception"', f'family = "reception"\npublic_value = {quoted}\npublic_source = {quoted}'
    )
    text += f"[registered]\nsystem = {quoted}\nid = {quoted}\nat = 2026-11-20\n"
    plan.write_text(text, encoding="utf-8")
    draw(plan, study)
    path = write_method(study, latest(study.corpus_folder))
    seen = watcher.open(path)
    assert (seen.requests, seen.connections, seen.dialogs, seen.banned, seen.ran) == ([], 0, [], [], False)
    tree = parsing.fromstring(path.read_bytes())
    for language in ("en", "zh"):
        assert tree.xpath(f"//div[@id='{language}']")[0].text_content().count(NASTY) >= 5


@pytest.mark.parametrize(
    ("width", "shown", "hidden"), [(390, "narrow", "wide"), (820, "wide", "narrow"), (1440, "wide", "narrow")]
)
def test_no_page_is_wider_than_the_window(built: Path, watcher: Watcher, width: int, shown: str, hidden: str) -> None:
    page = built / "report" / "method.html"
    for language in ("en", "zh"):
        with watcher.page(width) as tab:
            tab.goto(f"{page.as_uri()}#{language}")
            assert tab.is_visible(f"#{language}-figure-method_flow .{shown} svg")
            assert not tab.is_visible(f"#{language}-figure-method_flow .{hidden} svg")
            for details in tab.query_selector_all(f"#{language} details"):
                details.evaluate("element => element.open = true")
            assert tab.evaluate("document.documentElement.scrollWidth") <= width


# pictures


def test_a_flow_has_a_box_a_step_and_says_what_was_left_out() -> None:
    lost = [(f"reason {n}", n + 1) for n in range(12)]
    rows = [
        {"name": "all", "n": 200, "lost": lost},
        {"name": "kept", "n": 122, "lost": []},
        {"name": "none", "n": 0, "lost": []},
    ]
    for narrow in (False, True):
        seen = Seen(flow(rows, Words("en"), narrow))
        assert seen.count("boxes") == 3 and seen.count("sides") == 1 and seen.count("heads") == 2
        assert seen.texts("numbers") == ["200", "122", "0"]
        assert seen.texts("reasons")[0] == "left out" and seen.texts("reasons")[1] == "reason 11"
        assert seen.texts("reasons")[-1] == "5 others" and seen.texts("counts")[0] == "78"
        bars = seen.boxes("bars")
        assert len(bars) == 2 and bars[1][2] / bars[0][2] == pytest.approx(122 / 200, abs=0.01)
    assert flow([], Words("en")) == ""


def test_a_figure_whose_interval_misses_what_it_is_held_against_stands_out() -> None:
    look = Look("title", "story", "sample", "frame", "line", alarm="off")
    rows = [
        {"group": "g", "name": "a", "value": 0.5, "low": 0.4, "high": 0.6, "beside": 0.45},
        {"group": "g", "name": "b", "value": 0.3, "low": 0.2, "high": 0.35, "beside": 0.45},
        {"group": "h", "name": "c", "value": 0.2, "low": None, "high": None, "beside": None},
        {"group": "h", "name": "d", "value": None, "low": None, "high": None, "beside": 0.1},
    ]
    for narrow in (False, True):
        seen = Seen(doubts(rows, look, Words("en"), narrow))
        assert seen.texts("titles") == ["G", "H"] and seen.texts("names") == ["a", "b", "c"]
        assert seen.texts("totals") == ["50% (40% to 60%)", "30% (20% to 35%)", "20%"]
        assert len(seen.colours("intervals")) == 2 and "off" in seen.texts("key-texts")
    below = [rows[0] | {"value": -0.064, "low": -0.12, "high": -0.001}]
    signed = replace(look, shares=False, ends=(-0.5, 1.0))
    assert Seen(doubts(below, signed, Words("en"))).texts("totals") == ["−0.06 (−0.12 to 0.00)"]
    assert Seen(doubts(below, signed, Words("zh"))).texts("totals") == ["−0.06（−0.12至0.00）"]
    assert "−0.5" in Seen(doubts(below, signed, Words("en"))).texts("values")
    calm = Seen(doubts(rows[:1], look, Words("en")))
    assert len(calm.colours("intervals")) == 1 and "off" not in calm.texts("key-texts")
    assert doubts(rows[3:], look, Words("en")) == ""


def test_weights_have_a_bar_each() -> None:
    rows = [{"low": 1.0, "high": 1.0, "n": 30}, {"low": 7.25, "high": 7.25, "n": 10}]
    seen = Seen(weights(rows, Words("en")))
    assert seen.texts("names") == ["each stands for 1", "each stands for 7.25"]
    first, second = seen.boxes("bars")
    assert second[2] / first[2] == pytest.approx(1 / 3, abs=0.01)
    classes = Seen(weights([{"low": 1.0, "high": 2.5, "n": 0}], Words("en")))
    assert classes.texts("names") == ["stands for 1 to 2.5"] and not classes.boxes("bars")
