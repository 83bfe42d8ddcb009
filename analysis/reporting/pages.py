"""Fill the templates of pages: one document in two languages, every string escaped."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.reporting.shown import visible

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def filled(template: str, title: str, contexts: Iterable[Mapping[str, Any]]) -> str:
    """The HTML document that holds the template once for each of ``contexts``, one a language."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: visible(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template(template)
    pages = [Markup(page.render(context)) for context in contexts]
    return environment.get_template("report.html.jinja").render(title=title, pages=pages)
