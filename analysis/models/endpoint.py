"""Ask an endpoint that speaks as OpenAI's chat completions do, within bounds of number, cost, pace and patience."""

import email.utils
import importlib
import json
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

from analysis.models.settings import Limits
from corpus.errors import UserError
from corpus.strictjson import JSONFault, read_json

_ANSWER_BYTES = 4 << 20
_TRY_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_NOT_YOURS = frozenset({401, 402, 403})
_IN_A_ROW = 5
"""So many questions one after the other without an answer end the run: whoever does not answer is not asked 400,000 times."""
_WORD = re.compile(r"^[A-Za-z][A-Za-z0-9_.-]{0,60}$")
_FILTERED = re.compile(r"content_?filter|content_policy|data_inspection|sensitive", re.IGNORECASE)


class Ended(Exception):
    """Nothing more is asked in this run; `reason` is what is written for what was not asked."""

    def __init__(self, reason: str, note: str) -> None:
        super().__init__(note)
        self.reason, self.note = reason, note


@dataclass(slots=True)
class Spent:
    """What a run has cost so far."""

    requests: int = 0
    tokens: int = 0
    again: int = 0
    """Requests that repeated one that had failed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came. `refused`: the endpoint or the model declined; `cut`: it ran into the bound of its length."""

    content: str = ""
    refused: bool = False
    cut: bool = False
    model: str | None = None
    """The model that says it has answered."""
    tokens: int | None = None


@dataclass
class Endpoint:
    """One run's conversation with an endpoint, entered as often as there is something to ask; threads may share it."""

    address: str
    limits: Limits
    key: str | None = None
    spent: Spent = field(default_factory=Spent)
    sleep: Callable[[float], None] = time.sleep
    _next: float = 0.0
    _silent: int = 0
    _answered: bool = False
    _ended: Ended | UserError | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Raises UserError where httpx is not installed."""
        try:
            self._httpx = importlib.import_module("httpx")
        except ImportError as error:
            raise UserError("httpx is not installed", hint="pip install 'huanying[llm]'") from error

    def __enter__(self) -> "Endpoint":
        """Ready to ask. Neither proxies nor passwords of the environment: only the study says where texts go."""
        for name in ("httpx", "httpcore"):  # they log the headers of answers, and who answers may repeat the key
            logging.getLogger(name).setLevel(logging.WARNING)
        self._client = self._httpx.Client(
            timeout=self.limits.timeout, trust_env=False, follow_redirects=False, headers=self._headers()
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def _headers(self) -> dict[str, str]:
        known = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "huanying"}
        return known | ({"Authorization": f"Bearer {self.key}"} if self.key else {})

    def ask(self, body: Mapping[str, Any]) -> Reply | None:
        """The answer to ``body``, or None where none came after all attempts.

        Raises Ended where a bound of the run is reached, UserError where every other question would fail likewise.
        """
        data, signs = json.dumps(body).encode(), len(json.dumps(body, ensure_ascii=False))
        wait, last = 0.0, "no whole answer came"
        for attempt in range(self.limits.attempts):
            if wait:
                self.sleep(wait)
            self._take_turn(again=attempt > 0)
            status, headers, raw = self._send(data)
            last = self._without_key(_told(status, raw))
            if status == 200 and (reply := _reply(raw)) is not None:
                return self._counted(reply, signs)
            if status in _TRY_AGAIN or status in (0, 200):
                wait = max(self.limits.pause * 2**attempt, _asked_pause(headers))
                if wait > self.limits.longest_pause:
                    break
                continue
            if (settled := self._settle(status, raw)) is not None:
                return settled
            break
        self._no_answer(last)
        return None

    def _take_turn(self, again: bool) -> None:
        """Wait for the next place in the row of requests, and count it; raises Ended where there is none left."""
        with self._lock:
            if self._ended:
                raise self._ended
            limits, spent = self.limits, self.spent
            if spent.requests >= limits.requests or spent.tokens >= limits.tokens:
                what = f"{limits.requests} requests" if spent.requests >= limits.requests else f"{limits.tokens} tokens"
                self._end(Ended("budget", f"the run's budget of {what} is used up"))
            spent.requests += 1
            spent.again += again
            now = time.monotonic()
            mine = max(now, self._next)
            self._next = mine + 60 / limits.requests_per_minute
        if mine > now:
            self.sleep(mine - now)

    def _send(self, data: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Status (0: no whole answer came), headers and body. The time for all of it together is bounded."""
        until = time.monotonic() + self.limits.timeout
        url, kind = f"{self.address.rstrip('/')}/chat/completions", {"Content-Type": "application/json"}
        try:
            with self._client.stream("POST", url, content=data, headers=kind) as answer:
                body = bytearray()
                for piece in answer.iter_raw():
                    body += piece
                    if len(body) > _ANSWER_BYTES or time.monotonic() > until:
                        return 0, answer.headers, b""
                return answer.status_code, answer.headers, bytes(body)
        except (self._httpx.HTTPError, self._httpx.InvalidURL):
            return 0, {}, b""

    def _without_key(self, told: str) -> str:
        """An endpoint may repeat the key in what it says; it is not kept."""
        return told.replace(self.key, "[key]") if self.key else told

    def _counted(self, reply: Reply, asked: int) -> Reply:
        with self._lock:
            self.spent.tokens += asked + len(reply.content) if reply.tokens is None else reply.tokens
            self._silent, self._answered = 0, True
        model = None if reply.model is None else self._without_key(reply.model)
        return replace(reply, content=self._without_key(reply.content), model=model)

    def _settle(self, status: int, raw: bytes) -> Reply | None:
        """What an error means that asking again would not change."""
        word = _error_word(raw)
        if word and _FILTERED.search(word):
            return self._counted(Reply(refused=True, tokens=0), 0)
        host = urlsplit(self.address).hostname
        told = self._without_key(f"{host}: {_told(status, raw)}")
        if status in _NOT_YOURS:
            self._end(
                UserError(f"{told}: it does not let you in", hint="is the key in the variable that key_from names?")
            )
        if status == 404 or 300 <= status < 400:
            hint = "models.toml: endpoint, without /chat/completions, and model"
            self._end(UserError(f"{told}: not the endpoint", hint=hint))
        return None

    def _end(self, why: Ended | UserError) -> NoReturn:
        """From now on nobody gets a turn any more: other threads hear the same."""
        self._ended = why
        raise why

    def _no_answer(self, last: str) -> None:
        with self._lock:
            self._silent += 1
            if self._silent < _IN_A_ROW:
                return
            host = urlsplit(self.address).hostname
            if not self._answered:
                hint = "does it run, and do `model` and `parameters` suit it?"
                self._end(UserError(f"{host} does not answer: {last}", hint=hint))
            self._end(Ended("no_answer", f"{host} stopped answering: {last}"))


def _reply(raw: bytes) -> Reply | None:
    """The first choice of an answer; None where it is no such answer, or was cut off on its way."""
    try:
        answer = read_json(raw, limit=_ANSWER_BYTES)
    except JSONFault:
        return None
    choices = answer.get("choices") if isinstance(answer, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    if not isinstance(answer, dict) or not isinstance(first, dict) or not isinstance(message, dict):
        return None
    content, usage, model = message.get("content"), answer.get("usage"), answer.get("model")
    tokens = usage.get("total_tokens") if isinstance(usage, dict) else None
    finish = first.get("finish_reason")
    return Reply(
        content if isinstance(content, str) else "",
        bool(message.get("refusal")) or finish == "content_filter",
        finish == "length",
        model if isinstance(model, str) else None,
        tokens if isinstance(tokens, int) and tokens >= 0 else None,
    )


def _told(status: int, raw: bytes) -> str:
    word = _error_word(raw)
    return f"it answers {status}" + (f" ({word})" if word else "") if status else "no whole answer came"


def _error_word(raw: bytes) -> str | None:
    """The code or type of an error where it is one plain word; what else it says may repeat secrets or texts."""
    try:
        answer = read_json(raw, limit=_ANSWER_BYTES)
    except JSONFault:
        return None
    error = answer.get("error") if isinstance(answer, dict) else None
    words = [error.get("code"), error.get("type")] if isinstance(error, dict) else []
    return next((one for one in words if isinstance(one, str) and _WORD.match(one)), None)


def _asked_pause(headers: Mapping[str, str]) -> float:
    """Seconds that a Retry-After asks for, as a number or as a date; 0 where it asks for none."""
    told = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", told):
        return float(told)
    try:
        when = email.utils.parsedate_to_datetime(told)
    except ValueError:
        return 0.0
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max((when - datetime.now(UTC)).total_seconds(), 0.0)
