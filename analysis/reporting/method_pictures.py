"""The pictures of the page on method in one language, wide and narrow."""

from collections.abc import Callable, Sequence

from analysis import charts
from analysis.charts import Look
from analysis.reporting.counting import Row
from analysis.reporting.method_contents import YES, Block, Method
from analysis.reporting.method_round import Claim
from analysis.reporting.method_steps import flow_steps
from analysis.reporting.method_tables import (
    enough,
    group_name,
    part_name,
    row_name,
    told_concord,
    variation_name,
)
from analysis.reporting.pictures import Picture, checked
from analysis.reporting.shown import visible
from analysis.reporting.words import Words

MOST = 8
"""So many groups of each dimension the picture of margins shows."""
_LONGEST = 60
"""So many rows at most a picture has; the table has all."""
GUIDES = (0.667, 0.8)


def method_pictures(method: Method, words: Words) -> dict[str, Picture]:
    """By name: flow, weights, margins, agreement, machine, estimates, of each block its parts of the frame, robustness;
    none where there is nothing to show."""
    drawn: dict[str, Callable[[bool], str]] = {}
    steps = [
        {
            "name": step.name.said(words.language),
            "n": step.n,
            "lost": [(said.said(words.language), n) for said, n in step.lost],
        }
        for step in flow_steps(method)
    ]
    if method.drawn:
        weights = method.drawn.weights
        drawn["method_flow"] = lambda narrow: charts.flow(steps, words, narrow)
        drawn["method_weights"] = lambda narrow: charts.weights(weights, words, narrow)
    figures: dict[str, tuple[Sequence[Row], Look]] = {
        "method_margins": _margins(method, words),
        "method_agreement": _agreement(method, words, True),
        "method_machine": _agreement(method, words, False),
    }
    figures["method_estimates"] = _estimates(method, words)
    figures |= {f"method_parts-{block.id}": _parts(method, block, words) for block in method.blocks}
    figures["method_robustness"] = _robustness(method, words)
    for name, (rows, look) in figures.items():
        if rows:
            drawn[name] = _doubts(rows, look, words)
    return {name: (checked(draw(False)), checked(draw(True))) for name, draw in drawn.items()}


def _doubts(rows: Sequence[Row], look: Look, words: Words) -> Callable[[bool], str]:
    shown = [
        {key: visible(value) if isinstance(value, str) else value for key, value in row.items()}
        for row in rows[:_LONGEST]
    ]
    return lambda narrow: charts.doubts(shown, look, words, narrow)


def _margins(method: Method, words: Words) -> tuple[list[Row], Look]:
    rows: list[Row] = []
    margins = method.drawn.margins if method.drawn else ()
    for dimension in dict.fromkeys(row["dimension"] for row in margins):
        of = [row for row in margins if row["dimension"] == dimension]
        if dimension != "phase":
            of = sorted(of, key=lambda row: -row["frame"])[:MOST]
        rows += [
            {
                "group": words.named("design", dimension),
                "name": group_name(method, dimension, row["value"]).said(words.language),
                "value": row["share"],
                "low": row["low"],
                "high": row["high"],
                "beside": row["frame"],
            }
            for row in of
        ]
    look = Look(
        words("chart.margins"),
        words("chart.figures.story", n=len(rows)),
        words("chart.margins.sign"),
        words("chart.margins.beside"),
        "line",
        alarm=words("chart.margins.alarm"),
    )
    return rows, look


def _agreement(method: Method, words: Words, people: bool) -> tuple[list[Row], Look]:
    rows: list[Row] = []
    for one in told_concord(method, people):
        for figure in one.figures:
            if figure.statistic != "alpha" or figure.code is not None or figure.value is None:
                continue
            if not enough(method, figure.language, figure.units):
                continue
            kind = "all" if figure.language is None else "language"
            whole = words("method.all_coded")
            name = part_name(method, kind, figure.language).said(words.language) if figure.language else whole
            counted = words("chart.n", n=figure.units, number=f"{figure.units:,}")
            rows.append(
                {
                    "group": method.names[one.variable].said(words.language),
                    "name": words("method.with_n", name=name, n=counted),
                    "value": figure.value,
                    "low": figure.low,
                    "high": figure.high,
                    "beside": None,
                }
            )
    least = min((row["low"] if row["low"] is not None else row["value"] for row in rows), default=0.0)
    look = Look(
        words("chart.agreement"),
        words("chart.figures.story", n=len(rows)),
        words("chart.agreement.sign"),
        shares=False,
        ends=(0.0 if least >= 0 else -1.0 if least < -0.5 else -0.5, 1.0),
        guides=GUIDES,
    )
    return rows, look


def _estimates(method: Method, words: Words) -> tuple[list[Row], Look]:
    """Shares in all of the frame, a panel for each question."""
    rows: list[Row] = []
    for block in method.blocks:
        of = [_row(method, one) for one in _claims(method, block, "all")]
        names = [row_name(method, block, one) for one in _claims(method, block, "all")]
        group = {"group": block.name.said(words.language)}
        rows += [row | group | {"name": name.said(words.language)} for row, name in zip(of, names, strict=True)]
    return rows, _of_estimates(rows, words)


def _parts(method: Method, block: Block, words: Words) -> tuple[list[Row], Look]:
    """Shares in parts of the frame: panels by part where a block is one question, else by question."""
    rows: list[Row] = []
    for one in (*_claims(method, block, "language"), *_claims(method, block, "phase")):
        part = part_name(method, one.kind, one.place).said(words.language)
        name = row_name(method, block, one).said(words.language)
        group, name = (part, name) if block.single else (name, part)
        rows.append(_row(method, one) | {"group": group, "name": name})
    if not block.single:  # a question's languages and phases stand together
        groups = list(dict.fromkeys(row["group"] for row in rows))
        rows.sort(key=lambda row: groups.index(row["group"]))
    return rows, _of_estimates(rows, words)


def _row(method: Method, claim: Claim) -> Row:
    alone = method.naive(claim)
    return {"value": claim.value, "low": claim.low, "high": claim.high, "beside": alone.value if alone else None}


def _of_estimates(rows: Sequence[Row], words: Words) -> Look:
    labelled = all(row["beside"] is not None for row in rows)
    return Look(
        words("chart.estimates"),
        words("chart.figures.story", n=len(rows)),
        words("chart.estimates.corrected" if labelled else "chart.estimates.codes"),
        words("chart.estimates.beside"),
    )


def _claims(method: Method, block: Block, kind: str) -> list[Claim]:
    """Shares of the codes of one question, part by part; of several the yes, question by question."""
    found = [one for variable in block.variables for one in method.best(variable.id, kind) if one.code is not None]
    if not block.single:
        return [one for one in found if one.code == YES]
    order = {code: place for place, code in enumerate(block.variables[0].ids)}
    return sorted(found, key=lambda one: (_number(one.place), order.get(one.code or "", 0)))


def _number(place: str | None) -> tuple[int, str]:
    return (int(place), "") if place and place.isdecimal() else (0, place or "")


def _robustness(method: Method, words: Words) -> tuple[list[Row], Look]:
    """Shares in all of the frame that were made in other ways, a panel for each."""
    rows: list[Row] = []
    for block in method.blocks:
        for base, others in (pair for variable in block.variables for pair in method.varied(variable.id, "all")):
            if not block.single and base.code != YES:
                continue
            name = row_name(method, block, base).said(words.language)
            title = words("method.name_part", name=block.name.said(words.language), part=name)
            rows += [
                {
                    "group": title if block.single else name,
                    "name": variation_name(one.variation, one.setting).said(words.language),
                    "value": one.value,
                    "low": one.low,
                    "high": one.high,
                    "beside": base.value,
                }
                for one in others
            ]
    look = Look(
        words("chart.robustness"),
        words("chart.figures.story", n=len(rows)),
        words("chart.robustness.sign"),
        words("chart.robustness.beside"),
        "line",
        alarm=words("chart.robustness.alarm"),
    )
    return rows, look
