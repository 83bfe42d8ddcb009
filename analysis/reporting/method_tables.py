"""The tables of the page on method, each figure of the estimates with the name of its claim."""

from typing import Any

from analysis.reporting.corrections import LEAST_CODED
from analysis.reporting.method_contents import Block, Method
from analysis.reporting.method_round import Claim, Concord
from analysis.reporting.method_steps import both, flow_steps
from analysis.reporting.shown import share
from analysis.reporting.tables import Claimed, Name, Table, named, own_name
from analysis.reporting.words import LANGUAGES, Words, minus


def method_tables(method: Method) -> dict[str, Table]:
    """All of them by name, also those without rows."""
    made = (
        _flow(method),
        _strata(method),
        _weights(method),
        _margins(method),
        _agreement(method),
        _confusion(method),
        _estimates(method),
        _robustness(method),
        _draws(method),
    )
    return {table.name: table for table in made}


def decimal(value: float | None) -> Name | None:
    """A number that is no share, with two decimals; downloads hold all of it."""
    return None if value is None else Name(repr(value), *[minus(f"{value:.2f}")] * 2)


def code_name(method: Method, variable: str, code: str | None) -> Name:
    """What a code is called."""
    if code is None:
        return both(lambda words: words("method.mean"), "mean")
    asked = method.coded.variable(variable) if method.coded else None
    found = next((one for one in asked.code if one.id == code), None) if asked else None
    return Name(code, found.label_en, found.label_zh) if found else own_name(code)


def row_name(method: Method, block: Block, claim: Claim) -> Name:
    """What a figure is called within its block."""
    return code_name(method, claim.variable, claim.code) if block.single else method.names[claim.variable]


def part_name(method: Method, kind: str, place: str | None) -> Name:
    """What a part of the frame is called."""
    if kind == "language":
        return named("language", place) or own_name("und")
    if kind == "phase" and method.coded and method.coded.estimates:
        first, last = method.coded.estimates.phases[str(place)]
        return both(
            lambda words: words("corrected.phase", n=place, first=words.day(first), last=words.day(last)),
            f"phase {place}",
        )
    return both(lambda words: words("corrected.all"), "all")


def variation_name(variation: str | None, setting: str | None) -> Name:
    """In which other way a figure was made."""
    raw, key = f"{variation} {setting or ''}".strip(), f"variation.{variation}"
    return both(lambda words: words(key, setting=setting or ""), raw) if Words("en").has(key) else own_name(raw)


def group_name(method: Method, dimension: str, value: str | None) -> Name:
    """What a value of a dimension of the margins is called."""
    if value is None:
        return both(lambda words: words("method.unknown"), "")
    if dimension == "phase":
        first, last = method.drawn.phases[value] if method.drawn else (None, None)
        if first and last:
            days = {"first": first, "last": last}
            return both(
                lambda words: words("corrected.phase", n=value, **{k: words.day(v) for k, v in days.items()}),
                f"phase {value}",
            )
    if dimension == "stratum":
        return stratum_name(method, value)
    if dimension in ("source", "platform") and value in method.study.outlets:
        return Name(value, *[method.study.outlets[value].name] * 2)
    return named({"platform": "kind"}.get(dimension, dimension), value) or own_name(value)


def told_concord(method: Method, people: bool) -> list[Concord]:
    """Agreement of coders, or of people and machine."""
    return [one for one in method.coded.agreement if one.people == people] if method.coded else []


def without_alpha(method: Method, people: bool) -> list[Name]:
    """Where alpha is not defined, as all codes are the same: question, part of the frame, number of documents."""
    found = []
    for one in told_concord(method, people):
        for figure in one.figures:
            if figure.statistic != "alpha" or figure.code is not None or figure.value is not None or not figure.units:
                continue
            if enough(method, figure.language, figure.units):
                part = part_name(method, "language", figure.language) if figure.language else None
                found.append(_counted(method.names[one.variable], part, figure.units))
    return found


def _counted(name: Name, part: Name | None, n: int) -> Name:
    """A question, or it in a part of the frame, with a number of documents."""
    told = []
    for language in LANGUAGES:
        words, said = Words(language), name.said(language)
        if part:
            said = words("method.name_part", name=said, part=part.said(language))
        told.append(words("method.with_n", name=said, n=words("chart.n", n=n, number=f"{n:,}")))
    return Name(name.raw, *told)


def unlabelled(method: Method) -> list[Name]:
    """Of each question, where there are any, the coded documents that have no label of the machine among its codes."""
    found = []
    for one in told_concord(method, False):
        asked, table = method.coded and method.coded.variable(one.variable), one.confusion.get("all", {})
        given = [(label, n) for row in table.values() for label, n in row.items()]
        every = sum(n for _, n in given)
        n = sum(n for label, n in given if not asked or label not in asked.ids)
        if n:
            name = method.names[one.variable]
            told = (Words(one)("method.unlabelled.of", name=name.said(one), n=n, all=every) for one in LANGUAGES)
            found.append(Name(name.raw, *told))
    return found


def no_label(method: Method) -> list[Name]:
    """Of each question the share of the frame that the machine gave none of its codes, where there is any."""
    found = []
    for block in method.blocks:
        for variable in block.variables if method.coded and method.coded.estimates else ():
            name = block.name if block.single else method.names[variable.id]
            made = method.coded.estimates.naive(variable.id, "all") if method.coded and method.coded.estimates else {}
            shares = {code: made[None, code].value for code in variable.ids if (None, code) in made}
            rest = 1.0 - sum(shares.values())
            if set(shares) == set(variable.ids) and rest > 0.0005:
                told = (Words(one)("method.no_label.of", name=name.said(one), share=share(rest)) for one in LANGUAGES)
                found.append(Name(variable.id, *told))
    return found


def _flow(method: Method) -> Table:
    rows: list[tuple[Any, ...]] = []
    for step in flow_steps(method):
        rows.append((step.name, step.n, None))
        rows += [(step.name, n, reason) for reason, n in step.lost]
    return Table("method_flow", ("step", "n", "left_out"), rows)


def _strata(method: Method) -> Table:
    rows = [
        (stratum_name(method, one["stratum"]), one["wave"], one["N"], one["n"], one["rate"])
        for one in (method.drawn.strata if method.drawn else ())
    ]
    return Table("method_strata", ("stratum", "wave", "units_there", "drawn", "chance"), rows)


def stratum_name(method: Method, stratum: str) -> Name:
    """What a stratum is called: its values, each by its vocabulary, where the plan names as many."""
    design = method.drawn.plan.design if method.drawn else None
    names: list[str] = list(design.strata) if design else []
    if design and design.method == "temporal" and design.by not in names:
        names.insert(0, design.by)
    values = stratum.split("/")
    if len(values) != len(names):
        return own_name(stratum)
    told = [
        named(name, value) or own_name(value) if name in ("language", "script", "kind", "owner") else own_name(value)
        for name, value in zip(names, values, strict=True)
    ]
    return Name(stratum, *(" · ".join(one.said(language) for one in told) for language in LANGUAGES))


def _weights(method: Method) -> Table:
    rows = [
        (decimal(one["low"]), decimal(one["high"]), one["n"]) for one in (method.drawn.weights if method.drawn else ())
    ]
    return Table("method_weights", ("weight_low", "weight_high", "n"), rows)


def _margins(method: Method) -> Table:
    columns = ("dimension", "group", "frame_share", "weighted_share", "low", "high", "difference", "plain_share", "n")
    rows = [
        (
            named("design", one["dimension"]),
            group_name(method, one["dimension"], one["value"]),
            *(one[name] for name in ("frame", "share", "low", "high")),
            decimal(one["difference"]),
            one["plain"],
            one["n"],
        )
        for one in (method.drawn.margins if method.drawn else ())
    ]
    return Table("method_margins", columns, rows, 2)


def _agreement(method: Method) -> Table:
    rows: list[tuple[Any, ...]] = []
    for people in (True, False):
        for one in told_concord(method, people):
            for figure in one.figures:
                if not enough(method, figure.language, figure.units):
                    continue
                kind = "all" if figure.language is None else "language"
                code = code_name(method, one.variable, figure.code) if figure.code else None
                ends = (decimal(figure.value), decimal(figure.low), decimal(figure.high))
                measure = named("statistic", figure.statistic)
                head = (method.names[one.variable], named("between", one.between))
                rows.append((*head, part_name(method, kind, figure.language), code, measure, *ends, figure.units))
    columns = ("variable", "between", "part", "code", "statistic", "agreement", "low", "high", "agreed_on")
    return Table("method_agreement", columns, rows, 2)


def enough(method: Method, language: str | None, units: int) -> bool:
    """Whether agreement on so many documents is told, of all or within a language."""
    return (language is None or ("language", language) in method.parts) and units >= LEAST_CODED


def _confusion(method: Method) -> Table:
    rows: list[tuple[Any, ...]] = []
    for one in told_concord(method, False):
        for language, table in one.confusion.items():
            place = None if language == "all" else language
            if not enough(method, place, sum(n for row in table.values() for n in row.values())):
                continue
            part = part_name(method, "all" if place is None else "language", place)
            head = (method.names[one.variable], part)
            for code, given in table.items():
                said = code_name(method, one.variable, code)
                rows += [(*head, said, label_name(method, one.variable, label), n) for label, n in given.items()]
    return Table("method_confusion", ("variable", "part", "people_say", "machine_says", "n"), rows, 3)


def label_name(method: Method, variable: str, label: str) -> Name:
    """What a label of the machine is called; it may be none of the codes, or none at all."""
    if not label:
        return both(lambda words: words("method.no_label"), "")
    known = code_name(method, variable, label)
    names = (known, named(variable, label), named("stance", label))  # what abstains is unknown, whatever was asked
    return next((one for one in names if one and (one.en, one.zh) != (label, label)), known)


def _share(claim: Claim) -> Claimed:
    return Claimed(claim.value, claim.name)


def _estimates(method: Method) -> Table:
    rows: list[tuple[Any, ...]] = []
    for block in method.blocks:
        for variable in block.variables:
            for one in method.beside(variable.id, "all", "language", "phase"):
                alone = method.naive(one)
                rows.append(
                    (
                        method.names[one.variable],
                        code_name(method, one.variable, one.code),
                        part_name(method, one.kind, one.place),
                        _share(one),
                        *_ends(one),
                        one.n,
                        None if one.n_eff is None else decimal(one.n_eff),
                        _share(alone) if alone else None,
                        named("method.by", one.by),
                        one.name,
                    )
                )
    columns = ("variable", "code", "part", "estimate", "low", "high", "coded", "worth", "alone", "by", "claim")
    return Table("method_estimates", columns, rows, 3)


def _ends(claim: Claim) -> tuple[Any, Any]:
    if claim.code is None:
        return decimal(claim.low), decimal(claim.high)
    return claim.low, claim.high


def _robustness(method: Method) -> Table:
    rows: list[tuple[Any, ...]] = []
    for block in method.blocks:
        for variable in block.variables:
            for base, others in method.varied(variable.id, "all", "phase"):
                for one in others:
                    head = (method.names[one.variable], code_name(method, one.variable, one.code))
                    part = part_name(method, one.kind, one.place)
                    figures = (_share(base), _share(one), one.low, one.high, one.n)
                    rows.append((*head, part, variation_name(one.variation, one.setting), *figures, one.name))
    columns = ("variable", "code", "part", "variation", "stands", "estimate", "low", "high", "coded", "claim")
    return Table("method_robustness", columns, rows, 4)


def _draws(method: Method) -> Table:
    rows = [
        (
            one.name,
            one.day,
            one.n,
            named("draw", "shown" if method.shown and one.draw_id == method.shown.draw_id else one.state),
            one.reason,
            one.draw_id[:12],
        )
        for one in reversed(method.draws)
    ]
    return Table("method_draws", ("name", "drawn_on", "n", "draw_state", "why", "draw"), rows)
