"""Check the files beside a study that shape how its corpus is read, drawn from and coded, and tell what each of them holds."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from analysis.annotators.llm import asking
from analysis.coding.schemes import load_scheme
from analysis.extraction.gazetteer import LABELS, load_names, own_names
from analysis.models.settings import MODELS_FILE, load_models, transformer_of
from analysis.models.weights import look_into
from analysis.sampling.plans import load_plan
from analysis.signs.codebook import load_codebook
from analysis.signs.emotions import load_emotions
from analysis.signs.stances import labels_named, rules_of
from analysis.topicmodels.glossary import GLOSSARY, TOPICS, glossary, topics_file
from analysis.topicmodels.merging import MERGE, load_merge
from corpus.errors import HuanyingError, UserError
from corpus.faults import read_toml
from corpus.study import Study


def companions(study: Study) -> list[str]:
    """A line for each such file that is there; raises the error of the one that has faults, or one of all that have."""
    lines: list[str] = []
    errors: dict[str, HuanyingError] = {}
    for check in (*_CHECKS, *_by_file(study)):
        try:
            lines += check(study)
        except HuanyingError as error:
            errors[str(error)] = error
    if len(errors) > 1:
        raise UserError(
            "\n".join(["faults in files beside the study", *errors]), hint="then run `huanying check` again"
        )
    for only in errors.values():
        raise only
    return lines or ["no file beside the study says how its corpus is read"]


def _themes(study: Study) -> Iterator[str]:
    if path := study.document_file("themes"):
        yield f"{path.name}: themes ({len(load_codebook(path).theme)})"


def _stance(study: Study) -> Iterator[str]:
    if path := study.document_file("stance"):
        rules_of(path, "stance_newcomers")
        country = "" if rules_of(path, "country_stance") is None else "; and country stance"
        yield f"{path.name}: stance, labels {', '.join(labels_named(path)) or 'not named'}{country}"


def _emotions(study: Study) -> Iterator[str]:
    if path := study.document_file("emotions"):
        yield f"{path.name}: emotions ({len(load_emotions(path).emotion)})"


def _names(study: Study) -> Iterator[str]:
    if own := own_names(study):
        names = load_names(own)
        yield f"{own.name}: names ({sum(len(getattr(names, label)) for label in LABELS)})"


def _topics(study: Study) -> Iterator[str]:
    if (study.folder / TOPICS).is_file():
        file = topics_file(study)
        yield f"{TOPICS}: topics by {file.topics.method}, seeds ({len(file.seed)})"


def _glossary(study: Study) -> Iterator[str]:
    if terms := glossary(study):
        yield f"{GLOSSARY}: terms in both languages ({len(terms)})"


def _merge(study: Study) -> Iterator[str]:
    if topics := load_merge(study).file:
        yield f"{MERGE}: topics that were found before ({len(topics)})"


def _transformer(study: Study) -> Iterator[str]:
    if load_models(study).transformer:
        yield f"{MODELS_FILE}: transformer, {look_into(transformer_of(study)[1]).folder}, run on this machine"


def _language_model(study: Study) -> Iterator[str]:
    if llm := load_models(study).llm:
        asking(study, llm)
        place = urlsplit(llm.endpoint).hostname
        leave = (
            f"texts of the corpus are sent to {place}" if llm.texts_may_leave else "REFUSED: texts_may_leave is not set"
        )
        yield f"{MODELS_FILE}: llm, {llm.model} at {place}; {'on this machine' if llm.here else leave}"


def _by_file(study: Study) -> Iterator[Callable[[Study], Iterator[str]]]:
    """A check of each coding scheme and each plan of a draw in the study's folder: there may be several of both."""
    for path in sorted(study.folder.glob("*.toml")):
        if path.match("coding*.toml"):
            yield partial(_scheme, path)
        elif path.match("sample*.toml") or _is_plan(path):
            yield partial(_plan, path)


def _is_plan(path: Path) -> bool:
    content, _, _ = read_toml(path)
    return content is not None and {"plan", "design"} <= content.keys()


def _scheme(path: Path, study: Study) -> Iterator[str]:
    yield f"{path.name}: a coding scheme, asks for {', '.join(one.id for one in load_scheme(path).variables)}"


def _plan(path: Path, study: Study) -> Iterator[str]:
    plan = load_plan(path, study).plan
    yield f"{path.name}: the plan of a draw, {plan.plan.name}, method {plan.design.method}"


_CHECKS: Sequence[Callable[[Study], Iterator[str]]] = (
    *(_themes, _stance, _emotions, _names),
    *(_topics, _glossary, _merge, _transformer, _language_model),
)
