"""Why a capture gave no document, as it may be published: without accounts, tokens, and what addresses ask for."""

import re
from dataclasses import replace
from urllib.parse import urljoin

from corpus.identity import Keys, canonical_url
from corpus.records import Capture, Observation, Rejection
from corpus.rednote.items import without_tokens
from corpus.stages.pseudonymise import mask, shows_account

_LOGIN = re.compile(r"//[^/?#]*@")


def plain(rejection: Rejection, capture: Capture, keys: Keys) -> Rejection:
    """``rejection`` of ``capture`` with a detail that leads to nobody."""
    if rejection.detail is None:
        return rejection
    if rejection.reason == "redirect":
        return replace(rejection, detail=_led_to(capture.url, rejection.detail))
    return replace(rejection, detail=_masked(rejection.detail, capture, keys))


def plainly(observation: Observation, capture: Capture, keys: Keys) -> Observation:
    """``observation`` with evidence that leads to nobody."""
    if observation.evidence is None:
        return observation
    return replace(observation, evidence=_masked(observation.evidence, capture, keys))


def _masked(text: str, capture: Capture, keys: Keys) -> str:
    return mask(without_tokens(text), capture.source_id, keys)


def _led_to(url: str, location: str) -> str | None:
    """Where a redirect leads, ``?…`` for its query; None where it leads to the same page by its query alone."""
    try:
        whole = urljoin(url, location)
        if shows_account(whole):
            return "[profile]"
        address, query, _ = _LOGIN.sub("//", location.partition("#")[0]).partition("?")
        if not query:
            return address
        same = canonical_url(whole) == canonical_url(url)
    except ValueError:
        return "[no address]"
    return None if same else f"{address}?…"
