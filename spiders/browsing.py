"""Renders pages in Chromium, every request of which goes through the safeguards of all others."""

import asyncio
import itertools
import logging
import os
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from playwright.async_api import CDPSession, Page
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request as PageRequest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse, Response
from scrapy_playwright.handler import Config, ScrapyPlaywrightDownloadHandler
from scrapy_playwright.provider import PlaywrightBrowserProvider

from corpus.chromium import Chromium, find
from spiders.failures import Answered, Unrendered
from spiders.guard import GuardHandler
from spiders.hosts import Hosts, origin_of
from spiders.load import Load
from spiders.parts import BROKEN, Lines, Memory, Parts
from spiders.proxy import Certificate, Proxy
from spiders.refusals import Refused
from spiders.settling import scroll, settle

WINDOWS = 4
"""Pages that are rendered at one moment."""
_USES = 50
"""Loads after which a window is opened anew, so that what a browser keeps of pages does not grow."""
_CLOSING = 10.0
_NO_RULE = frozenset({"budget", "failed", "kind"})
_log = logging.getLogger(__name__)
# Nothing that Chromium does by itself: no look-up of names, no way beside the proxy, no pictures or fonts.
_ARGUMENTS = (
    "--blink-settings=imagesEnabled=false",
    "--disable-background-networking",
    "--disable-domain-reliability",
    "--disable-gpu",
    "--disable-quic",
    "--disable-remote-fonts",
    "--dns-prefetch-disable",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--no-pings",
)
# Windows are used again, and a process for each new page would cost more than the page: a window has few, for all sites.
# There is nothing in it to be kept from another site: no login, no cookie, and the page before is forgotten.
_SHARING = ("--disable-site-isolation-trials", f"--renderer-process-limit={WINDOWS}")
_AFRESH = "if (top === self) try { localStorage.clear(); sessionStorage.clear(); window.name = '' } catch { }"
"""Runs before any script of a page: what the page before it wrote as it was left could not be forgotten earlier."""


class Browsing(GuardHandler):
    """Download handler for http and https: a request with ``meta["browser"]`` is rendered, any other goes the plain way.

    The page itself is asked for first, as a part of its own load; only a page of HTML that came with 2xx is shown to a
    browser, which is then given these very bytes. Anything else (a redirect, an error, a file) is the answer as it is.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._crawler = crawler

    async def download_request(self, request: Request) -> Response:
        if not request.meta.get("browser"):
            return await super().download_request(request)
        load = request.meta.get("load")
        if not isinstance(load, Load):
            raise Refused("turn", "a page load without a turn")
        return await _browser_of(self._crawler).render(request, load)

    async def close(self) -> None:
        await super().close()
        browser = _browsers.pop(self._crawler, None)
        if browser is not None:
            await browser.close()


def _browser_of(crawler: Crawler) -> "Browser":
    if crawler not in _browsers:
        _browsers[crawler] = Browser(crawler)
    return _browsers[crawler]


_browsers: "WeakKeyDictionary[Crawler, Browser]" = WeakKeyDictionary()
"""One for each crawler, shared by its two schemes; started when the first page is rendered."""


@dataclass(slots=True, eq=False)
class _Window:
    """A browser context with one page and a proxy of its own: so a request's load is known by where it comes in."""

    page: Page
    proxy: Proxy
    session: CDPSession
    uses: int = 0
    spent: bool = False
    """Whether something may be left of a page that cannot be forgotten, so that it is not to be used again."""
    moves: list[str] = field(default_factory=list)
    """Addresses to which the browser was sent in this load: the first by us, any further by the page itself."""

    def watch(self) -> None:
        def went(request: PageRequest) -> None:
            if request.is_navigation_request() and request.frame == self.page.main_frame:
                self.moves.append(request.url)

        def grew(_: Page) -> None:
            self.spent = True

        self.page.on("request", went)
        self.page.on("popup", grew)


class Browser:
    """Chromium through scrapy-playwright, with windows that are used again once everything of a page is forgotten."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.hosts: Hosts = crawler.settings["SHARED"].hosts
        self.memory, self.lines = Memory(), Lines()
        self.certificate = Certificate()
        self.denied = Proxy(self.certificate)
        self._places: asyncio.LifoQueue[_Window | None] = asyncio.LifoQueue()
        for _ in range(WINDOWS):
            self._places.put_nowait(None)
        self._all: set[_Window] = set()
        self._starting = asyncio.Lock()
        self._missing = False
        self._handler: ScrapyPlaywrightDownloadHandler | None = None
        self._tidying: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count()

    async def render(self, request: Request, load: Load) -> Response:
        """The page as its scripts have made it, flagged ``rendered``; or its answer as it came, if it is no page.

        Raises Unrendered where the browser fails; Answered where the page sends the browser elsewhere; and whatever
        the page's own answer, or one that turned us away, raised.
        """
        handler = await self._started()
        load.start()
        assert self.crawler.engine is not None
        parts = Parts(self.crawler.engine, load, request, self.memory, self.lines)
        main = await parts.main()
        request.meta["download_latency"] = main.request.meta.get("download_latency", 0.0) if main.request else 0.0
        if not _is_page(main):
            return main.replace(request=request)
        body = (await self._in_turn(handler, load, parts)).encode("utf-8", "replace")
        limit = load.size // 4
        flags = BROKEN.intersection(main.flags) | ({"download_stopped"} if load.cut or len(body) > limit else set())
        return HtmlResponse(
            request.url,
            status=main.status,
            headers={"Content-Type": "text/html; charset=utf-8"},
            body=body[:limit],
            encoding="utf-8",
            request=request,
            flags=["rendered", *sorted(flags)],
        )

    async def _in_turn(self, handler: ScrapyPlaywrightDownloadHandler, load: Load, parts: Parts) -> str:
        """Draw the page in the next window that is free."""
        window, used = await self._places.get(), False
        try:
            load.start()
            window, used = window or await self._open(handler, load), True
            return await self._draw(window, load, parts)
        finally:
            self._note(load)
            self._give_back(window, load if used else None)

    def _note(self, load: Load) -> None:
        """Put on record what the page was refused; but for pictures and the like, which no rule of anybody's forbids."""
        for reason, count in sorted(load.refused.items()):
            if reason not in _NO_RULE:
                told = f"{count} requests of a page in the browser"
                self.hosts.note(origin_of(load.url), "refused", reason, told)

    async def _draw(self, window: _Window, load: Load, parts: Parts) -> str:
        window.proxy.answerer = parts
        done = False
        try:
            content = await load.run(asyncio.ensure_future(_content(window, load)))
            done = True
            return content
        except (PlaywrightError, TimeoutError) as error:
            if load.error is not None:
                raise load.error from error
            if window.moves[1:]:
                raise Answered(200, window.moves[-1]) from error
            raise _failed(_word(error), error, load) from error
        finally:
            window.spent = window.spent or not done
            load.over = True
            window.proxy.answerer = None
            window.proxy.drop()
            await _ended(load)

    # Windows.

    async def _open(self, handler: ScrapyPlaywrightDownloadHandler, load: Load) -> _Window:
        try:
            async with asyncio.timeout(load.left):
                return await self._opened(handler)
        except (PlaywrightError, TimeoutError) as error:
            raise _failed("browser_start", error, load) from error

    async def _opened(self, handler: ScrapyPlaywrightDownloadHandler) -> _Window:
        name = f"window-{next(self._numbers)}"
        proxy = Proxy(self.certificate)
        await proxy.start()
        try:
            window = await self._window(handler, name, proxy)
        except BaseException:
            await proxy.close()
            raise
        self._all.add(window)
        return window

    async def _window(self, handler: ScrapyPlaywrightDownloadHandler, name: str, proxy: Proxy) -> _Window:
        request = Request(
            "about:blank",
            meta={
                "playwright": True,
                "playwright_include_page": True,
                "playwright_context": name,
                "playwright_context_kwargs": {
                    "accept_downloads": False,
                    "locale": "en-US",
                    "proxy": {"server": proxy.url, "bypass": "<-loopback>"},
                    "service_workers": "block",
                    "timezone_id": "UTC",
                    "user_agent": self.crawler.settings["USER_AGENT"],
                },
            },
        )
        await handler.download_request(request)
        page: Page = request.meta["playwright_page"]
        await page.unroute("**")  # what it may ask is for the proxy to say; each detour by this process costs time
        await page.context.add_init_script(_AFRESH)
        window = _Window(page, proxy, await page.context.new_cdp_session(page))
        window.watch()
        return window

    def _give_back(self, window: _Window | None, load: Load | None) -> None:
        """Free the place at once where no page was drawn, else (by `load`) when nothing is left of it."""
        if window is None or load is None:
            self._places.put_nowait(window)
            return
        task = asyncio.ensure_future(self._tidy(window, load))
        self._tidying.add(task)
        task.add_done_callback(self._tidying.discard)

    async def _tidy(self, window: _Window, load: Load) -> None:
        """Forget all that the page has left, or close a window of which that cannot be known."""
        window.uses += 1
        left: _Window | None = None
        try:
            if not window.spent and window.uses < _USES:
                with suppress(PlaywrightError, TimeoutError):
                    async with asyncio.timeout(_CLOSING):
                        await _forget(window, load)
                        left = window
            if left is None:
                await self._close(window)
        finally:
            self._places.put_nowait(left)

    async def _close(self, window: _Window) -> None:
        self._all.discard(window)
        try:
            with suppress(PlaywrightError, TimeoutError):
                async with asyncio.timeout(_CLOSING):
                    await window.page.context.close()
        finally:
            await window.proxy.close()

    # The browser itself.

    async def _started(self) -> ScrapyPlaywrightDownloadHandler:
        async with self._starting:
            if self._handler is None:
                found = None if self._missing else await asyncio.to_thread(find)
                if not isinstance(found, Chromium):
                    if found is not None:
                        _log.error("%s", found)
                    self._missing = True
                    raise Unrendered("no_browser")
                if self.denied.closed:
                    await self.denied.start()
                handler = ScrapyPlaywrightDownloadHandler(self.crawler)
                logging.getLogger("scrapy-playwright").setLevel(logging.ERROR)  # it warns of what is dealt with here
                handler.config = _config(found, self.certificate, self.denied)
                handler.browser_provider_cls = PlaywrightBrowserProvider
                handler.abort_request = handler.process_request_headers = None
                try:
                    await handler._launch()  # by itself it would only as the engine starts, and for every crawl
                except PlaywrightError as error:
                    _log.error("the browser's driver does not start: %s", str(error).partition("\n")[0])
                    raise Unrendered("browser_start") from error
                self._handler = handler
            return self._handler

    async def close(self) -> None:
        """Everything of it is gone when this returns."""
        if self._tidying:
            await asyncio.wait(self._tidying)
        for window in list(self._all):
            await self._close(window)
        if self._handler is not None:
            if self.denied.denied:
                _log.info("Chromium asked by itself, and was denied: %s", dict(self.denied.denied))
            with suppress(PlaywrightError):
                await self._handler.close()
            await self.denied.close()


def _config(found: Chromium, certificate: Certificate, denied: Proxy) -> Config:
    """All that scrapy-playwright is told: nothing of it comes from settings."""
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    launch: dict[str, Any] = {
        "executable_path": str(found.path),
        "args": [*_ARGUMENTS, *_SHARING, f"--ignore-certificate-errors-spki-list={certificate.spki}"],
        "chromium_sandbox": not as_root,
        "headless": True,
        "proxy": {"server": denied.url, "bypass": "<-loopback>"},
        **dict.fromkeys(("handle_sigint", "handle_sigterm", "handle_sighup"), False),
    }
    return Config(
        cdp_url=None,
        cdp_kwargs={},
        connect_url=None,
        connect_kwargs={},
        browser_type_name="chromium",
        launch_options=launch,
        max_pages_per_context=WINDOWS,
        max_contexts=None,
        startup_context_kwargs={},
        navigation_timeout_ms=None,
        download_timeout_secs=1.0,
        restart_disconnected_browser=True,
        target_closed_max_retries=1,
        use_threaded_loop=False,
    )


async def _content(window: _Window, load: Load) -> str:
    """Go to the page, let it come to rest, scroll it, and take it as it then stands."""
    page = window.page
    await page.goto(load.url, wait_until="domcontentloaded", timeout=max(load.left, 0.1) * 1000)
    await settle(page, load)
    if load.scrolls:
        await scroll(page, load)
    async with asyncio.timeout(load.left + _CLOSING):
        content = await page.content()
    if window.moves[1:]:
        raise Answered(200, window.moves[-1])
    return content


async def _ended(load: Load) -> None:
    """The host's turn goes on until the last request of the page is answered; each has a limit of its own."""
    while load.open:
        await asyncio.sleep(0.02)


async def _forget(window: _Window, load: Load) -> None:
    """The page is left first: what still ran of it could write, and ask, in the name of the next."""
    clear = "Storage.clearDataForStorageKey"
    await window.page.goto("about:blank")
    await asyncio.gather(
        window.page.context.clear_cookies(),
        *(window.session.send(clear, {"storageKey": f"{one}/", "storageTypes": "all"}) for one in sorted(load.origins)),
    )
    window.moves.clear()


def _is_page(response: Response) -> bool:
    media = (response.headers.get("Content-Type") or b"").lower()
    return 200 <= response.status < 300 and (b"html" in media or (not media and response.body.lstrip()[:1] == b"<"))


def _word(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "browser_hangs"
    return "browser_timeout" if "Timeout" in type(error).__name__ else "browser_crashed"


def _failed(word: str, error: Exception, load: Load) -> Unrendered:
    _log.warning("%s: %s: %s", load.url, word, str(error).partition("\n")[0])
    return Unrendered(word)
