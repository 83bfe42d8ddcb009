"""Tables as spreadsheets and pandas write them: their codecs, delimiters, first rows, numbers and lists."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpus.counts import read_count
from corpus.delimited import columns_of
from corpus.errors import UserError
from corpus.imports import Damaged, Held, Taken
from corpus.imports.fourcat import IMPORT as FOURCAT
from corpus.imports.tables import IMPORT as TABLES
from corpus.imports.zeeschuimer import IMPORT as ZEESCHUIMER
from corpus.intake import intake
from corpus.mapped import moment_of, tags_of
from corpus.recognition import find
from corpus.records import Count
from corpus.rednote.items import moment
from corpus.strictjson import read_json
from corpus.studyfile import Columns, Mapping
from tests.exported import folded, lines, table, zeeschuimer
from tests.imported import (
    bluesky_post,
    fourcat_note,
    mastodon_inner,
    mastodon_status,
    weibo_in_zeeschuimer,
    zeeschuimer_note,
)
from tests.test_corpus_intake import make_study

HELD = Held(
    frozenset({"bluesky", "harbour-daily", "rednote", "weibo"}),
    {"harbour-daily.example": "harbour-daily", "www.xiaohongshu.com": "rednote", "m.weibo.cn": "weibo"},
    (Mapping(files="rows.*", source="weibo", kind="post", zone=None, columns=Columns(id="id", text="text")),),
)


def rows(path: Path, content: bytes) -> list[dict[str, str]]:
    path.write_bytes(content)
    return [read_json(one.entry.body)["fields"] for one in TABLES.items(path, HELD) if isinstance(one, Taken)]


def test_a_first_row_that_cannot_be_read_makes_no_row_the_names(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"id,text,caf\xe9\n1,one,\n2,two,\n")
    with pytest.raises(UserError, match=r"first row.*not_utf8, line 1") as caught:
        list(TABLES.items(path, HELD))
    assert "UTF-8" in str(caught.value.hint)
    study = make_study(tmp_path / "study", "rednote")
    notes = tmp_path / "z.ndjson"
    notes.write_bytes(lines([zeeschuimer_note(1)]))
    result = intake(study, [path, notes])
    assert result.kept == 1 and result.files[0].fault and result.exit_code == 6


@pytest.mark.parametrize("told", [b"sep=;\r\n", b'"sep=;"\r\n', b"\xef\xbb\xbfsep=;\n"])
def test_the_line_that_tells_excel_the_delimiter_is_no_row(tmp_path: Path, told: bytes) -> None:
    content = told + "id;text\r\n1;你好, du\r\n".encode()
    assert rows(tmp_path / "rows.csv", content) == [{"id": "1", "text": "你好, du"}]
    assert columns_of(content) == (("id", "text\r"), ";") or columns_of(content)[0] == ("id", "text")


def test_a_table_of_4cat_in_gbk_is_read_as_such(tmp_path: Path) -> None:
    content = table([{**fourcat_note(n), "body": "我们都是朋友，欢迎来到这里"} for n in (1, 2)])
    (tmp_path / "u.csv").write_bytes(content)
    (tmp_path / "g.csv").write_bytes(content.decode().encode("gb18030"))
    plain, packed = (
        [one.entry.body for one in FOURCAT.items(tmp_path / name, HELD) if isinstance(one, Taken)]
        for name in ("u.csv", "g.csv")
    )
    assert len(plain) == 2 and plain == packed
    (tmp_path / "l.csv").write_bytes(content + b"caf\xe9\n")
    damaged = [one for one in FOURCAT.items(tmp_path / "l.csv", HELD) if isinstance(one, Damaged)]
    assert [one.reason for one in damaged] == ["not_utf8"]


@pytest.mark.parametrize("sign", [";", "\t"])
def test_the_table_beside_pages_may_be_separated_otherwise(tmp_path: Path, sign: str) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "a.html").write_text("<p>one</p>")
    listed = f"path{sign}url{sign}title\na.html{sign}https://harbour-daily.example/1{sign}One, two\n"
    (folder / "urls.csv").write_text("\ufeff" + listed)
    study = make_study(tmp_path / "study", "harbour-daily")
    result = intake(study, [folder])
    assert result.kept == 1 and not result.stubs


def test_numbers_and_lists_of_pandas() -> None:
    assert moment("1736926500.0") == moment("1736926500") == datetime(2025, 1, 15, 7, 35, tzinfo=UTC)
    assert moment("1736926500123.0") == moment(1736926500123) and moment("1736926500.5.0") is None
    assert read_count("12.0") == read_count(12) == Count(12, 12, 12, "12")
    assert read_count("1.5").value is None and read_count("1.0万") == Count(10_000, 9_500, 10_499, "1.0万")
    assert tags_of("['猫税', 'b']") == tags_of('["猫税", "b"]') == ("猫税", "b")
    assert tags_of("""['it, "s"', "it's", 'a\\'b']""") == ('it, "s"', "it's", "a'b")
    assert tags_of("[]") == () and tags_of("[猫税,b") == ("[猫税", "b")
    found = moment_of("Tue Jan 14 10:00:00 +0800 2025", "auto", None)
    assert found and (found.at, found.precision, found.zone_assumed) == (
        datetime(2025, 1, 14, 2, tzinfo=UTC),
        "second",
        None,
    )
    assert moment_of("Tue Jan 14 10:00:00 +0800 2025", "iso", "UTC") is None


def test_the_mapping_that_is_offered_names_the_source_of_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    for address, source in (
        ("https://www.xiaohongshu.com/explore/6784f0a1000000000203abcd", "rednote"),
        ("https://www.rednote.com/explore/6784f0a1000000000203abcd", "rednote"),
        ("https://m.weibo.cn/status/1", "weibo"),
        ("https://harbour-daily.example/1", "harbour-daily"),
        ("none", "bluesky"),
    ):
        path.write_text(f"id,text,link\n1,one,{address}\n")
        with pytest.raises(UserError) as caught:
            list(TABLES.items(path, HELD))
        assert f'source = "{source}"' in str(caught.value.hint)


def test_a_file_of_zeeschuimer_is_asked_for_before_single_platforms(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    view = {name: value for name, value in bluesky_post(1).items() if name != "4CAT_metadata"}
    for items, kind in (
        ([weibo_in_zeeschuimer(1), zeeschuimer_note(2)], "zeeschuimer"),
        ([zeeschuimer_note(2), weibo_in_zeeschuimer(1)], "zeeschuimer"),
        ([folded(weibo_in_zeeschuimer(1)), folded(zeeschuimer_note(2))], "zeeschuimer"),
        ([mastodon_status(1)], "mastodon"),
        ([folded(zeeschuimer(mastodon_inner(1), source_platform="mastodon.example"))], "mastodon"),
        ([zeeschuimer({**view, "more": "x" * 70_000}, source_platform="bsky.app")], "bluesky"),
        ([folded(zeeschuimer(view, source_platform="bsky.app"))], "bluesky"),
    ):
        path.write_bytes(lines(items))
        (found,), _ = find(path)
        assert found.kind == kind
    path.write_bytes(lines([weibo_in_zeeschuimer(1), zeeschuimer_note(2)]))
    sources = [one.entry.source_id for one in ZEESCHUIMER.items(path, HELD) if isinstance(one, Taken)]
    assert sources == ["weibo", "rednote"]
