import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.identity import Keys, canonical_url, mask_handles

KEYS = Keys(b"k" * 32)
HOSTS = st.from_regex(r"[a-z][a-z0-9-]{0,8}\.example", fullmatch=True)
TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=30)


@given(HOSTS, TEXT, TEXT)
def test_canonical_url_is_idempotent(host: str, path: str, query: str) -> None:
    once = canonical_url(f"http://{host}/{path}?{query}")
    assert canonical_url(once) == once


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://A.example/x", "https://a.example:443/x#top"),
        ("https://a.example/x?b=2&a=1", "https://a.example/x?a=1&b=2&utm_source=feed"),
        ("https://a.example/a/../b/./c", "https://a.example//b/c"),
        ("https://a.example/%e4%bd%a0", "https://a.example/你"),
        ("https://a.example", "https://a.example/"),
        ("https://a.example/explore/1?xsec_token=SECRET&xsec_source=pc", "https://a.example/explore/1"),
        ("https://a.example./x", "https://a.example/x"),
    ],
)
def test_spellings_of_one_address_meet(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("https://a.example/X", "https://a.example/x"), ("https://a.example/?a=1", "https://a.example/?a=2")],
)
def test_different_pages_stay_apart(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    "wrong",
    ["", "mailto:a@b.example", "/path", "http://", "file:///etc/hostname", "http://[", "http://a.example:99999/"],
)
def test_no_address_is_an_error(wrong: str) -> None:
    with pytest.raises(ValueError):
        canonical_url(wrong)


@given(TEXT, TEXT)
def test_ids_do_not_collide_over_their_parts(one: str, other: str) -> None:
    if one and other:
        assert KEYS.document(one + "\n", other) != KEYS.document(one, "\n" + other)
    assert KEYS.document(one, other) != KEYS.author(one, other)


def test_another_key_gives_other_ids_and_the_key_never_shows() -> None:
    other = Keys(b"o" * 32)
    assert KEYS.document("rednote", "1") != other.document("rednote", "1")
    assert KEYS.fingerprint() != other.fingerprint()
    assert "kkk" not in repr(KEYS)


@given(TEXT)
def test_masking_twice_changes_nothing(text: str) -> None:
    once = mask_handles(text, "rednote", KEYS)
    assert mask_handles(once, "rednote", KEYS) == once


@pytest.mark.parametrize("text", ["你好@mapletoast", "@" + "m" * 60 + " hi", "cc @a.b. ok"])
def test_no_handle_slips_by(text: str) -> None:
    once = mask_handles(text, "rednote", KEYS)
    assert once != text and "mapletoast" not in once and "mmm" not in once
    assert mask_handles(once, "rednote", KEYS) == once


def test_handles_are_masked_and_mail_is_left_to_others() -> None:
    masked = mask_handles("thanks @mapletoast and @小鱼 干, mail a@b.example", "rednote", KEYS, ("小鱼 干",))
    assert "mapletoast" not in masked and "小鱼" not in masked and "a@b.example" in masked
    assert masked.count("@user_") == 2
