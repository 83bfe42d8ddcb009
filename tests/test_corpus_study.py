"""The study file: every fault at once with its line, the key in a place of its own, a digest of what shapes it."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.authoring import write_study
from corpus.errors import RefusedError, UserError
from corpus.faults import line_of
from corpus.study import Outlet, StudyFile, forbid_key_place, key_folder, load_events, load_study, load_table

GOOD = """\
[study]
id = "small"
title = "A small study"
purpose = "To test."
contact = "someone@huanying.example"
legal_basis = "none needed"

[window]
start = 2025-01-10
end = 2025-01-20
"""
OUTLET = """\
name = "Harbour Daily"
owner = { value = "private", as_of = 2025-01-01, source = "invented" }
country = { value = "US", as_of = 2025-01-01, source = "invented" }
languages = ["en"]
homepage = "https://harbour.example/"
hosts = ["harbour.example"]
feeds = ["https://harbour.example/feed"]
"""


def write(folder: Path, study: str = GOOD, **outlets: str) -> Path:
    (folder / "outlets").mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(study, encoding="utf-8")
    for name, text in outlets.items():
        (folder / "outlets" / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def faults(folder: Path) -> list[str]:
    """The faults of a study as ``file:line: rest``."""
    with pytest.raises(UserError) as caught:
        load_study(folder)
    assert caught.value.exit_code == 2
    assert caught.value.hint
    return [line.strip().replace(f"{folder}{os.sep}", "") for line in caught.value.what.splitlines()[1:]]


def test_a_good_study_loads_with_its_outlet(tmp_path: Path) -> None:
    study = load_study(write(tmp_path, GOOD + '[[source]]\nid = "harbour"\npages = 5\n', harbour=OUTLET))
    assert study.id == "small"
    assert study.sources[0].owner == "private"
    assert study.file.window.zone == "Asia/Shanghai"
    assert study.document_file("themes") is None


def test_every_fault_of_every_file_comes_at_once_with_its_line(tmp_path: Path) -> None:
    text = (
        GOOD.replace("2025-01-20", "2025-01-01")
        + '[politness]\ndelay = 9\n[budget]\ndpeth = 3\n[files]\nthemes = "codebook.toml"\n'
        + '[[source]]\nid = "harbour"\n[[source]]\nid = "gaurdian"\n[[source]]\nid = "harbour"\n'
    )
    write(tmp_path, text, harbour=OUTLET + 'zone = "Asia/Peking"\n')
    assert faults(tmp_path) == [
        "study.toml:11: politness: unknown key; did you mean 'politeness'?",
        "study.toml:14: budget.dpeth: unknown key; did you mean 'depth'?",
        "study.toml:10: window.end: lies before window.start",
        "study.toml:22: source.2.id: 'harbour' is named twice",
        "study.toml:16: files.themes: there is no file codebook.toml",
        "outlets/harbour.toml:8: zone: is no IANA time zone such as Asia/Shanghai (is 'Asia/Peking')",
        "study.toml:20: source.1.id: there is no outlet 'gaurdian'; did you mean guardian or guancha?",
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "small"\n', "", "study.toml:1: study.id: is missing"),
        ('"small"', '"Small Study"', "study.toml:2: study.id: 'Small Study' does not have the form"),
        ('"small"', '"../small"', "study.toml:2: study.id"),
        ('"A small study"', '" "', "study.toml:3: study.title: is empty"),
        ('"A small study"', '"a\\r\\nX-Header: b"', "study.toml:3: study.title: holds a line break"),
        ('"someone@huanying.example"', '"nobody"', "study.toml:5: study.contact: is neither a mail address nor a web"),
        ("[window]", "delay = 3\n[window]", "study.toml:8: study.delay: unknown key; 'delay' belongs in [politeness]"),
        ("2025-01-10", '"soon"', "study.toml:9: window.start"),
        ("2025-01-20", "2025-01-09", "study.toml:10: window.end: lies before window.start"),
        ("2025-01-20", '2025-01-20\nzone = "Asia"', "study.toml:11: window.zone: is no IANA time zone"),
        ("2025-01-20", '2025-01-20\nzone = "../zone"', "study.toml:11: window.zone: is no IANA time zone"),
        ("2025-01-20", "2025-01-20\n[politeness]\ndelay = 0.2", "under 1 second only on [loopback] names"),
        ("2025-01-20", '2025-01-20\n[source]\nid = "bbc"', "source: is a list of tables: write [[source]]"),
        ("2025-01-20", '2025-01-20\n[files]\nthemes = "../secret.toml"', "must be a path inside the study folder"),
        ("2025-01-20", '2025-01-20\n[files]\nthemes = "/etc/passwd"', "must be a path inside the study folder"),
        ("2025-01-20", '2025-01-20\n[loopback]\n"a.example" = "10.0.0.1:80"', "does not have the form"),
        (
            "2025-01-20",
            '2025-01-20\n[loopback]\n"a.example" = "127.0.0.1:99999"',
            "an address of this machine and a port",
        ),
        ("2025-01-20", "2025-01-20\n[budget]\npages_per_host = 0", "greater than or equal to 1 (is 0)"),
        ("[study]", 'test_ca = "ca.pem"\n[study]', "study.toml:1: test_ca: is for [loopback] names"),
        ("[study]", "[study", "study.toml:1: not TOML: "),
        ('title = "A', 'title = "A\ntitle = "A', "study.toml:3: not TOML: "),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert any(said in line for line in faults(write(tmp_path, GOOD.replace(old, new, 1))))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"private"', '"secret"', "2: owner.value"),
        ('"https://harbour.example/feed"', '"ftp://harbour.example/feed"', "7: feeds.0"),
        ('"https://harbour.example/feed"', '"https://me:word@harbour.example/feed"', "holds a user name or password"),
        ('["harbour.example"]', '["Harbour.example"]', "6: hosts.0"),
        ('["harbour.example"]', '["harbour.example:80"]', "6: hosts.0"),
        ("feeds", "article = ['[']\nfeeds", "7: article.0: is no regular expression"),
        ("feeds", "feed", "7: feed: unknown key; did you mean 'feeds'?"),
        ('languages = ["en"]', "languages = []", "4: languages"),
        ("feeds", '[[layout]]\ntext = ".story >"\n[expect]\n#', "8: layout.0.text: is no CSS selector"),
        ("feeds", "[[layout]]\nuntil = 2025-01-01\n[expect]\n#", "layout.0: names nothing to find"),
        ("feeds", '[[layout]]\ntext = "p"\n[[layout]]\ntitle = "h1"\n[expect]\n#', "two layouts end on one day"),
        ("feeds", '[[layout]]\nbody = "p"\n[expect]\n#', "8: layout.0.body: unknown key"),
        (
            'feeds = ["https://harbour.example/feed"]',
            'feeds = [\n  "https://harbour.example/a",\n  "https://else.example/b",\n]',
            "9: feeds.1: else.example is not among hosts",
        ),
    ],
)
def test_a_fault_of_an_outlet_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    folder = write(tmp_path, GOOD + '[[source]]\nid = "harbour"\n', harbour=OUTLET.replace(old, new, 1))
    assert any(line.startswith("outlets/harbour.toml:") and said in line for line in faults(folder))


def test_short_pauses_are_for_served_names_alone(tmp_path: Path) -> None:
    quick = GOOD + '[politeness]\ndelay = 0.1\n[[source]]\nid = "harbour"\n[loopback]\n'
    assert load_study(write(tmp_path, quick + '"harbour.example" = "127.0.0.1:8000"\n', harbour=OUTLET))
    write(tmp_path, quick + '"else.example" = "127.0.0.1:8000"\n')
    assert any("harbour.example is no [loopback] name" in line for line in faults(tmp_path))
    slow = OUTLET + "delay = 2.0\n"
    assert load_study(write(tmp_path, quick + '"else.example" = "127.0.0.1:8000"\n', harbour=slow))


def test_bytes_that_are_no_utf8_and_a_byte_order_mark(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "study.toml").write_bytes(GOOD.encode().replace(b"A small study", "小研究".encode("gb18030")))
    assert faults(tmp_path) == ["study.toml:3: not UTF-8 at byte 32: save it as UTF-8"]
    (tmp_path / "study.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load_study(tmp_path).id == "small"


def test_no_study_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no study here") as caught:
        load_study(tmp_path)
    assert "huanying init" in str(caught.value)


def test_an_outlet_of_the_study_goes_before_one_of_the_catalogue(tmp_path: Path) -> None:
    study = load_study(write(tmp_path, GOOD + '[[source]]\nid = "guardian"\n', guardian=OUTLET))
    assert study.outlets["guardian"].name == "Harbour Daily"


def test_the_line_of_a_key_is_found_past_strings_of_several_lines() -> None:
    text = '[a]\nnote = """\n[window]\nend = 3\n"""\n[window]\nend = 4\n[[word]]\nx = 1\n[[word]]\nx = 2\n'
    assert line_of(text, ("window", "end")) == 7
    assert line_of(text, ("word", 1, "x")) == 11
    assert line_of(text, ("word", 1, "missing")) == 10
    assert line_of(text, ("nowhere",)) == 1


@given(st.text(max_size=200))
def test_any_text_is_a_study_or_a_list_of_faults(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "study.toml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    file, found = load_table(path, StudyFile)
    assert (file is None) == bool(found)
    assert all(str(path) in line for line in found)


def test_the_digest_holds_what_shapes_the_corpus_and_not_how_politely_it_is_asked(tmp_path: Path) -> None:
    one = load_study(write(tmp_path / "one")).digest
    assert load_study(write(tmp_path / "two", GOOD + "[politeness]\ndelay = 30.0\n[budget]\ndepth = 1\n")).digest == one
    assert load_study(write(tmp_path / "three", GOOD + '[queries]\nen = ["RedNote"]\n')).digest != one
    assert load_study(write(tmp_path / "four", "# a remark\n" + GOOD)).digest == one


# The key.


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    study = load_study(write(tmp_path))
    first = study.keys()
    assert study.key_path.stat().st_mode & 0o777 == 0o600
    assert first.fingerprint() == load_study(tmp_path).keys().fingerprint()
    assert first.secret.hex() not in repr(first)
    assert sorted(path.name for path in key_folder().iterdir()) == ["small.key"]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    study = load_study(write(tmp_path))
    study.keys()
    study.key_path.chmod(0o640)
    with pytest.raises(RefusedError, match="read by others") as caught:
        study.keys()
    assert "chmod 600" in str(caught.value)


@pytest.mark.parametrize("content", ["", "zz", "abcd\n", "é" * 64])
def test_a_spoilt_key_is_told_and_never_replaced(tmp_path: Path, content: str) -> None:
    study = load_study(write(tmp_path))
    study.key_path.parent.mkdir(parents=True, exist_ok=True)
    study.key_path.write_text(content, encoding="utf-8")
    study.key_path.chmod(0o600)
    with pytest.raises(UserError, match="is no study key"):
        study.keys()
    assert study.key_path.read_text(encoding="utf-8") == content


@pytest.mark.parametrize("place", ["study/keys", "study/../study/keys", "link"])
def test_a_key_in_the_study_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    study = load_study(write(tmp_path / "study"))
    (tmp_path / "study" / "keys").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "study" / "keys")
    monkeypatch.setenv("HUANYING_KEYS", str(tmp_path / place))
    with pytest.raises(RefusedError, match="in the study folder") as caught:
        study.keys()
    assert caught.value.exit_code == 4
    assert not list((tmp_path / "study" / "keys").iterdir())


def test_a_key_in_a_git_tree_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path / "tree")], check=True)
    monkeypatch.setenv("HUANYING_KEYS", str(tmp_path / "tree" / "deep" / "keys"))
    study = load_study(write(tmp_path / "study"))
    with pytest.raises(RefusedError, match="in a git tree"):
        study.keys()
    (tmp_path / "worktree").mkdir()
    (tmp_path / "worktree" / ".git").write_text("gitdir: elsewhere\n")
    with pytest.raises(RefusedError, match="in a git tree"):
        forbid_key_place(tmp_path / "worktree" / "small.key", tmp_path / "study")


def test_the_key_folder_may_be_named_from_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUANYING_KEYS", "~/keys")
    assert key_folder() == Path.home() / "keys"


# Events.

EVENTS = "event_id,date,time_local,zone,precision,event,kind,source,certainty,note\n"
ROW = 'e1,2025-01-18,22:30,America/New_York,hour,"TikTok goes dark",platform,"a paper",probable,\n'


def test_events_are_read_and_sorted_by_their_moment(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("\ufeff" + EVENTS + ROW + ROW.replace("e1", "e2").replace("America/New_York", "Asia/Shanghai"))
    found = load_events(path)
    assert [event.event_id for event in found] == ["e2", "e1"]
    assert found[1].at.isoformat() == "2025-01-18T22:30:00-05:00"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (EVENTS + ROW.replace("2025-01-18", "2025-13-18"), "events.csv:2: date"),
        (EVENTS + ROW.replace("22:30", "24:30"), "events.csv:2: time_local"),
        (EVENTS + ROW.replace("22:30", ""), "precision hour needs a time_local"),
        (EVENTS + ROW.replace("America/New_York", "EDT/EST"), "events.csv:2: zone"),
        (EVENTS + ROW.replace("probable", "sure"), "events.csv:2: certainty"),
        (EVENTS + ROW.replace('"a paper"', ""), "events.csv:2: source"),
        (EVENTS + ROW.rstrip() + ",more,and more\n", "events.csv:2: too many cells"),
        (EVENTS + ROW + ROW, "event_id 'e1' is used twice"),
        (EVENTS.replace("certainty,", "") + ROW, "events.csv:1: without the column certainty"),
        ("", "events.csv:1: without the column"),
        (EVENTS + 'e1,"torn\n', "not CSV"),
    ],
)
def test_a_fault_of_the_events_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "events.csv").write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_events(tmp_path / "events.csv")
    assert said in str(caught.value)
    assert any(said in line for line in faults(write(tmp_path, GOOD + '[files]\nevents = "events.csv"\n')))


def test_a_new_study_and_an_outlet_alone_load(tmp_path: Path) -> None:
    write_study(tmp_path / "new", "new")
    assert load_study(tmp_path / "new").id == "new"
    (tmp_path / "harbour.toml").write_text(OUTLET)
    outlet, found = load_table(tmp_path / "harbour.toml", Outlet)
    assert outlet is not None
    assert not found
    assert outlet.addresses == (("feeds", 0, "https://harbour.example/feed"),)
