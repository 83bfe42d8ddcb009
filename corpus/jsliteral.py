"""Read a JavaScript object literal, as pages carry their state in one, without running anything."""

import re
from typing import Any

DEPTH_LIMIT = 200
CHARACTER_LIMIT = 32 << 20
_SPACE = re.compile(r"(?:[\s\ufeff]++|//[^\n\r\u2028\u2029]*+|/\*(?>[^*]+|\*(?!/))*+\*/)*+")
_PLAIN = {'"': re.compile(r'[^"\\\n\r]*+'), "'": re.compile(r"[^'\\\n\r]*+")}
_NAME = re.compile(r"[^\W\d][\w$]*+|\$[\w$]*+")
_NUMBER = re.compile(
    r"[+-]?(?:0[xX][0-9a-fA-F]{1,16}|(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,4})?)n?"
)
_DIGITS = re.compile(r"[+-]?\d+n?")
_VOID = re.compile(r"void\s+0|void\s*\(\s*0\s*\)")
_HEX = {"x": re.compile(r"[0-9a-fA-F]{2}"), "u": re.compile(r"[0-9a-fA-F]{4}|\{[0-9a-fA-F]{1,6}\}")}
_SIMPLE = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "0": "\0",
    "\n": "",
    "\r": "",
    "\u2028": "",
    "\u2029": "",
}
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "undefined": None, "NaN": None, "Infinity": None}
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class LiteralError(ValueError):
    """What is not a literal, and the offset (code points) at which it stops being one."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(f"{what} at {offset}")
        self.what = what
        self.offset = offset


def read_literal(text: str, start: int = 0, *, depth: int = DEPTH_LIMIT) -> tuple[Any, int]:
    """The value of the literal that begins at ``start``, after white space and comments, and the offset of its end.

    Beyond JSON it takes unquoted and single-quoted keys, single-quoted strings, comments, trailing commas and holes in
    lists, every JavaScript escape, and, *outside strings only*, ``undefined``, ``NaN``, ``Infinity`` and ``void 0``,
    which become None, and ``!0``, ``!1``. Of equal keys the last counts, as in JavaScript. What follows the literal is
    not looked at. Raises LiteralError for anything else, for nesting beyond ``depth`` and for texts beyond
    `CHARACTER_LIMIT`.
    """
    if len(text) - start > CHARACTER_LIMIT:
        raise LiteralError("text too long", start)
    reader = _Reader(text, start, depth)
    return reader.value(0), reader.at


class _Reader:
    def __init__(self, text: str, start: int, depth: int) -> None:
        self.text = text
        self.at = start
        self.depth = depth

    def value(self, level: int) -> Any:
        sign = self.peek()
        if level > self.depth:
            raise LiteralError("nested too deeply", self.at)
        if sign == "{":
            return self.object(level)
        if sign == "[":
            return self.list(level)
        if sign in ('"', "'"):
            return self.string(sign)
        if sign == "!" and self.text[self.at + 1 : self.at + 2] in ("0", "1"):
            self.at += 2
            return self.text[self.at - 1] == "0"
        return self.word_or_number()

    def peek(self) -> str:
        """The next character that counts; "" at the end."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def object(self, level: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        self.at += 1
        while (sign := self.peek()) != "}":
            key = self.string(sign) if sign in ('"', "'") else self.name()
            if self.peek() != ":":
                raise LiteralError("no colon after a key", self.at)
            self.at += 1
            made[key] = self.value(level + 1)
            self.comma("}")
        self.at += 1
        return made

    def list(self, level: int) -> list[Any]:
        made: list[Any] = []
        self.at += 1
        while (sign := self.peek()) != "]":
            if sign == ",":
                made.append(None)
                self.at += 1
                continue
            made.append(self.value(level + 1))
            self.comma("]")
        self.at += 1
        return made

    def comma(self, close: str) -> None:
        sign = self.peek()
        if sign == ",":
            self.at += 1
        elif sign != close:
            raise LiteralError(f"neither a comma nor {close}", self.at)

    def name(self) -> str:
        found = _NAME.match(self.text, self.at) or _DIGITS.match(self.text, self.at)
        if not found:
            raise LiteralError("no key", self.at)
        self.at = found.end()
        return found.group()

    def word_or_number(self) -> Any:
        if found := _NUMBER.match(self.text, self.at):
            self.at = found.end()
            self._no_word_follows()
            return _number(found.group())
        start = self.at
        if found := _VOID.match(self.text, self.at):
            self.at = found.end()
            return None
        if self.text[self.at : self.at + 1] in ("+", "-"):
            self.at += 1  # -Infinity
        found = _NAME.match(self.text, self.at)
        if not found or found.group() not in _WORDS:
            raise LiteralError("no value", start)
        self.at = found.end()
        return _WORDS[found.group()]

    def _no_word_follows(self) -> None:
        if _NAME.match(self.text, self.at) or self.text[self.at : self.at + 1].isdigit():
            raise LiteralError("no number", self.at)

    def string(self, quote: str) -> str:
        begin = self.at
        self.at += 1
        parts: list[str] = []
        while True:
            found = _PLAIN[quote].match(self.text, self.at)
            if found:
                parts.append(found.group())
                self.at = found.end()
            sign = self.text[self.at : self.at + 1]
            if sign == quote:
                self.at += 1
                break
            if sign != "\\":
                raise LiteralError("string without an end", begin)
            parts.append(self.escape())
        made = "".join(parts)
        return _PAIR.sub(_joined, made)

    def escape(self) -> str:
        sign = self.text[self.at + 1 : self.at + 2]
        if sign in _HEX:
            found = _HEX[sign].match(self.text, self.at + 2)
            code = int(found.group().strip("{}"), 16) if found else -1
            if not found or code > 0x10FFFF:
                raise LiteralError("no such escape", self.at)
            self.at = found.end()
            return chr(code)
        if not sign:
            raise LiteralError("string without an end", self.at)
        self.at += 3 if self.text.startswith("\r\n", self.at + 1) else 2
        return _SIMPLE.get(sign, sign)


def _number(printed: str) -> int | float | None:
    digits = printed.removesuffix("n")
    if "x" in digits.lower():
        return int(digits, 16)
    if _DIGITS.fullmatch(digits):
        return int(digits)
    number = float(digits)
    return number if abs(number) != float("inf") else None


def _joined(pair: re.Match[str]) -> str:
    return pair.group().encode("utf-16", "surrogatepass").decode("utf-16")
