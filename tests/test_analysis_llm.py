"""A language model is asked within bounds, its answers are judged and kept, and no secret is written anywhere."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from analysis.annotate import annotate
from analysis.annotators import Label, Passage, version_of
from analysis.annotators.llm import ANNOTATOR, Asker
from analysis.evaluate import evaluate
from analysis.models.endpoint import Endpoint
from analysis.models.replies import Judged, conclude
from analysis.models.settings import Limits, ModelsFile
from analysis.models.withholding import _last_seen, withheld
from corpus.build import build
from corpus.errors import RefusedError, UserError
from corpus.intake import intake
from corpus.manifest import verify
from corpus.schemas import TABLES
from corpus.snapshot import Snapshot
from corpus.store import arrow_schema
from corpus.study import Study, load_study
from tests.served import Answer, Script, Seen, Served, serve
from tests.studies import PAGE, SENTENCES, STUDY, make_study
from tests.waiting import waits_until

pytest.importorskip("httpx", reason="the extra llm is not installed")
ROOT = Path(__file__).resolve().parent.parent
KEY = "sk-invented-0123456789"
PATH = "/v1/chat/completions"
SETTINGS = """
[llm]
endpoint = "http://{place}/v1"
model = "small"
prompt = "prompt.md"
{more}
[llm.limits]
requests_per_minute = 60000
pause = 0.01
{limits}
[[llm.label]]
id = "welcoming"
means = "greets or helps the newcomers"
[[llm.label]]
id = "hostile"
means = "rejects them"
"""


def completion(content: str | None, finish: str = "stop", **message: object) -> str:
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content, **message}}
    usage = {"prompt_tokens": 80, "completion_tokens": 20, "total_tokens": 100}
    return json.dumps({"model": "small-2026", "choices": [choice], "usage": usage}, ensure_ascii=False)


def says(label: str, evidence: str = "") -> Answer:
    return Answer(
        completion(json.dumps({"label": label, "evidence": evidence}, ensure_ascii=False)), media="application/json"
    )


def asked(seen: Seen) -> dict[str, Any]:
    """What the user's message of a request holds."""
    return dict(json.loads(json.loads(seen.body)["messages"][1]["content"]))


def wise(seen: Seen) -> Answer:
    """Greetings are welcoming, by their first word; the rest is none."""
    found = re.search(r"欢迎|歡迎|[Ww]elcome", asked(seen)["text"])
    return says("welcoming", found.group()) if found else says("none")


@pytest.fixture
def server() -> Iterator[Served]:
    with serve({("*", PATH): wise}) as served:
        yield served


def write_models(folder: Path, served: Served, more: str = "", limits: str = "") -> None:
    (folder / "models.toml").write_text(SETTINGS.format(place=served.place, more=more, limits=limits), encoding="utf-8")
    (folder / "prompt.md").write_text("Does the text greet the newcomers?\n", encoding="utf-8")


def study_with(folder: Path, served: Served, more: str = "", limits: str = "") -> Study:
    folder.mkdir(exist_ok=True)
    (folder / "study.toml").write_text(STUDY.split("[[source]]")[0], encoding="utf-8")
    write_models(folder, served, more, limits)
    return load_study(folder)


def ask(study: Study, *texts: str | Passage) -> tuple[list[list[Label]], list[str]]:
    function = ANNOTATOR.prepare(study)
    assert isinstance(function, Asker)
    found = function([one if isinstance(one, Passage) else Passage(one, "en") for one in texts])
    return found, function.notes


def reason_of(labels: list[Label]) -> object:
    assert [label.label for label in labels] == ["abstain"]
    return labels[0].more.get("reason")


def test_a_text_is_asked_as_json_and_its_evidence_becomes_a_span(tmp_path: Path, server: Served) -> None:
    study = study_with(tmp_path / "s", server)
    texts = (Passage("你好，欢迎你们", "zh-Hans", "comment", "标题"), "Welcome!", "a cat", " ", "Welcome!")
    found, notes = ask(study, *texts)
    assert [(label.label, label.start, label.end) for label in found[0]] == [
        ("welcoming", None, None),
        ("welcoming", 3, 5),
    ]
    assert found[0][0].more == {"model": "small-2026", "truncated": False} and found[0][0].score is None
    assert [label.label for label in found[2]] == ["none"] and found[3] == [Label("not_applicable")]
    assert found[1] == found[4]
    seen = server.requests()
    assert len(seen) == 3, "equal texts are asked once"
    assert asked(seen[0]) == {"language": "zh-Hans", "kind": "comment", "title": "标题", "text": "你好，欢迎你们"}
    body = json.loads(seen[0].body)
    system = body.pop("messages")[0]["content"]
    assert body == {
        "model": "small",
        "temperature": 0.0,
        "seed": 1,
        "max_tokens": 300,
        "response_format": {"type": "json_object"},
    }
    assert system.startswith("Does the text greet") and "- hostile: rejects them\n- none:" in system
    assert notes == ["llm: 3 requests (0 of them again), 300 tokens; 0 answers were there already"]


def test_what_was_answered_is_not_asked_again(tmp_path: Path, server: Served) -> None:
    study = study_with(tmp_path / "s", server)
    first, _ = ask(study, "Welcome!", "a cat")
    again, notes = ask(study, "a cat", "Welcome!")
    assert again == first[::-1] and len(server.log) == 2
    assert notes == ["llm: 0 requests (0 of them again), 0 tokens; 2 answers were there already"]
    kept = sorted((study.archive_folder / "answers").rglob("*.json"))
    assert len(kept) == 2
    kept[0].write_bytes(b'{"content": "cut o')
    kept[1].write_bytes(b'{"strange": 1}')
    assert ask(study, "Welcome!", "a cat")[0] == first and len(server.log) == 4
    ask(study_with(tmp_path / "s", server, "parameters = { max_tokens = 50 }"), "a cat")
    assert len(server.log) == 5, "another question is another question"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(completion(None, refusal="I cannot help with that.")), "refusal"),
        (Answer(completion("", "content_filter")), "refusal"),
        (Answer(json.dumps({"error": {"code": "content_filter", "message": "Welcome!"}}), 400), "refusal"),
        (Answer(completion('{"label": "welc', "length")), "cut"),
        (Answer(completion("I think it is welcoming.")), "not_json"),
        (Answer(completion('["welcoming", "Welcome"]')), "not_json"),
        (Answer(completion('{"evidence": "Welcome"}')), "not_json"),
        (Answer(completion('{"label": "welcoming", "label": "hostile", "evidence": "Welcome"}')), "not_json"),
        (says("friendly", "Welcome"), "unknown_label"),
        (says("Welcoming", "Welcome"), "unknown_label"),
        (says("welcoming", "welcome"), "no_evidence"),
        (says("welcoming", " "), "no_evidence"),
        (Answer(completion('{"label": "welcoming"}')), "no_evidence"),
        (says("abstain"), "unsure"),
    ],
)
def test_an_answer_that_does_not_hold_is_no_label(tmp_path: Path, server: Served, answer: Answer, reason: str) -> None:
    server.on("*", PATH, answer)
    study = study_with(tmp_path / "s", server)
    found, _ = ask(study, "Welcome, friends")
    assert reason_of(found[0]) == reason
    assert ask(study, "Welcome, friends")[0] == found and len(server.log) == 1, "a refusal is an answer, and kept"


def test_half_a_sign_breaks_nothing(tmp_path: Path, server: Served) -> None:
    server.on("*", PATH, Answer(r'{"choices": [{"message": {"content": "\ud83d {"}}], "model": "m\ud83d"}'))
    study = study_with(tmp_path / "s", server)
    first, _ = ask(study, "half \ud83d of it")
    assert reason_of(first[0]) == "not_json" and ask(study, "half \ud83d of it")[0] == first and len(server.log) == 1


@pytest.mark.parametrize(
    "content",
    [
        '```json\n{"label": "welcoming", "evidence": "Welcome"}\n```',
        '<think>Is it? {"label": "hostile"}</think>\n{"label": "welcoming", "evidence": "Welcome"}',
        ' {"label": "welcoming", "evidence": "Welcome", "why": "a greeting"} ',
    ],
)
def test_a_fence_and_thoughts_are_let_pass(tmp_path: Path, server: Served, content: str) -> None:
    server.on("*", PATH, Answer(completion(content)))
    found, _ = ask(study_with(tmp_path / "s", server), "Welcome, friends")
    assert [label.label for label in found[0]] == ["welcoming", "welcoming"]


@pytest.mark.parametrize(
    ("text", "evidence", "span"),
    [
        ("You are welcome here", "e", None),
        ("You are unwelcome here", "welcome", None),
        ("unwelcome or welcome", "welcome", (13, 20)),
        ("你们真好", "好", None),
        ("你们真好", "真好", (2, 4)),
        ("来rednote玩", "rednote", (1, 8)),
        ("好😭", "😭", (1, 2)),
        ("a, b.", ", ", None),
    ],
)
def test_evidence_is_a_whole_word_or_two_han_signs(
    tmp_path: Path, server: Served, text: str, evidence: str, span: tuple[int, int] | None
) -> None:
    server.on("*", PATH, says("welcoming", evidence))
    found, _ = ask(study_with(tmp_path / "s", server), text)
    if span is None:
        assert reason_of(found[0]) == "no_evidence"
    else:
        assert [(label.label, label.start, label.end) for label in found[0]][1:] == [("welcoming", *span)]


def test_figures_of_a_run_that_ended_are_not_given(tmp_path: Path, server: Served) -> None:
    gold = tmp_path / "gold.jsonl"
    rows = [{"id": n, "lang": "en", "text": f"Welcome {n}", "label": "welcoming"} for n in range(10)]
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    for _ in range(3):
        study = study_with(tmp_path / "s", server, limits="requests = 3")
        with pytest.raises(UserError, match=r"budget of 3 requests is used up: not all gold rows(.|\n)*run it again"):
            evaluate("llm", gold, study)
    found = evaluate("llm", gold, study)
    assert found.figures["macro_f1"]["value"] == 1 and "9 answers were there already" in " ".join(found.notes())
    stopping = study_with(tmp_path / "t", server, limits="attempts = 1")
    server.on("*", PATH, lambda seen: GOOD if asked(seen)["text"] == "Welcome 0" else Answer("", 500))
    with pytest.raises(UserError, match="stopped answering"):
        evaluate("llm", gold, stopping)


def test_gold_of_documents_that_have_left_is_not_sent(tmp_path: Path, server: Served) -> None:
    study = make_study(tmp_path / "small")
    write_models(study.folder, server)
    snapshot = build(study, workers=1).snapshot
    documents = snapshot.table("documents", ("id", "text")).to_pylist()
    gone = {documents[0]["id"]: Label("abstain", more={"reason": "withheld"})}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(ANNOTATOR), "withheld", lambda self, snapshot, study: gone)
        texts = {documents[0]["id"]: "as a coder had it", "mine": documents[0]["text"] + " ", "other": "Welcome!"}
        gold = tmp_path / "gold.jsonl"
        rows = [{"id": name, "text": text, "label": "welcoming"} for name, text in texts.items()]
        gold.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        found = evaluate("llm", gold, load_study(study.folder))
    assert [asked(seen)["text"] for seen in server.requests()] == ["Welcome!"]
    assert found.figures["answered"] == pytest.approx(1 / 3) and "2 gold rows are documents" in " ".join(found.notes())


def test_at_equal_times_having_left_wins(tmp_path: Path) -> None:
    moment = datetime(2025, 2, 1, tzinfo=UTC)
    for states in (("live", "gone"), ("private", "live"), ("edited", "gone", "live")):
        rows = [{"document_id": "a", "checked_at": moment, "state": state} for state in states]

        class Told:
            tables = ("availability",)

            def table(self, name: str, columns: object, rows: list[dict[str, Any]] = rows) -> pa.Table:
                return pa.Table.from_pylist(rows)

        assert _last_seen(Told()) == {"a"}  # type: ignore[arg-type]


def test_evidence_of_the_title_has_no_span(tmp_path: Path, server: Served) -> None:
    server.on("*", PATH, says("welcoming", "Welcome"))
    found, _ = ask(study_with(tmp_path / "s", server), Passage("a cat", "en", "article", "Welcome here"))
    assert [(label.label, label.start) for label in found[0]] == [("welcoming", None)]


def test_a_long_text_is_sent_in_part(tmp_path: Path, server: Served) -> None:
    study = study_with(tmp_path / "s", server, "text_length = 100")
    found, _ = ask(study, "Welcome " + "猫" * 200, "x" * 150 + " welcome")
    assert found[0][0].more["truncated"] is True and found[1][0].label == "none"
    assert [len(asked(seen)["text"]) for seen in server.requests()] == [100, 100]


def by_seed(*labels: str) -> Callable[[Seen], Answer]:
    """An endpoint that says another thing each time it is asked the same."""
    return lambda seen: says(label := labels[json.loads(seen.body)["seed"] - 1], "" if label == "none" else "Hello")


@pytest.mark.parametrize(
    ("answers", "label", "score", "reason"),
    [
        (("welcoming", "none", "welcoming"), "welcoming", 0.6667, None),
        (("welcoming", "none", "hostile"), "abstain", 0.3333, "disagreement"),
        (("welcoming", "welcoming", "welcoming"), "welcoming", 1.0, None),
        (("none", "friendly", "none"), "none", 0.6667, None),
        (("friendly", "abstain", "friendly"), "abstain", None, "unknown_label"),
        (("friendly", "abstain", "none"), "abstain", 0.3333, "disagreement"),
    ],
)
def test_asked_again_and_again(
    tmp_path: Path, server: Served, answers: tuple[str, ...], label: str, score: float | None, reason: str | None
) -> None:
    server.on("*", PATH, by_seed(*answers))
    found, _ = ask(study_with(tmp_path / "s", server, "asks = 3"), "Hello there")
    assert (found[0][0].label, found[0][0].score, found[0][0].more.get("reason")) == (label, score, reason)
    assert len(server.log) == 3 and len({seen.body for seen in server.log}) == 3


def test_the_order_of_answers_is_nothing() -> None:
    answers = [Judged("a", (3, 4)), Judged("b", (0, 1)), Judged(None, reason="cut"), Judged("a", (1, 2)), Judged("a")]
    assert conclude(answers) == conclude(answers[::-1])
    assert conclude(answers).spans == ((1, 2), (3, 4)) and conclude(answers).agreement == 0.6
    assert conclude(answers[:2]).reason == "disagreement"


def timed(
    tmp_path: Path, server: Served, script: Script, limits: str = ""
) -> tuple[list[list[Label]], list[str], float]:
    server.on("*", PATH, script)
    began = time.monotonic()
    found, notes = ask(study_with(tmp_path / "s", server, "", limits), "Welcome!")
    return found, notes, time.monotonic() - began


GOOD = says("welcoming", "Welcome")


@pytest.mark.parametrize(
    "failing",
    [
        Answer("busy", 429),
        Answer("oh", 500),
        Answer("<html>", 502, media="text/html"),
        Answer("", 503),
        Answer(GOOD.body, cut=30),
        Answer("", reset=True),
        Answer("", abort=True),
        Answer("{}"),
        Answer("no json"),
        Answer(json.dumps({"choices": []})),
        Answer(b"\xff\xfe" * 10),
    ],
)
def test_a_failure_that_may_pass_is_asked_again(tmp_path: Path, server: Served, failing: Answer) -> None:
    found, notes, _ = timed(tmp_path, server, (failing, failing, GOOD))
    assert found[0][0].label == "welcoming" and "3 requests (2 of them again)" in notes[0]


def test_retry_after_is_honoured_in_seconds_and_as_a_date(tmp_path: Path, server: Served) -> None:
    busy = Answer("busy", 429, [("Retry-After", "1")])
    assert timed(tmp_path, server, (busy, GOOD))[2] >= 1.0
    waits: list[float] = []
    endpoint = Endpoint(f"http://{server.place}/v2", Limits(requests_per_minute=60000, pause=0.01), sleep=waits.append)
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    server.on("*", "/v2/chat/completions", (Answer("busy", 503, [("Retry-After", moment)]), Answer("busy", 429), GOOD))
    with endpoint:
        assert endpoint.ask({}) is not None
    assert 20 < max(waits) <= 40 and 0.02 in waits, "the pause doubles where nothing is asked for"


def test_who_asks_for_a_long_pause_is_left_alone(tmp_path: Path, server: Served) -> None:
    found, _, took = timed(tmp_path, server, Answer("busy", 429, [("Retry-After", "86400")]))
    assert reason_of(found[0]) == "no_answer" and len(server.log) == 1 and took < 60
    server.on("*", PATH, GOOD)
    assert ask(study_with(tmp_path / "s", server), "Welcome!")[0][0][0].label == "welcoming", "it is not kept"


@pytest.mark.parametrize("slow", [Answer(GOOD.body, delay=60), Answer(GOOD.body, drip=0.25)])
def test_a_slow_answer_is_bounded_in_all(tmp_path: Path, server: Served, slow: Answer) -> None:
    found, notes, took = timed(tmp_path, server, slow, "timeout = 0.3\nattempts = 2")
    assert reason_of(found[0]) == "no_answer" and "2 requests" in notes[0] and took < 15


def test_whoever_never_answers_is_not_asked_for_ever(tmp_path: Path, server: Served) -> None:
    server.on("*", PATH, Answer(json.dumps({"error": {"code": "unsupported_parameter", "message": KEY}}), 400))
    with pytest.raises(UserError, match=r"does not answer: it answers 400 \(unsupported_parameter\)"):
        ask(study_with(tmp_path / "s", server), *(f"text {n}" for n in range(50)))
    assert len(server.log) == 5


def test_who_stops_answering_ends_the_run_and_what_was_answered_stays(tmp_path: Path, server: Served) -> None:
    server.on("*", PATH, (GOOD, GOOD, Answer("", 500)))
    study = study_with(tmp_path / "s", server, "", "attempts = 1")
    texts = [f"Welcome {n}" for n in range(30)]
    found, notes = ask(study, *texts)
    assert [labels[0].label for labels in found] == ["welcoming"] * 2 + ["abstain"] * 28
    assert {reason_of(labels) for labels in found[2:]} == {"no_answer"} and len(server.log) == 7
    assert "stopped answering: it answers 500" in notes[1] and "28 documents are left" in notes[1]


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Answer(json.dumps({"error": {"code": "invalid_api_key", "message": f"wrong key {KEY}"}}), 401), "let you in"),
        (Answer("", 403), "let you in"),
        (Answer("", 404), "not the endpoint"),
        (Answer("", 307, [("Location", "http://elsewhere.example/v1")]), "not the endpoint"),
    ],
)
def test_a_mistake_of_the_settings_ends_at_once(tmp_path: Path, server: Served, answer: Answer, fault: str) -> None:
    server.on("*", PATH, answer)
    with pytest.raises(UserError, match=fault) as told:
        ask(study_with(tmp_path / "s", server), "Welcome!", "a cat")
    assert len(server.log) == 1 and KEY not in str(told.value)


def test_a_budget_of_requests_ends_a_run_and_the_next_goes_on(tmp_path: Path, server: Served) -> None:
    texts = [f"Welcome {n}" for n in range(10)]
    study = study_with(tmp_path / "s", server, "", "requests = 4")
    found, notes = ask(study, *texts)
    assert [labels[0].label for labels in found] == ["welcoming"] * 4 + ["abstain"] * 6
    assert {reason_of(labels) for labels in found[4:]} == {"budget"} and len(server.log) == 4
    assert notes[1].startswith("llm: the run's budget of 4 requests is used up: 6 documents are left (reason budget)")
    ask(study, *texts)
    found, notes = ask(study, *texts)
    assert all(labels[0].label == "welcoming" for labels in found) and len(notes) == 1 and len(server.log) == 10
    found, notes = ask(study_with(tmp_path / "s", server, "", "requests = 0"), *texts, "a cat")
    assert [labels[0].label for labels in found] == ["welcoming"] * 10 + ["abstain"] and len(server.log) == 10


def test_a_budget_of_tokens_counts_what_answers_say_or_their_signs(tmp_path: Path, server: Served) -> None:
    texts = [f"Welcome {n}" for n in range(10)]
    found, _ = ask(study_with(tmp_path / "s", server, "", "tokens = 250"), *texts)
    assert sum(labels[0].label == "welcoming" for labels in found) == 3
    server.on("*", PATH, Answer(json.dumps({"choices": [{"message": {"content": '{"label": "none"}'}}]})))
    found, _ = ask(study_with(tmp_path / "t", server, "", "tokens = 500"), *texts)
    assert sum(labels[0].label == "none" for labels in found) == 1, "unknown costs are counted high"


def test_failures_count_as_requests(tmp_path: Path, server: Served) -> None:
    server.on("*", PATH, Answer("", 500))
    found, _ = ask(study_with(tmp_path / "s", server, "", "requests = 3\nattempts = 10"), "Welcome!")
    assert reason_of(found[0]) == "budget" and len(server.log) == 3


def test_the_pace_holds_for_all_threads(tmp_path: Path, server: Served) -> None:
    server.on("*", PATH, replace(GOOD, delay=0.2))
    limits = "requests_per_minute = 1200\nat_once = 4"
    study = study_with(tmp_path / "s", server)
    models = study.folder / "models.toml"
    models.write_text(models.read_text().replace("requests_per_minute = 60000", limits))
    found, _ = ask(study, *(f"Welcome {n}" for n in range(8)))
    assert all(labels[0].label == "welcoming" for labels in found)
    assert [labels[1].end for labels in found] == [7] * 8
    at = sorted(seen.at for seen in server.requests())
    assert at[-1] - at[0] >= 7 * 0.05 - 0.04 and 2 <= server.most_at_once <= 4


def test_the_settings_of_the_docs_are_right() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "models.md").read_text(encoding="utf-8"), re.DOTALL)
    read = [ModelsFile.model_validate(tomllib.loads(block)) for block in blocks]
    assert [(one.transformer is not None, one.llm is not None) for one in read] == [
        (True, False),
        (True, False),
        (False, True),
    ]


def settings_fault(tmp_path: Path, server: Served, more: str = "", old: str = "", new: str = "") -> str:
    study = study_with(tmp_path / "s", server, more)
    models = study.folder / "models.toml"
    models.write_text(models.read_text().replace(old, new) if old else models.read_text())
    with pytest.raises((UserError, RefusedError)) as told:
        version_of(ANNOTATOR, study)
    return str(told.value)


def test_texts_leave_by_consent_only(tmp_path: Path, server: Served) -> None:
    local = f"http://{server.place}/v1"
    told = settings_fault(tmp_path, server, old=local, new="https://models.example/v1")
    assert "would be sent to models.example" in told and "texts_may_leave = true" in told
    study = study_with(tmp_path / "s", server, "texts_may_leave = true")
    models = study.folder / "models.toml"
    models.write_text(models.read_text().replace(local, "https://models.example/v1"))
    assert version_of(ANNOTATOR, study).startswith("2+")
    assert "https" in settings_fault(tmp_path, server, "texts_may_leave = true", local, "http://models.example/v1")
    assert "https" in settings_fault(tmp_path, server, "texts_may_leave = true", local, "http://192.168.0.7:8080/v1")
    assert "user name or password" in settings_fault(tmp_path, server, old="http://127", new="http://me:pass@127")
    assert "query" in settings_fault(tmp_path, server, old=local, new=f"{local}?key=x")


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ('key_from = "AWS_SECRET_ACCESS_KEY"', "does not have the form"),
        ('key_from = "HUANYING_LLM_KEY"', "not in HUANYING_LLM_KEY"),
        ('key = "sk-1"', "unknown key"),
        ("parameters = { temperature = 0.0 }", "no answer may be endless"),
        ("parameters = { max_tokens = 10, stream = true }", "may not hold stream"),
        ('codebook = "codebook.toml"', "both or neither"),
        ('[[llm.label]]\nid = "none"\nmeans = "x"', "meaning of its own"),
        ('[[llm.label]]\nid = "hostile"\nmeans = "x"', "named twice"),
    ],
)
def test_faulty_settings_are_told(tmp_path: Path, server: Served, more: str, fault: str) -> None:
    if more.startswith("[["):
        old = '[[llm.label]]\nid = "welcoming"'
        assert fault in settings_fault(tmp_path, server, old=old, new=f"{more}\n{old}")
    else:
        assert fault in settings_fault(tmp_path, server, more)


def test_the_version_holds_what_shapes_an_answer(tmp_path: Path, server: Served) -> None:
    study = study_with(tmp_path / "s", server)
    same = {version_of(ANNOTATOR, study), version_of(ANNOTATOR, study_with(tmp_path / "t", server, "", "requests = 7"))}
    assert len(same) == 1
    (study.folder / "prompt.md").write_text("Does it?", encoding="utf-8")
    other = {version_of(ANNOTATOR, study)}
    (study.folder / "prompt.md").write_text("By this book: {codebook}", encoding="utf-8")
    (study.folder / "book.toml").write_text("rule = 1", encoding="utf-8")
    with pytest.raises(UserError, match="both or neither"):
        version_of(ANNOTATOR, study)
    models = study.folder / "models.toml"
    models.write_text(models.read_text().replace("[llm.limits]", 'codebook = "book.toml"\n[llm.limits]', 1))
    other.add(version_of(ANNOTATOR, study))
    ask(study, "a cat")
    assert "By this book: rule = 1" in json.loads(server.requests()[-1].body)["messages"][0]["content"]
    (study.folder / "book.toml").write_text("rule = 2", encoding="utf-8")
    other.add(version_of(ANNOTATOR, study))
    (study.folder / "book.toml").unlink()
    with pytest.raises(UserError, match="cannot be read"):
        version_of(ANNOTATOR, study)
    assert len(same | other) == 4


def files_with(folder: Path, secret: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def test_a_corpus_is_labelled_and_no_secret_is_written(
    tmp_path: Path, server: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    monkeypatch.setenv("HUANYING_LLM_KEY", KEY)

    def leaky(seen: Seen) -> Answer:
        assert seen.headers["authorization"] == f"Bearer {KEY}"
        body = json.loads(str(wise(seen).body))
        body |= {"model": f"small {KEY}", "note": KEY}
        body["choices"][0]["message"]["content"] += f"<!-- {KEY} -->" if "cat" in asked(seen)["text"] else ""
        return Answer(json.dumps(body), headers=[("X-Key", KEY)])

    server.on("*", PATH, leaky)
    study = make_study(tmp_path / "small")
    build(study, workers=1)
    write_models(study.folder, server, 'key_from = "HUANYING_LLM_KEY"')
    first = annotate(study, ["llm"], workers=2)
    verify(first.snapshot)
    rows = first.snapshot.table("llm").to_pylist()
    texts = {row["id"]: row["text"] for row in first.snapshot.table("documents").to_pylist()}
    spans = [texts[row["document_id"]][row["start"] : row["end"]] for row in rows if row["start"] is not None]
    assert spans and set(spans) <= {"欢迎", "歡迎", "Welcome"} and first.labels["llm"]["welcoming"] == len(spans)
    assert {row["model"] for row in rows} == {"small [key]"}
    assert {row["reason"] for row in rows if row["label"] == "abstain"} == {"not_json"}
    facts = first.snapshot.manifest["tables"]["llm"]
    assert facts["made_with"][facts["current_version"]]["settings"]["model"] == "small"
    assert first.notes[0].startswith("llm: ")
    assert not files_with(tmp_path, KEY) and KEY not in caplog.text
    count = len(server.log)
    again = annotate(study, ["llm"], workers=1)
    assert again.snapshot.id == first.snapshot.id and len(server.log) == count, (
        "what was answered is free, and the same"
    )
    private = first.snapshot.folder
    assert not list(private.rglob("*answers*")) and (study.archive_folder / "answers").is_dir()


def test_an_error_of_the_endpoint_leaves_the_corpus_and_is_told_as_it_is(
    tmp_path: Path, server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUANYING_LLM_KEY", KEY)
    server.on("*", PATH, Answer("", 401))
    study = make_study(tmp_path / "small")
    before = build(study, workers=1).snapshot
    write_models(study.folder, server, 'key_from = "HUANYING_LLM_KEY"')
    with pytest.raises(UserError, match="let you in"):
        annotate(study, ["llm"])
    assert (study.corpus_folder / "LATEST").read_text().strip() == before.id


def test_each_run_has_a_budget_of_its_own(tmp_path: Path, server: Served) -> None:
    study = make_study(tmp_path / "small")
    build(study, workers=1)
    write_models(study.folder, server, "", "requests = 5")
    left = []
    for _ in range(3):
        done = annotate(study, ["llm"])
        reasons = [row["reason"] for row in done.snapshot.table("llm").to_pylist()]
        left.append(reasons.count("budget"))
        assert (reasons.count("budget") > 0) == (len(done.notes) > 1)
    assert left[0] - left[1] == 5 and left[2] == 0


def test_a_killed_run_has_lost_no_answer(tmp_path: Path, server: Served) -> None:
    killed = threading.Event()

    def until_killed(seen: Seen) -> Answer:
        if len(server.log) > 3:
            killed.wait(60)
        return wise(seen)

    server.on("*", PATH, until_killed)
    study = make_study(tmp_path / "small")
    build(study, workers=1)
    write_models(study.folder, server)
    command = [
        sys.executable,
        "-c",
        "from corpus.cli import main; main()",
        "annotate",
        "llm",
        "--study",
        str(study.folder),
    ]
    with subprocess.Popen(command, cwd=ROOT) as process:
        waits_until(lambda: len(server.log) > 3)
        process.send_signal(signal.SIGKILL)
    killed.set()
    assert len(server.log) == 4
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    asked_twice = len(server.log) - len({seen.body for seen in server.log})
    assert asked_twice <= 1, "only what was under way is asked again"
    told = re.search(r"llm: (\d+) requests .*; (\d+) answers were there already", again.stdout)
    assert told and int(told.group(1)) < len(server.log) and int(told.group(2)) >= 3


def table_of(name: str, *rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=arrow_schema(TABLES[name]))


class Held(Snapshot):
    """A snapshot of rows that are nowhere on disk."""

    def __init__(self, **tables: pa.Table) -> None:
        super().__init__(Path("nowhere"), {"tables": dict.fromkeys(tables)})
        self._tables = tables

    def table(self, name: str, columns: Any = None) -> pa.Table:
        return self._tables[name].select(list(columns))


def test_what_is_gone_or_private_or_flagged_stays_here() -> None:
    day = [datetime(2025, 1, number, tzinfo=UTC) for number in range(1, 5)]
    names = ("live", "gone", "back", "private", "blocked", "flagged", "undated")
    documents = [{"id": name, "thread_id": name, "flags": ["x"] if name == "flagged" else []} for name in names]
    documents += [
        {"id": "comment", "thread_id": "gone", "flags": None},
        {"id": "reply", "thread_id": "live", "flags": []},
    ]
    seen = [
        ("live", 0, "live"),
        ("gone", 0, "live"),
        ("gone", 2, "gone"),
        ("gone", 3, "unknown"),
        ("back", 1, "gone"),
        ("back", 2, "edited"),
        ("blocked", 1, "live"),
        ("blocked", 2, "blocked"),
    ]
    snapshot = Held(
        documents=table_of("documents", *documents),
        availability=table_of(
            "availability", *({"document_id": d, "checked_at": day[n], "state": s} for d, n, s in seen)
        ),
        observations=table_of(
            "observations",
            {"document_id": "private", "observed_at": day[1], "state": "private"},
            {"document_id": "undated", "observed_at": None, "state": "private"},
        ),
    )
    assert sorted(withheld(snapshot, ("x",))) == ["comment", "flagged", "gone", "private"]
    assert sorted(withheld(snapshot, ())) == ["comment", "gone", "private"]


def test_what_is_withheld_never_reaches_the_endpoint(tmp_path: Path, server: Served) -> None:
    study = make_study(tmp_path / "small")
    more = tmp_path / "more"
    more.mkdir()
    page = PAGE.format(title="No day is told", day=0, paragraphs=f"<p>{' '.join(SENTENCES)}</p>")
    (more / "page.html").write_text(re.sub('"datePublished":"[^"]*"', '"x":1', page), encoding="utf-8")
    rows = "path,url,date\npage.html,https://harbour-daily.example/undated,2025-01-20T08:00:00Z\n"
    (more / "urls.csv").write_text(rows, encoding="utf-8")
    intake(study, [more], None, say=lambda line: None)
    built = build(study, workers=1).snapshot
    flags = sorted({flag for row in built.table("documents").to_pylist() for flag in row["flags"] or ()})
    assert flags, "the texts of this test need a flag"
    write_models(study.folder, server, f'withhold = ["{flags[0]}"]')
    done = annotate(study, ["llm"])
    held = {row["id"]: row["text"] for row in built.table("documents").to_pylist() if flags[0] in (row["flags"] or ())}
    rows = {row["document_id"]: row for row in done.snapshot.table("llm").to_pylist()}
    assert {rows[one]["reason"] for one in held} == {"withheld"}
    assert not set(held.values()) & {asked(seen)["text"] for seen in server.log} and server.log


def test_it_is_held_against_gold(tmp_path: Path, server: Served) -> None:
    gold = tmp_path / "gold.jsonl"
    rows = [("Welcome all", "welcoming"), ("a cat sat here", "none"), ("go home, you", "hostile")]
    gold.write_text(
        "".join(json.dumps({"id": str(n), "text": t, "label": g, "lang": "en"}) + "\n" for n, (t, g) in enumerate(rows))
    )
    figures = evaluate("llm", gold, study_with(tmp_path / "s", server)).figures
    assert figures["accuracy"] == pytest.approx(2 / 3)
    with pytest.raises(UserError, match="needs a study"):
        evaluate("llm", gold)
