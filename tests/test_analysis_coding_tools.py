"""Coding schemes and the files of tools: what a scheme may say, and that a text comes back as it was given out."""

import csv
import io
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from analysis.annotators.sentiment import ANNOTATOR as SENTIMENT
from analysis.annotators.speaker_role import ANNOTATOR as SPEAKER
from analysis.annotators.stance import ANNOTATOR as STANCE
from analysis.annotators.stance_country import ANNOTATOR as COUNTRY
from analysis.coding import Task
from analysis.coding.labelstudio import labelling
from analysis.coding.rounds import TOOLS
from analysis.coding.schemes import Scheme, code_book, load_scheme, scheme_digest
from analysis.coding.units import even, seen_as
from analysis.sampling.frames import commitment
from corpus.errors import UserError

STUDIES = Path(__file__).resolve().parent.parent / "studies"
SALT = "0f" * 16
TEXTS = st.text(st.one_of(st.characters(exclude_categories=["Cs", "Cc"]), st.sampled_from("\n\t=+-@;|,\"' ")))
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                "data doc_id annotations result value choices text label meta accept answer variable coder".split()
            )
            | st.sampled_from("completed_by was_cancelled _annotator_id _timestamp from_name labels username".split()),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@pytest.fixture(scope="module")
def scheme() -> Scheme:
    return load_scheme(STUDIES / "demo" / "coding.toml")


@pytest.mark.parametrize("name", ["demo", "tiktok-refugees"])
def test_the_schemes_of_the_studies_speak_of_what_machines_label(name: str) -> None:
    scheme = load_scheme(STUDIES / name / "coding.toml")
    for annotator, variable in (
        (SENTIMENT, "sentiment"),
        (STANCE, "stance"),
        (SPEAKER, "speaker_role"),
        (COUNTRY, "stance_country"),
    ):
        asked = scheme.variable(variable)
        assert (asked is not None) or name == "demo"
        assert asked is None or set(annotator.labels) <= set(asked.ids)
    assert scheme.variable("sentiment").level == "ordinal" and scheme.variable("sentiment").ids == SENTIMENT.labels  # type: ignore[union-attr]
    book = tomllib.loads((STUDIES / "tiktok-refugees" / "stance.toml").read_text(encoding="utf-8"))
    stance = scheme.variable("stance")
    assert stance is not None and list(stance.ids) == book["codebook"]["labels"]
    assert stance.level == book["codebook"]["level"]
    for label, code in zip(book["label"], stance.codes, strict=True):
        assert list(code.examples) == label["examples_zh"] + label["examples_en"]
    emotion = scheme.variable("emotion")
    if emotion is not None:
        emotions = tomllib.loads((STUDIES / "tiktok-refugees" / "emotions.toml").read_text(encoding="utf-8"))
        assert list(emotion.ids) == [one["id"] for one in emotions["emotion"]]
    themes = tomllib.loads((STUDIES / "tiktok-refugees" / "codebook.toml").read_text(encoding="utf-8"))["theme"]
    asked_for = {one.labelled_by.label: one for one in scheme.variables if one.machine}
    assert asked_for.keys() == {"cat_tax", "language_help"} <= {theme["id"] for theme in themes}
    assert all(one.id == f"theme_{label}" and one.ids == ("yes", "no") for label, one in asked_for.items())
    assert scheme.variable("stance").labelled_by.annotator == "stance"  # type: ignore[union-attr]
    for one in scheme.variables:
        assert all(code.definition_en and code.definition_zh for code in one.codes)
        assert one.question_zh in code_book(scheme)


def test_comments_and_layout_leave_the_digest_and_content_changes_it(scheme: Scheme) -> None:
    text = scheme.raw.decode()
    assert scheme_digest(f"# more\n\n{text}".encode()) == scheme.digest
    assert scheme_digest(text.replace("Complaint, blame", "Blame").encode()) != scheme.digest


def test_faults_of_a_scheme_are_told_with_their_lines(tmp_path: Path, scheme: Scheme) -> None:
    def told(old: str, new: str) -> str:
        text = scheme.raw.decode()
        assert old in text
        path = tmp_path / "coding.toml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(UserError) as error:
            load_scheme(path)
        assert f"{path}:" in str(error.value)
        return str(error.value)

    assert "variable.0.level" in told('level = "ordinal"', 'level = "ratio"')
    assert "variable.1.id: 'sentiment' is named twice" in told('id = "stance"', 'id = "sentiment"')
    assert "'note' is the name of a field" in told('id = "stance"', 'id = "note"')
    assert "variable.0.code.1.id: 'negative' is named twice" in told('id = "neutral"', 'id = "negative"')
    assert "'negative' is no number" in told('level = "ordinal"', 'level = "interval"')
    assert "order: give it to all codes" in told("order = 2", "order = 1")
    assert "definition_zh: is missing" in told("definition_zh", "definition_de")
    assert "unknown key" in told("rule_en", "rules_en")
    assert "machine: the codes of one label are yes and no" in told('id = "no"', 'id = "never"')
    few = '[[variable]]\nid = "tone"\nlevel = "nominal"\nquestion_en = "?"\nquestion_zh = "?"\ncode = []\n[[variable]]'
    assert ":16: variable.0.code: takes 2 or more, and has 0" in told("[[variable]]", few)
    assert "machine.annotator" in told('annotator = "themes"', 'annotator = "Themes"')
    one = told('label_zh = "负面"', "label_zh = 5")
    line = 1 + scheme.raw.decode().splitlines().index('label_zh = "负面"')
    assert one.splitlines()[:-1] == [
        "1 fault in the coding scheme",
        f"  {tmp_path / 'coding.toml'}:{line}: variable.0.code.0.label_zh: should be a text in quotes (is 5)",
    ]
    with pytest.raises(UserError, match="there is no coding scheme"):
        load_scheme(tmp_path / "absent.toml")


@pytest.mark.parametrize("tool", sorted(TOOLS))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
@example(text='=HYPERLINK("https://evil.example")')
@example(text="一;=1\n+2\t@x")
@example(text="' = ＝1")
def test_a_text_comes_back_as_it_was_given_out(tool: str, text: str, scheme: Scheme, tmp_path: Path) -> None:
    task = Task("d1", "blue", text, {"source": "x"}, scheme.mark)
    for path in tmp_path.iterdir():
        path.unlink()
    TOOLS[tool].write([task], scheme, tmp_path, "blue")
    path = next(one for one in sorted(tmp_path.iterdir()) if one.name.startswith("blue"))
    if tool == "labelstudio":
        rows = json.loads(path.read_bytes())
        path.write_text(json.dumps([{**rows[0], "annotations": [{"completed_by": 1}]}]), encoding="utf-8")
    (found,) = TOOLS[tool].read(path)
    assert found.fault is None and found.doc_id == "d1" and found.text is not None and found.codes == ()
    assert "blue" in (found.assigned, *found.who) and found.scheme == scheme.mark
    assert commitment(SALT, even(found.text)) in seen_as(SALT, text)
    assert commitment(SALT, even(found.text + "x")) not in seen_as(SALT, text)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
def test_no_cell_is_a_formula(text: str, scheme: Scheme, tmp_path: Path) -> None:
    (path,) = TOOLS["csv"].write([Task("d1", "blue", text, {"labels": text})], scheme, tmp_path, "blue")
    for row in csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")):
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) for cell in row)


@pytest.mark.parametrize("tool", sorted(TOOLS))
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    raw=st.binary()
    | st.lists(JSON, max_size=4).map(lambda rows: json.dumps(rows).encode())
    | JSON.map(lambda row: json.dumps(row).encode())
)
def test_any_file_is_read_or_refused(tool: str, raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "given"
    path.write_bytes(raw)
    try:
        found = list(TOOLS[tool].read(path))
    except UserError:
        return
    for one in found:
        assert one.place and (one.fault or one.doc_id)
        assert all(isinstance(part, str) for pair in one.codes for part in pair) and all(
            isinstance(w, str) for w in one.who
        )


def test_a_labelling_configuration_is_xml_that_gives_ids_back(scheme: Scheme) -> None:
    root = etree.fromstring(labelling(scheme, ("source",)))
    choices = {one.get("name"): [choice.get("alias") for choice in one] for one in root.iter("Choices")}
    assert choices == {variable.id: list(variable.ids) for variable in scheme.variables}
    assert [one.get("value") for one in root.iter("Text")] == ["$show_source", "$text"]
    assert all(one.get("toName") == "text" and one.get("choice") == "single" for one in root.iter("Choices"))


def test_texts_that_are_alike_are_inputs_of_their_own_to_prodigy(scheme: Scheme, tmp_path: Path) -> None:
    alike = [Task(name, "blue", "哈哈") for name in ("d1", "d2", "d3")]
    paths = TOOLS["prodigy"].write(alike, scheme, tmp_path, "blue")
    for path in paths:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        # Prodigy hashes these fields of a row and shows rows of equal hashes once.
        hashed = {tuple(row.get(name) for name in ("text", "image", "html", "input")) for row in rows}
        assert len(hashed) == len(rows) == 3


def test_forms_that_tools_have_had(tmp_path: Path) -> None:
    path = tmp_path / "ada.jsonl"
    older: dict[str, Any] = {"id": 1, "data": "t", "label": ["stance:none"], "meta": {"doc_id": "d1", "coder": "blue"}}
    path.write_text(json.dumps(older) + "\n", encoding="utf-8")
    (found,) = TOOLS["doccano"].read(path)
    assert (found.doc_id, found.text, found.codes, found.assigned) == ("d1", "t", (("stance", "none"),), "blue")
    path.write_text("doc_id;coder;text;stance\r\nd1;blue;正文;none\r\n", encoding="gb18030")
    (found,) = TOOLS["csv"].read(path)
    assert (found.text, found.codes) == ("正文", (("stance", "none"),))
    row = {"doc_id": "d1", "variable": "stance", "text": "t", "accept": ["none"], "answer": "reject"}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    (found,) = TOOLS["prodigy"].read(path)
    assert found.codes == ()
    path.write_text("doc,coder\n1,2\n", encoding="utf-8")
    with pytest.raises(UserError, match="no column doc_id"):
        list(TOOLS["csv"].read(path))
