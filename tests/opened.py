"""Open a page in real Chromium where every host is a listener on this machine, and tell what it did."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from corpus.chromium import Chromium, find

# What may not be in a page that shows strings of strangers; each as a selector that should find nothing.
BANNED = (
    "script, iframe, frame, frameset, object, embed, applet, base, link, form, input, button, img, image, video, audio, "
    "source, picture, foreignObject, animate, set, use, portal, meta[http-equiv=refresh i]"
)
_LOOK = """(banned) => {
  const found = [...document.querySelectorAll(banned)].map(element => element.outerHTML.slice(0, 200));
  for (const element of document.querySelectorAll("*"))
    for (const {name, value} of element.attributes) {
      if (name.toLowerCase().startsWith("on")) found.push(`${element.localName} ${name}=${value}`);
      if (["href", "src", "action", "formaction", "xlink:href", "srcset", "data", "poster", "background"].includes(name)
          && !value.startsWith("#") && !value.startsWith("data:text/csv;")
          && !/^(index|method)[.]html#(en|zh)$/.test(value)) found.push(`${element.localName} ${name}=${value}`);
      if (name === "style") found.push(`${element.localName} style=${value}`);
    }
  if (document.querySelectorAll("style").length !== 1) found.push("style elements");
  return found;
}"""
_UNSEEN = ", ".join(f"MAP *.{host} ~NOTFOUND" for host in ("google.com", "googleapis.com", "gstatic.com", "gvt1.com"))
"""Chromium asks these for updates and accounts by itself, whatever page is open; a page's requests are told all the same."""


@dataclass
class Opened:
    """What a page did: requests it tried, connections that came to the listener, dialogs, and what is in it that may not."""

    requests: list[str] = field(default_factory=list)
    connections: int = 0
    dialogs: list[str] = field(default_factory=list)
    banned: list[str] = field(default_factory=list)
    ran: bool = False
    """Whether a script set `window.ran`."""


class Watcher:
    """A browser, and the listener that stands for the whole world."""

    def __init__(self, browser: Browser, listener: socket.socket) -> None:
        self.browser = browser
        self.connections = 0
        threading.Thread(target=self._listen, args=(listener,), daemon=True).start()

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def open(self, path: Path, width: int = 1440, fragment: str = "") -> Opened:
        """Open a file and wait until it has loaded and come to rest."""
        with self.page(width) as page:
            told, before = Opened(), self.connections
            page.on("request", lambda request: told.requests.append(request.url))
            page.on("dialog", lambda dialog: (told.dialogs.append(dialog.message), dialog.dismiss()))
            page.goto(path.as_uri() + fragment, wait_until="load")
            page.wait_for_timeout(300)
            told.requests = [url for url in told.requests if not url.startswith("file:")]
            told.banned = page.evaluate(_LOOK, BANNED)
            told.ran = bool(page.evaluate("window.ran === true"))
            told.connections = self.connections - before
            return told

    @contextmanager
    def page(self, width: int = 1440, **options: Any) -> Iterator[Page]:
        page = self.browser.new_page(viewport={"width": width, "height": 1000}, **options)
        try:
            yield page
        finally:
            page.close()


@contextmanager
def watched() -> Iterator[Watcher]:
    """A watcher; skips the test where there is no Chromium."""
    chromium = find()
    if not isinstance(chromium, Chromium):
        pytest.skip(str(chromium))
    with socket.create_server(("127.0.0.1", 0)) as listener, sync_playwright() as playwright:
        port = listener.getsockname()[1]
        browser = playwright.chromium.launch(
            executable_path=str(chromium.path),
            args=[
                "--no-sandbox",
                "--disable-background-networking",
                f"--host-resolver-rules={_UNSEEN}, MAP * 127.0.0.1:{port}",
            ],
        )
        try:
            yield Watcher(browser, listener)
        finally:
            browser.close()
