"""Bytes become text by mark, UTF-8, label or detector, and one bad byte costs one character."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.charset import codec_named, decode_text

CHINESE = "你好，欢迎来到小红书。我们在这里说中文，也学一点英文：这是一个很大的国家，人们都说这里好。" * 4
TRADITIONAL = "歡迎來到這裡。我們在這裡說中文，也學一點英文：這是一個很大的國家，人們都說這裡好。" * 4
CASES = Path(os.environ.get("HUANYING_SHARED", Path(__file__).parents[2] / "shared")) / "data/cases/charset/tests"
FOLDERS = {
    "GB2312": "gb18030",
    "Big5": "big5hkscs",
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8-sig",
    "SHIFT_JIS": "cp932",
    "EUC-KR": "cp949",
    "CP949": "cp949",
    "UTF-16": "utf-16",
    "UTF-16BE": "utf-16-be",
    "UTF-16LE": "utf-16-le",
    "UTF-32": "utf-32",
    "UTF-32BE": "utf-32-be",
    "UTF-32LE": "utf-32-le",
}


@pytest.mark.parametrize("label", ["gb2312", "GBK", "utf-8", "iso-8859-1", None, "no-such-charset", ""])
def test_gb_bytes_are_read_under_any_label(label: str | None) -> None:
    found = decode_text(CHINESE.encode("gb18030"), label)
    assert (found.text, found.charset, found.replaced) == (CHINESE, "gb18030", 0)


@pytest.mark.parametrize("label", ["big5", "Big5-HKSCS", "utf-8", "gb2312", "latin1", None])
def test_big5_bytes_are_read_under_any_label(label: str | None) -> None:
    assert decode_text(TRADITIONAL.encode("big5hkscs"), label).text == TRADITIONAL


@pytest.mark.parametrize("label", ["gbk", "big5", "iso-8859-1", "shift_jis", "utf-16", None])
def test_utf8_bytes_are_read_under_any_label(label: str | None) -> None:
    found = decode_text(CHINESE.encode(), label)
    assert (found.text, found.charset) == (CHINESE, "utf-8")
    assert ("charset_label_wrong" in found.problems) == (label not in (None, "utf-16"))


@pytest.mark.parametrize("label", ["utf-8", "gbk", None])
@pytest.mark.parametrize("times", [1, 8])
def test_a_fragment_in_gbk_costs_itself_alone(label: str | None, times: int) -> None:
    """An included menu or advertisement on a page of UTF-8."""
    found = decode_text(CHINESE.encode() + "广告位招租请联系".encode("gbk") * times + b"<p>" + CHINESE.encode(), label)
    assert found.charset == "utf-8" and found.text.count(CHINESE) == 2
    assert "charset_replaced" in found.problems


def test_a_short_page_in_big5_is_read_under_the_label_of_gb2312() -> None:
    """Few signs for the detector; but one reading is of common ones and the other is not."""
    text = "一位圖書館員在週二晚上下載了這個平台，她說大家都很友善，還有人教她用中文買菜。"
    page = f"<html><head><meta charset=gb2312><title>標題</title></head><body><p>{text}</p></body></html>"
    assert text in decode_text(page.encode("cp950")).text


def test_label_in_the_page_counts_where_the_header_is_wrong() -> None:
    page = f'<html><head><meta charset="gb2312"><title>{CHINESE}'.encode("gb18030")
    found = decode_text(page, "iso-8859-1")
    assert CHINESE in found.text
    assert found.problems == ("charset_label_wrong",)
    assert "你好" in decode_text('<?xml version="1.0" encoding="big5"?><a>你好</a>'.encode("big5")).text


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "big5hkscs"])
@pytest.mark.parametrize("label", ["right", None])
def test_one_bad_byte_costs_one_character(codec: str, label: str | None) -> None:
    text = TRADITIONAL if codec == "big5hkscs" else CHINESE
    whole = text.encode(codec)
    middle = len(text[:80].encode(codec))
    found = decode_text(whole[:middle] + b"\xff" + whole[middle:], codec if label else None)
    assert found.text == text[:80] + "\ufffd" + text[80:]
    assert found.replaced == 1
    assert "charset_replaced" in found.problems


def test_marks_win_over_labels() -> None:
    for codec in ("utf-8-sig", "utf-16", "utf-32"):
        assert decode_text(CHINESE.encode(codec), "gbk").text == CHINESE
    for codec in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        page = "<html><head><title>A page</title></head><body><p>" + "plain words " * 20
        assert decode_text(page.encode(codec)).text == page


def test_latin_text_keeps_its_accents() -> None:
    text = "Déjà vu à la frontière, naïveté et garçon. " * 5
    assert decode_text(text.encode("cp1252"), "iso-8859-1").text == text
    assert decode_text(b"It\x92s here", "ISO-8859-1").text == "It’s here"


def test_own_replacement_characters_are_not_counted() -> None:
    assert decode_text("a \ufffd b".encode()).replaced == 0


def test_labels_mean_what_browsers_take_them_for() -> None:
    meant = {"GB2312": "gb18030", " 'gbk' ": "gb18030", "Big5": "big5hkscs", "ISO-8859-1": "cp1252", "utf8": "utf-8"}
    assert {label: codec_named(label) for label in meant} == meant
    assert not any(map(codec_named, ("utf-7", "nonsense", "rot13", "zip", "")))


@given(
    st.binary(max_size=400),
    st.one_of(st.none(), st.text(max_size=20), st.sampled_from(["gbk", "utf-8", "hz", "iso-2022-jp", "utf-16"])),
)
def test_any_bytes_give_text(body: bytes, label: str | None) -> None:
    found = decode_text(body, label)
    found.text.encode("utf-8")
    assert (found.replaced > 0) == ("charset_replaced" in found.problems)


@pytest.mark.skipif(not CASES.is_dir(), reason="the charset cases (shared/data/cases/charset) are not here")
@pytest.mark.parametrize("label", ["none", "right", "utf-8", "iso-8859-1"])
def test_recorded_pages_of_the_web(label: str) -> None:
    wrong = []
    for folder, codec in FOLDERS.items():
        for path in sorted((CASES / folder).iterdir()):
            body = path.read_bytes()
            declared = {"none": None, "right": codec.removesuffix("-sig")}.get(label, label)
            if decode_text(body, declared).text != body.decode(codec, "replace").lstrip("\ufeff"):
                wrong.append(f"{folder}/{path.name}")
    assert not wrong
