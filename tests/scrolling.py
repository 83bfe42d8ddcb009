"""Asks whose pages may be scrolled, for sources whose spider asks for none: put in their place by `tests.weakened`."""

from functools import partial

from spiders.asks import Ask

SCROLLS = 4
Scrolling = partial(Ask, scrolls=SCROLLS)
