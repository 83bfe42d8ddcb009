"""Label texts by a transformer that the researcher brings: a local folder, run on this machine, without a network."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.annotators import Annotate, Label, Passage
from analysis.models.inference import Answered, Model, Numbers
from analysis.models.settings import TRUNCATED, Hypothesis, Templates, TransformerSettings, short_digest, transformer_of
from analysis.models.weights import Weights, look_into
from corpus.errors import UserError
from corpus.schemas import Column
from corpus.study import Study

METHOD = "2"
_DIGITS = 4
"""To which scores are rounded: more would show how a batch was padded, and on which processor."""

_CARD = """\
Labels by a transformer model that you bring: a local folder, run on this machine by onnxruntime (or torch), no network.

How: models.toml names a folder with config.json, tokenizer.json and model.onnx, or model.safetensors where torch and
transformers are installed. Folders with files that are code or may run code (.bin, .pkl, .pt, .py ...) are refused. Two tasks:
`classes`, the model's own classes, by softmax with one label a text or by sigmoid with several, as the model's config says;
`entailment`, a model of natural language inference with your labels as hypotheses, in Chinese for Chinese texts, in English for
others. The title, where there is one, stands before the text. What is longer than the model takes is cut: `truncated` and
`read_to` say so. Score: the model's probability, which is not calibrated unless you measured it; classes of one label count together: `huanying evaluate transformer`.
`none`: no label reaches the threshold, where a text may have several; `abstain`: the best is below `abstain_below`, or the model gave no
number; `not_applicable`: no text. The version holds a digest of every file of the folder and of the settings; the manifest names
each file with its SHA-256. One thread, one order: the same machine and libraries give the same scores.
Trained on: what your model was trained on; its card should tell, and so should your paper. Measured: not by this project, with
no model: no accuracy is claimed for any. Fails on: what the model was not trained for, first of all comments in a mixture of
languages, play and irony; and labels of a model trained elsewhere do not mean what a codebook means by the same word."""


class Transformer:
    """The annotator; it runs only by name, and its version holds the digests of the model and its settings."""

    default = False
    probabilities = True
    version = METHOD
    labels: tuple[str, ...] = ()
    card = _CARD
    columns = (
        TRUNCATED,
        Column("read_to", "int32", "Code points of the text that the model saw"),
    )

    def prepare(self, study: Study | None) -> Annotate:
        """Load the model that the study names; raises UserError or RefusedError where that cannot be done."""
        return Labeller(*_brought(study))

    def version_for(self, study: Study | None) -> str:
        """The version with the digest of the model's files and settings; the model is loaded once to see that it works."""
        settings, weights = _brought(study)
        _tried(settings.model_dump_json(), weights.folder, _key(weights))
        return f"{METHOD}+{short_digest(_facts(settings, weights))}"

    def made_with(self, study: Study | None) -> dict[str, Any]:
        """What the version stands for, for the manifest: each file's digest, and the settings; no place of this machine."""
        return _facts(*_brought(study))


class Labeller:
    """Labels passages by one model."""

    def __init__(self, settings: TransformerSettings, weights: Weights) -> None:
        self._settings = settings
        self._classes = tuple(settings.names.get(name, name) for name in weights.classes)
        unknown = sorted(set(settings.names) - set(weights.classes))
        if unknown:
            raise UserError(
                f"names: the model has no class {', '.join(unknown)}; it has {', '.join(weights.classes)}",
                where=weights.folder / "config.json",
            )
        if settings.task == "classes" and (taken := sorted({"abstain", "not_applicable"} & set(self._classes))):
            raise UserError(
                f"the model's class {', '.join(taken)} has the name of a label with a meaning of its own",
                where=weights.folder / "config.json",
                hint="models.toml: give it another in [transformer.names]",
            )
        self._several = _several(settings, weights)
        self._roles = _roles(weights) if settings.task == "entailment" else (0, 0)
        self._model = _loaded(weights.folder, _key(weights), settings.threads, settings.batch, settings.length)
        for hypothesis in _hypotheses(settings):
            self._model.fit(hypothesis)

    def __call__(self, passages: Sequence[Passage]) -> list[list[Label]]:
        told = [number for number, passage in enumerate(passages) if passage.text.strip()]
        given = [[Label("not_applicable")] for _ in passages]
        shown = [passages[number] for number in told]
        make = self._by_entailment if self._settings.task == "entailment" else self._by_classes
        for number, labels in zip(told, make(shown), strict=True):
            given[number] = labels
        return given

    def _by_classes(self, passages: Sequence[Passage]) -> list[list[Label]]:
        scale = _sigmoid if self._several else _softmax
        answers = self._model.run([_shown(one) for one in passages])
        return [
            self._labels(passage, self._classes, scale(answer.logits), answer)
            for passage, answer in zip(passages, answers, strict=True)
        ]

    def _by_entailment(self, passages: Sequence[Passage]) -> list[list[Label]]:
        labels, templates = self._settings.label, self._settings.templates
        logits = np.empty((len(passages), len(labels), len(self._classes)))
        cut: list[Answered | None] = [None] * len(passages)
        for language in ("zh", "en"):
            own = [n for n, one in enumerate(passages) if one.language.startswith("zh") == (language == "zh")]
            texts = [_shown(passages[number]) for number in own]
            for column, label in enumerate(labels):
                hypothesis = _hypothesis(templates, label, language)
                for number, answer in zip(own, self._model.run(texts, hypothesis), strict=True):
                    logits[number, column] = answer.logits
                    before = cut[number]
                    cut[number] = answer if before is None or answer.read_to < before.read_to else before
        names = tuple(label.id for label in labels)
        yes, no = self._roles
        found = []
        for passage, row, least in zip(passages, logits, cut, strict=True):
            assert least is not None
            scores = _softmax(row[:, [no, yes]])[:, 1] if self._several else _softmax(row[:, yes])
            found.append(self._labels(passage, names, scores, least))
        return found

    def _labels(self, passage: Passage, names: Sequence[str], scores: Numbers, answer: Answered) -> list[Label]:
        before = len(_shown(passage)) - len(passage.text)
        read_to = max(answer.read_to - before, 0)
        more = {"truncated": answer.truncated, "read_to": read_to}
        if not np.isfinite(scores).all():
            return [Label("abstain", more=more)]
        score: dict[str, float] = {}
        for name, one in zip(names, scores.tolist(), strict=True):
            score[name] = max(score.get(name, 0.0), one) if self._several else score.get(name, 0.0) + one
        order = sorted(score, key=lambda name: (-score[name], names.index(name)))
        if not self._several:
            best = order[0]
            unsure = score[best] < self._settings.abstain_below
            return [Label("abstain" if unsure else best, _told(score[best]), more=more)]
        given = [name for name in order if name != "none" and score[name] >= self._settings.threshold]
        return [Label(name, _told(score[name]), more=more) for name in given] or [Label("none", more=more)]


def _hypothesis(templates: Templates, label: Hypothesis, language: str) -> str:
    return str(getattr(templates, language)).replace("{}", getattr(label, language))


def _hypotheses(settings: TransformerSettings) -> list[str]:
    """All that a model is asked of a text, in both languages."""
    return [_hypothesis(settings.templates, label, language) for label in settings.label for language in ("zh", "en")]


Digests = tuple[tuple[str, str], ...]


def _key(weights: Weights) -> Digests:
    return tuple(weights.digests.items())


@functools.lru_cache(maxsize=1)
def _loaded(folder: Path, digests: Digests, threads: int, batch: int, length: int | None) -> Model:
    """The model, kept for all row groups; ``digests`` tell when it is another."""
    return Model(look_into(folder), threads, batch, length)


@functools.lru_cache(maxsize=8)
def _tried(settings: str, folder: Path, digests: Digests) -> None:
    """Look once whether the model can be used at all, and let it go again: it is the worker processes that hold it."""
    Labeller(TransformerSettings.model_validate_json(settings), look_into(folder))
    _loaded.cache_clear()


def _brought(study: Study | None) -> tuple[TransformerSettings, Weights]:
    settings, folder = transformer_of(study)
    return settings, look_into(folder)


def _facts(settings: TransformerSettings, weights: Weights) -> dict[str, Any]:
    return {
        "method": METHOD,
        "settings": settings.model_dump(mode="json", exclude={"folder"}),
        "runs_in": weights.kind,
        "files": dict(weights.digests),
    }


def _several(settings: TransformerSettings, weights: Weights) -> bool:
    problem = weights.config.get("problem_type")
    if settings.task == "classes" and (problem == "regression" or len(weights.classes) < 2):
        raise UserError(
            "the model gives a number and no classes",
            where=weights.folder / "config.json",
            hint="only models that classify whole texts can be used",
        )
    if settings.multi_label is not None:
        return settings.multi_label
    return settings.task == "classes" and problem == "multi_label_classification"


def _roles(weights: Weights) -> tuple[int, int]:
    """Places of entailment and contradiction (or: no entailment) among the model's classes."""
    names = [name.lower() for name in weights.classes]
    yes = [number for number, name in enumerate(names) if name in ("entailment", "entail", "entails")]
    no = [
        n
        for n, name in enumerate(names)
        if name.startswith("contradict") or name in ("not_entailment", "not entailment")
    ]
    if len(yes) != 1 or len(no) != 1:
        raise UserError(
            f"is no model of entailment: its classes are {', '.join(weights.classes)}",
            where=weights.folder / "config.json",
            hint='such a model has the classes entailment and contradiction (or not_entailment); else take task = "classes"',
        )
    return yes[0], no[0]


def _shown(passage: Passage) -> str:
    return f"{passage.title}\n{passage.text}" if passage.title else passage.text


def _softmax(logits: Numbers) -> Numbers:
    with np.errstate(invalid="ignore"):  # what is no number stays none, and is looked for later
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float64)


def _sigmoid(logits: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), np.float64)


def _told(score: float) -> float:
    return round(float(score), _DIGITS)


ANNOTATOR = Transformer()
