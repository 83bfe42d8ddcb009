"""Explain a study back to its maker before anything is asked: what, of whom, how often, and what is refused and why."""

import re
from pathlib import Path

from corpus.errors import RefusedError
from corpus.study import Outlet, SourceChoice, Study, forbid_key_place, load_events

Section = tuple[str, list[str]]
_EXAMPLE = re.compile(r"\bexample\.(org|com|net)\b|\.example\b")
_REFUSALS = (
    "Each host's robots.txt is asked for first, live, and kept in the archive. 404 and 410 mean that there is none;",
    "any other answer, none at all, or one that cannot be read forbids the host. There is no switch for that.",
    "A login wall, a captcha or a challenge stops the host for the run. Nothing logs in, solves or evades.",
    "No address outside the public internet is dialled, whatever a page, a redirect or a name server says{but}.",
    "No image, audio or video is fetched; no cookie is sent.",
    "429 and 503 pause the host for as long as it asks, or longer each time; one that keeps refusing is closed.",
)


def explain(study: Study) -> list[Section]:
    """What the study will do, as titled sections of lines. Raises UserError where a companion file has faults."""
    return [
        ("The study", _about(study)),
        ("What is looked for", _wanted(study)),
        *((f"Source {choice.id}", _source(study, choice)) for choice in study.file.source),
        ("How it is asked", _manner(study)),
        ("What is refused, and why", _refused(study)),
        ("Where everything is written", _places(study)),
        ("To settle before you crawl", _open_points(study) or ["nothing"]),
    ]


def _about(study: Study) -> list[str]:
    about = study.file.study
    return [
        f"{about.title} ({about.id})",
        f"purpose: {about.purpose}",
        f"contact, sent with every request: {about.contact}",
        f"legal basis: {about.legal_basis}",
        f"ethics: {about.ethics or 'not stated'}",
        f"kept until: {about.retention or 'not stated'}",
    ]


def _wanted(study: Study) -> list[str]:
    window, queries = study.file.window, study.file.queries
    words = [*queries.zh, *queries.en]
    lines = [f"documents of {window.start} to {window.end}, both included, as days of {window.zone}"]
    if queries.select == "all":
        lines.append("every page that a source lists is asked for; the words select nothing")
    elif words:
        lines.append(
            f"pages whose listed title holds one of: {', '.join(words)}; and pages that are listed without a title"
        )
    else:
        lines.append("no words: of pages listed with a title none is asked for, of those without one all")
    events = study.document_file("events")
    if events:
        lines.append(f"{len(load_events(events))} dated events in {events.name}")
    return lines


def _source(study: Study, choice: SourceChoice) -> list[str]:
    outlet = study.outlets[choice.id]
    lines = [
        f"{outlet.name}: {outlet.kind}, owner {outlet.owner.value} as of {outlet.owner.as_of} ({outlet.owner.source});"
        f" {outlet.country.value}; {', '.join(outlet.languages)}",
        f"hosts: {', '.join(outlet.hosts)}",
    ]
    if not outlet.addresses:
        topics = {"platform": ", topic or single page", "archive": " or endpoint"}.get(outlet.kind, " or front page")
        lines.append(f"nothing is crawled: its file names no feed, sitemap{topics}")
        lines.append("bring captures that you made yourself: `huanying import FILE`")
    else:
        lines += [f"{key.removesuffix('s')}: {url}" for key, _, url in outlet.addresses]
        pages = choice.pages or study.file.budget.pages_per_host
        pause = max(study.file.politeness.delay, outlet.delay or 0.0)
        length = _duration(pages * pause)
        if outlet.kind == "archive":
            lines.append(f"asked for what it holds of: {', '.join(_of_news(study)) or 'no news source: nothing'}")
        lines.append(f"at most {pages} pages a run, {pause:g} s or more apart: {length} or more for that many")
        lines.append(_tried(outlet))
        lines += [
            f"served on this machine: {host} at {study.file.loopback[host]}"
            for host in outlet.hosts
            if host in study.file.loopback
        ]
    if outlet.kind == "platform":
        lines.append(
            "where its robots.txt forbids crawlers no page of it is crawled, and the crawl quotes the rule:"
            " import what you captured yourself, `huanying import FILE`"
        )
    if outlet.kind == "archive":
        lines.append("its own robots.txt decides, not that of the hosts whose pages it holds")
    if outlet.browser:
        lines.append(
            f"pages are rendered in a browser; it may also ask: {', '.join(outlet.browser_hosts) or 'no other host'};"
            " no image, audio, video or font"
        )
        lines.append(f"a page is scrolled at most {study.file.budget.scrolls} times for what it loads only then")
    if outlet.note:
        lines.append(f"note: {outlet.note}")
    return lines


def _of_news(study: Study) -> list[str]:
    return [name for name, outlet in sorted(study.outlets.items()) if outlet.kind == "news"]


def _tried(outlet: Outlet) -> str:
    if outlet.tried is None:
        return "UNTRIED: nobody has said that these addresses answer; the first run will tell"
    return f"addresses last seen to answer on {outlet.tried}"


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes / 60:.1f} h" if minutes >= 90 else f"{minutes:.0f} min"


def _manner(study: Study) -> list[str]:
    politeness, budget = study.file.politeness, study.file.budget
    return [
        f"one connection a host, {politeness.delay:g} s or more between two requests;"
        " a host's Crawl-delay and Retry-After count where they ask for more",
        f"{politeness.timeout:g} s at most for an answer, {politeness.body_mib} MiB for a body",
        f"{budget.pages_per_host} pages a host, {budget.pages_per_pattern} of addresses alike but for digits,"
        f" {budget.depth} links deep, {budget.attempts} attempts a page",
    ]


def _refused(study: Study) -> list[str]:
    served = len(study.file.loopback)
    but = f", but for the {served} names that [loopback] serves at one port each of this machine" if served else ""
    return [line.format(but=but) for line in _REFUSALS]


def _places(study: Study) -> list[str]:
    return [
        f"captures: {study.archive_folder} (private: it is never released)",
        f"corpus: {study.corpus_folder}",
        f"report: {study.report_folder}",
        f"logs: {study.log_folder}",
        f"key: {study.key_path} ({_key_state(study)})",
    ]


def _key_state(study: Study) -> str:
    try:
        forbid_key_place(study.key_path, study.folder)
    except RefusedError as error:
        return f"REFUSED: {error.what}; {error.hint}"
    if not study.key_path.exists():
        return "made at first use; keep a copy apart: without it no id can be made again"
    return "there; keep a copy apart"


def _open_points(study: Study) -> list[str]:
    """What loads, and is yet no study that should run."""
    points = []
    if _EXAMPLE.search(study.file.study.contact) and not study.file.loopback:
        points.append("study.contact is the example: write an address at which you can be reached")
    if not study.file.source:
        points.append("no [[source]] is named: there is nothing to crawl and nothing that imports could belong to")
    untried = [
        choice.id
        for choice in study.file.source
        if study.outlets[choice.id].addresses and not study.outlets[choice.id].tried
    ]
    if untried:
        points.append(f"untried: {', '.join(untried)}; try one source alone first: `huanying crawl {untried[0]}`")
    if not study.file.study.ethics:
        points.append("study.ethics is empty")
    if _inside_git(study.folder):
        points.append("the study lies in a git tree: keep archive/, corpus/, report/ and log/ out of it")
    return points


def _inside_git(folder: Path) -> bool:
    here = folder.resolve()
    return any((place / ".git").exists() for place in (here, *here.parents))
