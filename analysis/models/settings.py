"""Load and check models.toml: which models a researcher brings to a study, and within what bounds they are asked.

It stands beside study.toml and not in it: it names places of one machine, and no model changes what the corpus is.
"""

import ipaddress
import json
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator, model_validator

from corpus.errors import RefusedError, UserError
from corpus.faults import load_right
from corpus.identity import digest
from corpus.schemas import Column
from corpus.study import Study
from corpus.studyfile import Address, Companion, Filled, Line, Part

MODELS_FILE = "models.toml"
TRUNCATED = Column("truncated", "bool", "Whether the model saw only a part of the text; null where it saw none")
RESERVED = frozenset({"none", "abstain", "not_applicable"})
LabelId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]
Scalar = str | int | float | bool
_OURS = frozenset({"model", "messages", "response_format", "stream", "n", "tools", "tool_choice", "functions", "user"})
_BOUNDS = ("max_tokens", "max_completion_tokens")


def _usual() -> dict[str, Scalar]:
    return {"temperature": 0.0, "seed": 1, "max_tokens": 300}


class Hypothesis(Part):
    """What is put to the model as a hypothesis for a label; in each language, what fills the ``{}`` of its template."""

    id: LabelId
    zh: Filled
    en: Filled


class Templates(Part):
    zh: Filled = "这段话{}。"
    en: Filled = "This text {}."

    @field_validator("zh", "en")
    @classmethod
    def _has_room(cls, value: str) -> str:
        if value.count("{}") != 1:
            raise ValueError("needs one {} where the label's words go")
        return value


class TransformerSettings(Part):
    """A local folder with a model and how its answers are taken."""

    folder: Filled
    """Where the model lies; relative to the study folder, or absolute."""
    task: Literal["classes", "entailment"] = "classes"
    names: dict[str, LabelId] = Field(default_factory=dict)
    """The model's own name of a class = the label to write; classes that are not named keep theirs. Where several have one
    label, their probabilities are added up; where a text may have several labels, the greatest counts."""
    multi_label: bool | None = None
    """Whether a text may have several labels; absent: as the model's config says, and no for entailment."""
    threshold: float = Field(default=0.5, gt=0, lt=1)
    """From which probability on a label is given where a text may have several."""
    abstain_below: float = Field(default=0.0, ge=0, lt=1)
    """Probability of the best label below which the machine abstains, where a text has one."""
    batch: int = Field(default=16, ge=1, le=1024)
    threads: int = Field(default=1, ge=1, le=256)
    length: int | None = Field(default=None, ge=8, le=32768)
    """Tokens that a text is cut to; absent: as many as the model takes, 512 at most."""
    licence: Line = "not stated"
    source: Line = "not stated"
    templates: Templates = Templates()
    label: tuple[Hypothesis, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> "TransformerSettings":
        if (self.task == "entailment") != bool(self.label):
            raise ValueError('[[transformer.label]] belongs to task = "entailment", and that needs it')
        _once([one.id for one in self.label])
        taken = sorted({*self.names.values()} & (RESERVED - {"none"}))
        if taken:
            raise ValueError(f"names: label {', '.join(taken)} has a meaning of its own; take another, or none")
        return self


class Meaning(Part):
    """A label that a language model may give, and what it means."""

    id: LabelId
    means: Filled


class Limits(Part):
    """How much a run may cost, and how patient it is."""

    requests: int = Field(default=1000, ge=0)
    """Requests of one run, those that failed among them. 0: only what was answered before."""
    tokens: int = Field(default=1_000_000, ge=0)
    """Tokens of one run, as the answers count them; where they do not, each sign counts as one."""
    requests_per_minute: float = Field(default=60, gt=0)
    at_once: int = Field(default=1, ge=1, le=32)
    timeout: float = Field(default=60, gt=0, le=3600)
    """Seconds for one answer, from the question to its last byte."""
    attempts: int = Field(default=4, ge=1, le=10)
    pause: float = Field(default=1.0, gt=0, le=600)
    """Seconds before a question is put again, doubled each time; a Retry-After counts where it asks for more."""
    longest_pause: float = Field(default=120, gt=0, le=3600)
    """An endpoint that asks for a longer one gives no answer to this question."""


class LanguageModelSettings(Part):
    """An endpoint that speaks as OpenAI's chat completions do, what it is asked and within what bounds."""

    endpoint: Address
    """Its address up to and without ``/chat/completions``, such as http://127.0.0.1:8080/v1."""
    model: Line
    prompt: Companion
    codebook: Companion | None = None
    """A file of the study that stands where the prompt says ``{codebook}``."""
    label: tuple[Meaning, ...] = Field(min_length=1)
    key_from: Annotated[str, StringConstraints(pattern=r"^HUANYING_[A-Z0-9_]+$")] | None = None
    """The environment variable that holds the endpoint's key; only ours may be named, so that a settings file that came
    from somebody else cannot send your other secrets away."""
    texts_may_leave: bool = False
    """Your consent that texts of the corpus are sent to an endpoint that is not this machine."""
    asks: int = Field(default=1, ge=1, le=15)
    """How often each text is asked; a label needs more than half of the answers."""
    json_mode: bool = True
    """Ask the endpoint to answer in JSON only (``response_format``); a few know no such thing."""
    text_length: int = Field(default=6000, ge=100, le=100_000)
    """Code points of a text that are sent."""
    withhold: tuple[Line, ...] = ()
    """Documents with one of these flags are not sent; nor are those that were last seen gone or private."""
    parameters: dict[str, Scalar] = Field(default_factory=_usual)
    """Sent as they stand. Where a text is asked again, ``seed`` grows by one each time."""
    limits: Limits = Limits()
    licence: Line = "not stated"

    @property
    def here(self) -> bool:
        """Whether the endpoint is this machine."""
        host = urlsplit(self.endpoint).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @model_validator(mode="after")
    def _fits(self) -> "LanguageModelSettings":
        parts = urlsplit(self.endpoint)
        if parts.query or parts.fragment:
            raise ValueError("endpoint holds a query: keys and the like do not belong into this file")
        if parts.scheme != "https" and not self.here:
            raise ValueError("endpoint must begin with https:// unless it is this machine")
        ours = sorted(_OURS & self.parameters.keys())
        if ours:
            raise ValueError(f"parameters may not hold {', '.join(ours)}")
        if not any(type(self.parameters.get(name)) is int for name in _BOUNDS):
            raise ValueError(f"parameters needs {' or '.join(_BOUNDS)}: no answer may be endless")
        _once([one.id for one in self.label])
        return self


class ModelsFile(Part):
    """All of models.toml: the settings of each plug-in by its name."""

    transformer: TransformerSettings | None = None
    llm: LanguageModelSettings | None = None


def load_models(study: Study | None) -> ModelsFile:
    """The study's models.toml, empty where there is none; raises UserError with every fault and its line."""
    path = study.folder / MODELS_FILE if study else None
    return load_right(path, ModelsFile) if path and path.is_file() else ModelsFile()


def _not_named(study: Study | None, name: str) -> UserError:
    hint = f"write [{name}] in {MODELS_FILE} beside study.toml; docs/models.md tells how"
    if study is None:
        return UserError(f"{name} needs a study: its model is named there", hint=hint)
    return UserError(f"no model is named for {name}", where=study.folder / MODELS_FILE, hint=hint)


def transformer_of(study: Study | None) -> tuple[TransformerSettings, Path]:
    """The settings of the study's transformer and its folder; raises UserError where there are none, or faulty ones."""
    found = load_models(study).transformer
    if study is None or found is None:
        raise _not_named(study, "transformer")
    return found, (study.folder / found.folder).resolve()


def language_model_of(study: Study | None) -> tuple[LanguageModelSettings, Study]:
    """The settings of the study's language model, and the study; raises UserError where there are none, or faulty ones, RefusedError
    where texts would be sent to somebody without consent."""
    found = load_models(study).llm
    if study is None or found is None:
        raise _not_named(study, "llm")
    if not found.here and not found.texts_may_leave:
        raise RefusedError(
            f"texts of the corpus would be sent to {urlsplit(found.endpoint).hostname}, and nobody has said that they may",
            where=study.folder / MODELS_FILE,
            hint="read docs/models.md; where your ethics approval and the platform's terms let you, write texts_may_leave = true",
        )
    return found, study


def short_digest(facts: Any) -> str:
    """First 12 hex digits of the SHA-256 of ``facts`` as canonical JSON, for a version."""
    return digest(json.dumps(facts, ensure_ascii=False, sort_keys=True).encode())[:12]


def file_digest(path: Path) -> str:
    """The SHA-256 of a small file of the study; raises UserError where it cannot be read."""
    return digest(read_companion(path).encode())


def read_companion(path: Path) -> str:
    """The text of a file that models.toml names; raises UserError where there is none, or where it is no UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=path, hint=f"{MODELS_FILE} names it") from error
    except UnicodeDecodeError as error:
        raise UserError(f"not UTF-8 at byte {error.start}", where=path, hint="save it as UTF-8") from error


def _once(ids: list[str]) -> None:
    twice = sorted({name for name in ids if ids.count(name) > 1})
    taken = sorted(RESERVED & set(ids))
    if twice:
        raise ValueError(f"label {', '.join(twice)} is named twice")
    if taken:
        raise ValueError(f"label {', '.join(taken)} has a meaning of its own; take another")
