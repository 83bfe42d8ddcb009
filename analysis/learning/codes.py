"""Read the rows that a study's coders labelled, learn from them, and keep the model beside the study."""

import csv
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis.learning.coded import METHOD, Coded, Model, learn, load_model, save_model, sealed, text_key
from analysis.signs.stances import labels_named
from corpus.disk import Disk
from corpus.errors import UserError
from corpus.identity import digest
from corpus.jsonlines import read_lines
from corpus.snapshot import latest
from corpus.strictjson import JSONFault, read_json
from corpus.study import Study

LEARNED = "codes+"
"""How the versions of labels begin that a learned model gave."""
_IDS = ("document_id", "id")
_RESERVED = frozenset({"abstain", "not_applicable"})


def read_codes(
    path: Path,
    texts: Mapping[str, tuple[str, str]] | None = None,
    label: str = "label",
    among: Collection[str] = (),
) -> list[Coded]:
    """The coded rows of a .csv or .jsonl file: ``label`` with ``text``, or with ``document_id`` of one in ``texts``.

    ``texts``: text and language by document. ``among``: the labels that may be given; empty: any. Rows without a label
    are left out. Raises UserError naming the line of a row that has no text or another label, or the missing column.
    """
    coded, names = [], set[str]()
    for number, row in _rows(path):
        names.update(row)
        given = row.get(label)
        if given is None or given == "" or (isinstance(given, str) and not given.strip()):
            continue
        text, language = row.get("text"), row.get("language") or row.get("lang") or "und"
        if _is_blank(text) and texts is not None:
            text, language = texts.get(_id_of(row), (None, ""))
        if not isinstance(text, str) or _is_blank(text) or not isinstance(given, str):
            raise UserError(
                f"no text with a {label}", where=f"{path}:{number}", hint="give text, or document_id of this corpus"
            )
        given = given.strip()
        if given in _RESERVED or (among and given not in among):
            hint = f"there are: {', '.join(among)}" if among else "leave the label of such a row empty"
            raise UserError(f"{given!r} is no label of the stance file", where=f"{path}:{number}", hint=hint)
        coded.append(Coded(text, given, str(language)))
    if label not in names or names.isdisjoint(("text", *_IDS)):
        missing = label if label not in names else "text or document_id"
        raise UserError(f"no column {missing}", where=path, hint=f"it has: {', '.join(sorted(names))}")
    return coded


def learn_from_codes(study: Study, annotator: str, path: Path, label: str = "label") -> tuple[Model, Path]:
    """Learn ``annotator`` (``stance``) from the coded rows in ``path`` and write its model into the study's folder.

    Rows without a text take it from the study's latest corpus by document_id. Returns the model, which carries its
    figures, and the file; as long as it lies there, the annotator's labels are the model's. A model that lay there
    before is kept beside it under its digest. Raises UserError as `read_codes` and `learn`, and where the model is no
    better than always the commonest label: then what was there stays.
    """
    texts = None
    if any(row.get(label) and _is_blank(row.get("text")) and _id_of(row) for _, row in _rows(path)):
        documents = latest(study.corpus_folder).table("documents", ["id", "text", "language"])
        texts = {row["id"]: (row["text"], row["language"] or "und") for row in documents.to_pylist()}
    named = study.document_file("stance")
    coded = read_codes(path, texts, label, labels_named(named) if named else ())
    model = learn(coded)
    reached, least = model.figures["macro_f1"], model.figures["macro_f1_of_the_commonest_label"]
    if reached <= least:
        raise UserError(
            f"nothing was learned: macro-F1 {reached:.3f} on rows left out, and {least:.3f} by always the commonest label",
            where=path,
            hint="code more texts, and look at the agreement of the coders; labels are given as before",
        )
    key = study.keys()
    seen = sorted({key.cluster("coded", text_key(one.text)) for one in coded})
    model = sealed(model, codes=digest(path.read_bytes()), seen=tuple(seen))
    place = model_file(study, annotator)
    _set_aside(place, model.digest)
    save_model(model, place)
    return model, place


def model_file(study: Study, annotator: str) -> Path:
    """Where the model that a study has learned for an annotator lies, or would."""
    return study.folder / f"{annotator}.codes.json"


def learned_model(study: Study | None, annotator: str) -> Model | None:
    """The model that a study has learned for an annotator; raises UserError where it cannot be read."""
    path = model_file(study, annotator) if study else None
    return load_model(path) if path and path.is_file() else None


def model_of_version(study: Study, annotator: str, version: str) -> Model | None:
    """The model that gave labels of a version: the study's own, or one that lay there before; null where it is gone."""
    place = model_file(study, annotator)
    for path in (place, place.with_name(f"{place.stem}.{version.rpartition('+')[2]}.json")):
        if path.is_file() and version_of_model(model := load_model(path)) == version:
            return model
    return None


def version_of_model(model: Model) -> str:
    """The version of labels that a learned model gives."""
    return f"{LEARNED}{METHOD}+{model.digest}"


def facts_of_model(model: Model) -> dict[str, Any]:
    """What the version of a learned model stands for, for the manifest."""
    return {"method": METHOD, "codes": model.codes, "model": model.digest, "figures": dict(model.figures)}


def has_learned(study: Study, model: Model) -> Callable[[str], bool | None]:
    """Tells of a text whether it is one that the model has learned from, as far as the model can tell texts apart; None
    where the study's key is not here, without which nobody can tell."""
    if not study.key_path.is_file():
        return lambda text: None
    key, seen = study.keys(), frozenset(model.seen)
    return lambda text: key.cluster("coded", text_key(text)) in seen


def _set_aside(place: Path, new: str) -> None:
    if not place.is_file():
        return
    try:
        old = load_model(place).digest
    except UserError:  # of another method, or spoilt: kept all the same
        old = digest(place.read_bytes())[:12]
    if old != new:
        Disk().write_whole(place.with_name(f"{place.stem}.{old}.json"), place.read_bytes())


def _is_blank(text: Any) -> bool:
    return text is None or (isinstance(text, str) and not text.strip())


def _id_of(row: Mapping[str, Any]) -> str:
    return str(next((row[name] for name in _IDS if row.get(name)), "")).strip()


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        if path.suffix.lower() == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file, restkey="")
                yield from ((reader.line_num, row) for row in reader)
            return
        for line in read_lines(path):
            row = read_json(line.raw)
            if not isinstance(row, dict):
                raise UserError("no object", where=f"{path}:{line.number}")
            yield line.number, row
    except JSONFault as fault:
        raise UserError(f"not JSON: {fault}", where=f"{path}:{line.number}") from fault
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"cannot be read: {error}", where=path) from error
