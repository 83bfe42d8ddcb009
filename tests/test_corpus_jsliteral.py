"""JavaScript literals: what JSON cannot say is read, and nothing is run."""

import json
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.jsliteral import DEPTH_LIMIT, LiteralError, read_literal


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{a:1,'b':2,\"c\":3,}", {"a": 1, "b": 2, "c": 3}),
        ("[undefined,NaN,Infinity,-Infinity,void 0,void(0)]", [None] * 6),
        ('{"undefined":"undefined","a":"NaN, void 0"}', {"undefined": "undefined", "a": "NaN, void 0"}),
        ("{undefined:undefined}", {"undefined": None}),
        ("[1,,2,]", [1, None, 2]),
        ("[]", []),
        ("/* a */ { // b\n a /* : */ : 1 }", {"a": 1}),
        (r"'\x41\u0042\u{43}\'\"\/\n\z\0'", "ABC'\"/\nz\0"),
        (r'"\ud83d\ude00"', "😀"),
        (r'"\ud83d"', "\ud83d"),
        ('"a\\\nb"', "ab"),
        ('"a\\\r\nb"', "ab"),
        ("[!0,!1,true,false,null]", [True, False, True, False, None]),
        ("[0x1F,.5,5.,-1e3,10n,1e999]", [31, 0.5, 5.0, -1000.0, 10, None]),
        ("{$a_1:{1:2}}", {"$a_1": {"1": 2}}),
        ("{a:1,a:2}", {"a": 2}),
        ("{名字:'猫'}", {"名字": "猫"}),
    ],
)
def test_values(text: str, value: Any) -> None:
    assert read_literal(text)[0] == value


def test_the_end_is_told_and_what_follows_is_not_looked_at() -> None:
    text = "x = {a:'}'}; alert(1)"
    assert read_literal(text, 3) == ({"a": "}"}, 11)


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("", 0),
        ("{", 1),
        ("{a}", 2),
        ("{a:1 b:2}", 5),
        ("[1 2]", 3),
        ("{a:alert(1)}", 3),
        ("{a:function(){}}", 3),
        ("{a:new Date(1)}", 3),
        ("'abc", 0),
        ("'a\nb'", 0),
        (r"'\x4'", 1),
        (r"'\u{110000}'", 1),
        ("12ab", 2),
        ("{,}", 1),
        ("/* a", 0),
        ("`a`", 0),
        ("{a:this}", 3),
    ],
)
def test_what_is_no_literal_is_refused_with_its_place(text: str, offset: int) -> None:
    with pytest.raises(LiteralError) as caught:
        read_literal(text)
    assert caught.value.offset == offset


def test_nesting_is_bounded() -> None:
    assert read_literal("[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT)
    for deep in ("[" * 100_000, '{"a":' * 100_000):
        with pytest.raises(LiteralError, match="deeply"):
            read_literal(deep)


@pytest.mark.parametrize(
    "text", ["/*" + "*" * 300_000, "'" + "\\" * 300_000, "[" + " " * 300_000, "[" + "/**/" * 100_000, "9" * 300_000]
)
def test_time_is_linear(text: str) -> None:
    with pytest.raises(LiteralError):
        read_literal(text + "x", 0)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
@example({"__proto__": "undefined"})
def test_all_json_is_read_as_json(value: Any) -> None:
    for ascii_only in (True, False):
        text = json.dumps(value, ensure_ascii=ascii_only)
        assert read_literal(text) == (value, len(text))


@given(st.text(alphabet="{}[]:,'\"\\/* \nundefivo0xNaN1.-+!u", max_size=60))
def test_any_text_gives_a_value_or_the_error(text: str) -> None:
    try:
        value, end = read_literal(text)
    except LiteralError as error:
        assert 0 <= error.offset <= len(text)
    else:
        assert 0 < end <= len(text)
        assert not (isinstance(value, float) and math.isnan(value))
