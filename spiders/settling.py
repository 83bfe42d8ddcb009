"""Waits until a page in the browser is at rest, and scrolls it for what it loads only then."""

import asyncio
import time

from playwright.async_api import Page

from spiders.load import SETTLING, Load

_QUIET = 0.15
"""Seconds without a request and without a change of the page after which it is taken to rest."""
_RESTLESS = 2.0
"""Seconds after which a page that changes without asking for anything (a clock, say) counts as being at rest."""
_HUNG = 10.0
"""Seconds beyond its own limit in which a page must answer us at all."""
_REST = """([quiet, longest]) => new Promise(done => {
  let timer
  const end = () => { clearTimeout(timer); clearTimeout(last); watch.disconnect(); done() }
  const watch = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(end, quiet) })
  const last = setTimeout(end, longest)
  timer = setTimeout(end, quiet)
  watch.observe(document, {subtree: true, childList: true, characterData: true})
})"""
_BOXES = """async move => {
  let height = 0, room = false
  const look = element => {
    const end = element.scrollHeight - element.clientHeight
    height += end
    room = room || element.scrollTop + 1 < end
    if (move) element.scrollTop = end
  }
  const root = document.scrollingElement || document.documentElement
  for (const element of document.body ? document.body.querySelectorAll('*') : [])
    if (element !== root && element.scrollHeight - element.clientHeight > 1
        && /auto|scroll|overlay/.test(getComputedStyle(element).overflowY)) look(element)
  look(root)
  if (move) await new Promise(done => { setTimeout(done, 1000); requestAnimationFrame(() => setTimeout(done)) })
  return [height, room]
}"""
"""The page and every box in it that scrolls: pixels that can be scrolled altogether, and whether any is not at its end.

Once moved, the page is left the time to hear of it: its listeners run with the next frame, and only then does it ask."""


async def settle(page: Page, load: Load) -> None:
    """Return when nothing is open and nothing has changed for a moment, or after `SETTLING` seconds.

    Raises TimeoutError where the page's own script keeps it from answering.
    """
    until = time.monotonic() + min(SETTLING, load.left)
    while True:
        async with asyncio.timeout(_RESTLESS + _HUNG):
            await page.evaluate(_REST, [_QUIET * 1000, _RESTLESS * 1000])
        now = time.monotonic()
        if not load.open and now - load.moved_at >= _QUIET:
            return
        if now >= until:
            load.cut = load.cut or load.open > 0
            return
        while load.open and time.monotonic() < until:
            await asyncio.sleep(0.02)


async def scroll(page: Page, load: Load) -> None:
    """Scroll the page and every box in it to its end, after a pause each time, until nothing new comes."""
    height, room = await _boxes(page, move=False)
    for _ in range(load.scrolls):
        if not room:
            return
        if load.left <= load.pause:
            load.cut = True
            return
        await asyncio.sleep(load.pause)
        parts, before = load.parts, height
        await _boxes(page, move=True)
        await settle(page, load)
        height, room = await _boxes(page, move=False)
        if load.parts == parts and height <= before:
            return


async def _boxes(page: Page, move: bool) -> tuple[float, bool]:
    async with asyncio.timeout(_HUNG):
        height, room = await page.evaluate(_BOXES, move)
        return float(height), bool(room)
