"""Judge what a language model answered: a label that may be given, with words that stand in the text, or why not."""

import json
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analysis.models.endpoint import Reply
from corpus.disk import Disk
from corpus.identity import digest
from corpus.scripts import EMOJI, HAN, KANA
from corpus.strictjson import JSONFault, read_json

_LETTER = rf"[^\W_{HAN}{KANA}]"
"""Of a script that parts its words; Chinese and Japanese have no such borders."""
_STARTS_WORD = re.compile(_LETTER)
_TELLING = re.compile(rf"{_LETTER}|[{HAN}]{{2}}|[{KANA}]{{2}}|{EMOJI}")
_FENCED = re.compile(r"\A```(?:json)?\s*\n(.*?)\n?```\s*\Z", re.DOTALL)
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer: its label and the span of its evidence, or with a null label the reason why it has none.

    Reasons: ``refusal``, ``cut``, ``not_json``, ``unknown_label``, ``no_evidence`` (none given, or not in the text),
    ``unsure`` (the model abstains), ``no_answer``, ``budget``.
    """

    label: str | None
    span: tuple[int, int] | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all answers to one text come to. `agreement`: share of the answers that gave the label, or the commonest one."""

    label: str | None
    spans: tuple[tuple[int, int], ...]
    reason: str | None
    agreement: float | None


def judge(reply: Reply, text: str, title: str | None, labels: Collection[str]) -> Judged:
    """The answer held against what was asked: one object with ``label`` and ``evidence``, words of the text or title."""
    if reply.refused:
        return Judged(None, reason="refusal")
    if reply.cut:
        return Judged(None, reason="cut")
    answer = _object(reply.content)
    if answer is None or not isinstance(answer.get("label"), str):
        return Judged(None, reason="not_json")
    label, evidence = answer["label"], answer.get("evidence")
    if label == "abstain":
        return Judged(None, reason="unsure")
    if label == "none":
        return Judged("none")
    if label not in labels:
        return Judged(None, reason="unknown_label")
    if not isinstance(evidence, str) or not evidence.strip():
        return Judged(None, reason="no_evidence")
    if (start := _place(evidence, text)) is not None:
        return Judged(label, (start, start + len(evidence)))
    return Judged(label) if title and _place(evidence, title) is not None else Judged(None, reason="no_evidence")


def _place(evidence: str, text: str) -> int | None:
    """Where evidence stands in a text, not as a part of a word; it must hold a whole word, two Han signs or an emoji."""
    if not _TELLING.search(evidence):
        return None
    before = f"(?<!{_LETTER})" if _STARTS_WORD.match(evidence) else ""
    after = f"(?!{_LETTER})" if _STARTS_WORD.match(evidence[-1]) else ""
    found = re.search(f"{before}{re.escape(evidence)}{after}", text)
    return found.start() if found else None


def conclude(judged: Sequence[Judged]) -> Verdict:
    """A label needs more than half of all answers, so that any order of them concludes alike; else ``disagreement``, or
    where no answer has a label, the commonest reason. One answer alone is no agreement."""
    votes = Counter(one.label for one in judged if one.label is not None)
    asked = len(judged)
    if not votes:
        reasons = Counter(str(one.reason) for one in judged)
        reason = min(reasons, key=lambda name: (-reasons[name], name))
        return Verdict(None, (), reason, None)
    label = min(votes, key=lambda name: (-votes[name], name))
    share = round(votes[label] / asked, 4) if asked > 1 else None
    if votes[label] * 2 <= asked:
        return Verdict(None, (), "disagreement", share)
    spans = sorted({one.span for one in judged if one.label == label and one.span is not None})
    return Verdict(label, tuple(spans), None, share)


def _object(content: str) -> dict[str, Any] | None:
    """The one JSON object of an answer; a model's thoughts before it and a fence around it are let pass, nothing else."""
    content = _THOUGHT.sub("", content).strip()
    fenced = _FENCED.match(content)
    try:
        found = read_json(fenced.group(1) if fenced else content)
    except JSONFault:
        return None
    return found if isinstance(found, dict) else None


class Kept:
    """Answers on disk, each under the digest of exactly what was asked; private, for they may quote texts."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self._folder = folder
        self._disk = disk or Disk()

    def find(self, asked: str) -> Reply | None:
        """The answer to a question as it was asked before; None where there is none that can be read."""
        try:
            found = read_json(self._place(asked).read_bytes())
        except (FileNotFoundError, JSONFault):
            return None
        try:
            return Reply(**found)
        except TypeError:  # written by another version
            return None

    def keep(self, asked: str, reply: Reply) -> None:
        """Durable before it counts: what was paid for is not asked again after a crash."""
        place = self._place(asked)
        place.parent.mkdir(parents=True, exist_ok=True)
        self._disk.write_whole(place, json.dumps(asdict(reply), sort_keys=True).encode())

    def _place(self, asked: str) -> Path:
        name = digest(asked.encode())
        return self._folder / name[:2] / f"{name}.json"
