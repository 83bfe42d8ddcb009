"""JSON with refusals: a value, or one error with its reason."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.strictjson import DEPTH_LIMIT, JSONFault, read_json


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "syntax"),
        (b"{", "syntax"),
        (b"[1,]", "syntax"),
        (b"NaN", "not_finite"),
        (b"[-Infinity]", "not_finite"),
        (b"1e400", "not_finite"),
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b'{"a":1,"\\u0061":2}', "duplicate_key"),
        (b"[" * (DEPTH_LIMIT + 1) + b"]" * (DEPTH_LIMIT + 1), "too_deep"),
        (b"[" * 100_000, "too_deep"),
        (b'{"a":' * 100_000, "too_deep"),
        (b"9223372036854775808", "huge_int"),
        (b"-9223372036854775809", "huge_int"),
        (b"1" * 5000, "huge_int"),
        (b'"\xff"', "not_utf8"),
        (b'"\xed\xa0\x80"', "not_utf8"),
        ('["猫"]'.encode("utf-16"), "not_utf8"),
    ],
)
def test_refusals(text: bytes, reason: str) -> None:
    with pytest.raises(JSONFault) as caught:
        read_json(text)
    assert caught.value.reason == reason


def test_what_is_let_through() -> None:
    assert read_json(b'\xef\xbb\xbf{"a":[1.5,"\\ud83d",9223372036854775807]}') == {"a": [1.5, "\ud83d", 2**63 - 1]}
    assert read_json('"' + "[" * 1000 + '\\""') == "[" * 1000 + '"'
    assert read_json("[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT)


def test_length_is_bounded() -> None:
    with pytest.raises(JSONFault, match="too_long"):
        read_json(b"[1,2,3]", limit=6)


@pytest.mark.parametrize("text", ['"' * 200_001, '"' + "\\" * 200_001, '"\\"' * 100_000])
def test_time_is_linear(text: str) -> None:
    with pytest.raises(JSONFault):
        read_json(text)


def test_every_case_of_the_suite_gives_a_value_or_the_error(shared: Path) -> None:
    cases = sorted((shared / "data" / "cases" / "json").glob("test_*/*.json"))
    assert len(cases) > 300
    for case in cases:
        try:
            read_json(case.read_bytes())
            taken = True
        except JSONFault as fault:
            taken = False
            if case.name.startswith("y_"):
                assert fault.reason == "duplicate_key", case.name
        assert not (taken and case.name.startswith("n_")), case.name


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_the_error(data: bytes) -> None:
    try:
        value = read_json(data)
    except JSONFault:
        return
    assert value == json.loads(data)
