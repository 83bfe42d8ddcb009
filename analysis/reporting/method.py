"""Write the page on method: how the sample was drawn, how far coders agree, how sure each figure is; in two languages."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from markupsafe import Markup

from analysis.coding.codes import WAYS
from analysis.reporting.corrections import LEAST_CODED
from analysis.reporting.counting import K
from analysis.reporting.downloads import csv_text, data_address
from analysis.reporting.method_contents import YES, Block, Method, gather_method
from analysis.reporting.method_draw import OF_THE_DRAW
from analysis.reporting.method_pictures import MOST, method_pictures
from analysis.reporting.method_round import Claim
from analysis.reporting.method_tables import (
    code_name,
    label_name,
    method_tables,
    no_label,
    part_name,
    row_name,
    told_concord,
    unlabelled,
    variation_name,
    without_alpha,
)
from analysis.reporting.pages import filled
from analysis.reporting.shown import apart, cell, claimed, said, sentence
from analysis.reporting.tables import Claimed, Name, Table
from analysis.reporting.words import LANGUAGES, Words, minus
from analysis.sampling.checking import NAMES
from corpus.disk import Disk
from corpus.snapshot import Snapshot
from corpus.study import Study

ROWS = 120
PAGE = "method.html"
_SHADES = 5
Texts = Mapping[str, str]


def write_method(
    study: Study, snapshot: Snapshot, disk: Disk | None = None, report: Sequence[str] | None = None
) -> Path:
    """Write ``report/method.html``, whole or not at all, and return its path; ``report``: rounds that the report shows."""
    page = render_method(gather_method(study, snapshot, report))
    study.report_folder.mkdir(parents=True, exist_ok=True)
    path = study.report_folder / PAGE
    (disk or Disk()).write_whole(path, page.encode())
    return path


def render_method(method: Method) -> str:
    """The page as HTML."""
    tables = method_tables(method)
    downloads = {
        name: data_address(csv_text(list(map(_raw, t.columns)), map(_raws, t.rows))) for name, t in tables.items()
    }
    pages = (_page(method, tables, downloads, Words(language)) for language in LANGUAGES)
    title = Words("en")("method.title", title=method.study.file.study.title)
    return filled("method.html.jinja", title, pages)


def _raw(value: Any) -> Any:
    return value.raw if isinstance(value, Name) else value.value if isinstance(value, Claimed) else value


def _raws(row: tuple[Any, ...]) -> list[Any]:
    return [_raw(value) for value in row]


def _page(method: Method, tables: Mapping[str, Table], downloads: Mapping[str, str], words: Words) -> dict[str, Any]:
    """What the template takes in one language."""

    def w(key: str, /, **values: Any) -> Markup:
        return sentence(words, key, **values)

    drawn, told = method.drawn, method.coded
    return {
        "w": w,
        "cell": lambda value: _cell(words, value),
        "column": lambda name: said(words, name) if isinstance(name, Name) else w(f"column.{name}"),
        "lang": words.language,
        "about": method.study.file,
        "sections": _sections(method, tables),
        "notes": method.notes,
        "shown": method.shown,
        "drawn": drawn,
        "coded": told,
        "redo": _redo(drawn.name, told.round.name if told else None) if drawn else [],
        "in_report": bool(told and told.round.name in method.report),
        "others": {key: tuple(names) for key, names in method.others.items()},
        "tiles": _tiles(method),
        "plan": _plan(method, words) if drawn else [],
        "worth": _round(drawn.n_eff) if drawn else None,
        "pictures": method_pictures(method, words),
        "tables": tables,
        "downloads": downloads,
        "confusions": _confusions(method),
        "without_alpha": {"coders": without_alpha(method, True), "machine": without_alpha(method, False)},
        "unlabelled": unlabelled(method),
        "no_label": no_label(method),
        "outside": _outside(method),
        "blocks": [_block(method, block, words) for block in method.blocks],
        "scopes": {
            "coders": _scopes(one.scope for one in told_concord(method, True)),
            "machine": _scopes(one.scope for one in told_concord(method, False)),
            "estimates": _scopes(scope for block in method.blocks for scope in _of_block(method, block)),
            "varied": _scopes(one.scope for block in method.blocks for one in _varied(method, block)),
        },
        "not_varied": _not_varied(method),
        "checks": _checks(method),
        "most_groups": MOST,
        "least_coded": LEAST_CODED,
        "k": K,
        "most": ROWS,
        "file_stem": f"{method.study.id}-{method.shown.draw_id[:8]}" if method.shown else method.study.id,
        "version": drawn.document["software"]["version"] if drawn else version("huanying"),
    }


def _redo(draw: str, name: str | None) -> list[str]:
    """The commands that make all of this page again, in the study's folder."""
    made = [f"huanying agree {name}", f"huanying estimate {name}"] if name else []
    folder = f"samples/{draw}"
    return [f"huanying sample draw {folder}/plan.toml", *made, "huanying report", f"huanying sample verify {folder}"]


def _cell(words: Words, value: Any) -> Markup:
    """As in any table; a mean is no share."""
    if isinstance(value, Claimed) and value.claim.split("/")[2] == "mean":
        return claimed(value, minus(f"{value.value:.2f}"))
    return cell(words, value)


def _round(value: float) -> Markup:
    return Markup(f"{value:,.0f}" if value >= 100 or abs(value - round(value)) < 0.05 else f"{value:,.1f}")


def _sections(method: Method, tables: Mapping[str, Table]) -> list[str]:
    names = [] if method.shown else ["start"]
    if method.drawn:
        names += ["flow", "plan", "weights", "margins", "agreement", "estimates", "robustness"]
    names += ["checks"] if method.checks else []
    names += ["draws"] if tables["method_draws"].rows else []
    return [f"method_{name}" for name in (*names, *(["redo"] if method.drawn else []))]


def _tiles(method: Method) -> list[tuple[str, Any, int]]:
    drawn, told = method.drawn, method.coded
    if drawn is None:
        return []
    tiles: list[tuple[str, Any, int]] = [("frame", drawn.document["frame"]["n"], 0), ("drawn", drawn.n, 0)]
    tiles += [("coded", told.coded, 0), ("twice", told.twice, 0)] if told else []
    right = sum(one.outcome == "ok" for one in method.checks)
    return [*tiles, ("worth", _round(drawn.n_eff), 0), ("checks", right, len(method.checks))]


def _checks(method: Method) -> list[tuple[int, str]]:
    if not method.checks:
        return []
    later = [(number, "later") for number in range(OF_THE_DRAW + 1, len(NAMES) + 1)]
    return [*((one.number, one.outcome) for one in method.checks), *later]


def _plan(method: Method, words: Words) -> list[tuple[str, Markup]]:
    """The plan in words: what is asked of it, and what it says."""
    assert method.drawn
    made, plan = method.drawn.document, method.drawn.plan
    people, seed, second = made["population"], made["seed"], made["second_coding"]

    def w(key: str, /, **values: Any) -> Markup:
        return sentence(words, key, **values)

    def day(text: str) -> date:
        return date.fromisoformat(text[:10])

    who = apart(people["definition"])
    if plan.frame.copies == "first":
        who += Markup(" ") + w("method.copies.first")
    window = people["window"]
    told: list[tuple[str, Markup]] = [
        ("who", who),
        ("window", w("method.window.days", start=day(window["start"]), end=day(window["end"]), zone=people["zone"])),
        ("design", _design(method, words)),
        *((("size", size),) if (size := _size(method, words)) else ()),
        ("about", w(f"estimand.{made['estimand']}")),
    ]
    share = second["n"] / method.drawn.n if method.drawn.n else 0.0
    told.append(
        ("second", w("method.second.share", n=second["n"], share=share) if second["n"] else w("method.second.none"))
    )
    if made["reserves"]["n"]:
        told.append(("reserves", w("method.reserves.n", n=made["reserves"]["n"])))
    told.append(("declared", w("method.day", day=day(made["plan"]["declared_at"]))))
    registered = made["plan"]["registered"]
    told.append(
        (
            "registered",
            w("method.registered.at", **{name: str(registered[name]) for name in ("system", "id", "at")})
            if registered
            else w("method.registered.none"),
        )
    )
    public = {"value": seed["public_value"], "source": seed["public_source"] or ""}
    told.append(("public", w("method.public.value", **public) if seed["public_value"] else w("method.public.none")))
    return told if not made["extends"] else [*told, ("extends", apart(made["extends"]))]


def _design(method: Method, words: Words) -> Markup:
    assert method.drawn
    design = method.drawn.plan.design
    names: Sequence[str] = design.strata
    if design.method == "temporal":
        names = (design.by, *(name for name in names if name != design.by))
    if design.method == "cluster":
        names = (design.cluster or "copies",)
    strata = [words.named("design", name) for name in names]
    size = words.named("size", design.size) if design.size else ""
    return sentence(words, f"design.{design.method}", strata=strata, size=size, take=design.take or 0)


def _size(method: Method, words: Words) -> Markup:
    """How many are drawn, and how they are shared out among strata."""
    assert method.drawn
    design = method.drawn.plan.design
    told = [sentence(words, "method.size.n", n=design.n)] if design.n else []
    if design.strata:
        told.append(sentence(words, f"method.size.{design.allocation}"))
    if design.minimum:
        told.append(sentence(words, "method.size.minimum", n=design.minimum))
    return Markup("" if words.language == "zh" else " ").join(told)


def _scopes(scopes: Iterable[Texts]) -> list[Texts]:
    """Each once, in their order."""
    return list({scope["en"]: scope for scope in scopes}.values())


def _of_block(method: Method, block: Block) -> list[Texts]:
    found = [one for variable in block.variables for one in method.best(variable.id, "all", "language", "phase")]
    alone = [method.naive(one) for one in found]
    return [*(one.scope for one in found), *(one.scope for one in alone if one)]


def _block(method: Method, block: Block, words: Words) -> dict[str, Any]:
    variable = block.variables[0]
    ways: Counter[str] = Counter()
    for one in block.variables if method.coded else ():
        ways.update(method.coded.how.get(one.id, {}) if method.coded else {})
    question = variable.question_zh if words.language == "zh" else variable.question_en
    return {
        "id": block.id,
        "name": block.name,
        "question": sentence(words, "method.question", question=question) if block.single else "",
        "how": [words("way.told", way=words(f"way.{way}"), n=ways[way]) for way in WAYS if ways[way]],
        "says": _says(method, block, words),
        "scopes": _scopes(_of_block(method, block)),
    }


def _says(method: Method, block: Block, words: Words) -> Markup:
    """The shares in all of the frame as a sentence, each a claim with its interval; those by codes alone beside them, and
    where labels widen the interval."""
    found = [
        one
        for variable in block.variables
        for one in method.best(variable.id, "all")
        if one.code is not None and (block.single or one.code == YES)
    ]
    pairs = [(one, alone) for one in found if (alone := method.by_codes(one))]
    wider = tuple(row_name(method, block, one) for one, alone in pairs if (one.se or 0.0) > (alone.se or math.inf))
    told = []
    for key, figures in (("method.says", found), ("method.says.codes", [alone for _, alone in pairs])):
        shares = tuple(
            Claimed(one.value, one.name, (one.low, one.high), row_name(method, block, one))
            for one in figures
            if one.low is not None and one.high is not None
        )
        told += [sentence(words, key, shares=shares)] if shares else []
    told += [sentence(words, "method.says.wider", names=wider)] if wider else []
    return Markup("" if words.language == "zh" else " ").join(told)


def _outside(method: Method) -> tuple[Name, ...]:
    """The shares that the estimator put outside 0 to 1, by question, code and part of the frame."""
    found = []
    for block in method.blocks:
        for variable in block.variables:
            for one in method.best(variable.id, "all", "language", "phase"):
                if one.outside:
                    named = (method.names[one.variable], code_name(method, one.variable, one.code))
                    every = (*named, part_name(method, one.kind, one.place))
                    found.append(Name(one.name, *(" · ".join(n.said(la) for n in every) for la in LANGUAGES)))
    return tuple(found)


def _not_varied(method: Method) -> tuple[Name, ...]:
    """In which other ways no figure could be made."""
    made = method.coded.estimates if method.coded else None
    there = {(one.variation, one.setting) for one in made.robustness} if made else set()
    missing = dict.fromkeys(pair for pair in (made.not_varied if made else ()) if pair not in there)
    return tuple(variation_name(*pair) for pair in missing)


def _varied(method: Method, block: Block) -> list[Claim]:
    """What was made in another way."""
    found = (method.varied(variable.id, "all", "phase") for variable in block.variables)
    return [one for pairs in found for _, others in pairs for one in others]


def _confusions(method: Method) -> list[dict[str, Any]]:
    """Of each question people's codes against the machine's labels in all coded documents, with shades of the rows' shares."""
    found = []
    for one in told_concord(method, False):
        table, asked = one.confusion.get("all", {}), method.coded and method.coded.variable(one.variable)
        if not table or not asked:
            continue
        given = {label for row in table.values() for label in row}
        labels = [*(code for code in asked.ids), *sorted(given - {*asked.ids, ""}), *(("",) if "" in given else ())]
        rows = []
        for code in asked.ids:
            row = table.get(code, {})
            total = sum(row.values())
            cells = [(n := row.get(label, 0), _shade(n, total), label == code) for label in labels]
            rows.append((code_name(method, one.variable, code), cells))
        n = sum(count for row in table.values() for count in row.values())
        heads = [label_name(method, one.variable, label) for label in labels]
        found.append({"name": method.names[one.variable], "labels": heads, "rows": rows, "n": n})
    return found


def _shade(n: int, total: int) -> int:
    """0 for nothing, to 5 for all of a row."""
    return -(-n * _SHADES // total) if total else 0
