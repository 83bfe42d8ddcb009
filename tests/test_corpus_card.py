"""The data card: functions of the manifest alone, in forms that their readers take, nothing left to write by hand."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from corpus.card import write_card
from corpus.schemas import TABLES
from corpus.study import Study, load_study

NAMES = {"README.md", "DATASHEET.md", "croissant.json", "datapackage.json", "ro-crate-metadata.json", "CITATION.cff"}
OUTLET = """\
name = "Harbour Daily"
owner = { value = "private", as_of = 2025-01-01, source = "invented" }
country = { value = "US", as_of = 2025-01-01, source = "invented" }
languages = ["en", "zh-Hans"]
homepage = "https://harbour.example/"
hosts = ["harbour.example"]
feeds = ["https://harbour.example/feed"]
"""


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return study_with(tmp_path)


def study_with(folder: Path, title: str = "欢迎: a study", release: str = "") -> Study:
    (folder / "outlets").mkdir(parents=True)
    (folder / "outlets" / "harbour.toml").write_text(OUTLET, encoding="utf-8")
    about = {
        "id": "small",
        "title": title,
        "purpose": 'To test: "quotes", --- and\n# marks.',
        "contact": "someone@huanying.example",
        "legal_basis": "none needed",
        "ethics": "board 7",
    }
    lines = ["[study]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in about.items())]
    lines += ["[window]", "start = 2025-01-10", "end = 2025-01-20", '[[source]]\nid = "harbour"', "[release]", release]
    (folder / "study.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load_study(folder)


def manifest(rows: int = 3, last: str | None = "2025-02-03T04:05:06.000007+00:00") -> dict[str, Any]:
    """A manifest as a build writes it, with every table of the corpus."""
    tables = {}
    for name, table in TABLES.items():
        filled = rows if name not in ("copies", "rejections") else 0
        tables[name] = {
            "rows": filled,
            "description": table.description,
            "key": list(table.key),
            "files": [
                {"path": f"data/{name}/{name}-00000.parquet", "sha256": "ab" * 32, "bytes": 1234, "rows": filled}
            ],
            "columns": [
                {"name": c.name, "type": c.type, "description": c.description, "personal": c.personal}
                for c in table.columns
            ],
            "schema_sha256": "cd" * 32,
            "logical_digest": "ef" * 32,
        }
    return {
        "snapshot_id": "0123456789abcdef0123456789abcdef",
        "made_from": {"versions": {"huanying": "0.1.0", "pyarrow": "26.0.1"}, "study": {"id": "small"}},
        "dates": {"first_capture": "2025-02-01T00:00:00+00:00", "last_capture": last},
        "counts": {"captures": 7, "rejections": {"soft_404": 2}},
        "tables": tables,
    }


def front_matter(readme: bytes) -> dict[str, Any]:
    """The YAML head, whose values are JSON."""
    head = readme.decode().split("---\n")[1]
    content: dict[str, Any] = {"configs": []}
    for line in head.splitlines():
        key, _, value = line.strip().removeprefix("- ").partition(": ")
        if line.startswith("- config_name"):
            content["configs"].append({})
        where = content["configs"][-1] if line.startswith(("- ", "  ")) else content
        where[key.removesuffix(":")] = json.loads(value) if value else where.get(key.removesuffix(":"), [])
    return content


def test_every_file_of_the_card_is_there_and_ends_its_last_line(study: Study) -> None:
    card = write_card(manifest(), study)
    assert set(card) == NAMES
    for data in card.values():
        assert data.decode("utf-8").endswith("\n")
        assert b"\r" not in data


def test_it_is_a_function_of_the_manifest_alone(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    first = write_card(manifest(), study)
    shuffled = manifest()
    shuffled["tables"] = dict(reversed(shuffled["tables"].items()))
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    assert write_card(shuffled, study) == first
    today = re.compile(rb"20(2[6-9]|[3-9]\d)-\d\d-\d\d")
    assert not any(today.search(data) for data in first.values())
    assert all(str(study.folder).encode() not in data for data in first.values())


def test_the_one_date_is_that_of_the_newest_capture(study: Study) -> None:
    card = write_card(manifest(), study)
    assert "date-released: 2025-02-03\n" in card["CITATION.cff"].decode()
    assert json.loads(card["croissant.json"])["datePublished"] == "2025-02-03"
    assert json.loads(card["datapackage.json"])["created"] == "2025-02-03T00:00:00Z"
    assert json.loads(card["ro-crate-metadata.json"])["@graph"][1]["datePublished"] == "2025-02-03"


def test_configs_are_tables_with_rows_and_the_wide_one_is_the_default(study: Study) -> None:
    head = front_matter(write_card(manifest(), study)["README.md"])
    names = [config["config_name"] for config in head["configs"]]
    assert names[0] == "documents_wide"
    assert head["configs"][0]["default"] is True
    assert head["configs"][0]["data_files"] == "data/documents_wide/*.parquet"
    assert set(names) == set(TABLES) - {"copies", "rejections"}
    assert sum("default" in config for config in head["configs"]) == 1
    assert head["language"] == ["en", "zh"]
    assert head["pretty_name"] == "欢迎: a study"
    assert head["size_categories"] == ["n<1K"]


@pytest.mark.parametrize(("rows", "size"), [(999, "n<1K"), (1000, "1K<n<10K"), (10_000_000, "n>10M")])
def test_the_size_is_that_of_the_documents(study: Study, rows: int, size: str) -> None:
    assert front_matter(write_card(manifest(rows), study)["README.md"])["size_categories"] == [size]


def test_a_known_licence_is_named_and_another_is_other(tmp_path: Path) -> None:
    known = study_with(tmp_path / "a", release='licence = "CC-BY-4.0"')
    assert front_matter(write_card(manifest(), known)["README.md"])["license"] == "cc-by-4.0"
    other = study_with(tmp_path / "b", release='licence = "ask us"')
    head = front_matter(write_card(manifest(), other)["README.md"])
    assert (head["license"], head["license_name"]) == ("other", "ask us")
    assert "license:" not in write_card(manifest(), other)["CITATION.cff"].decode()


def test_no_text_breaks_out_of_its_place(tmp_path: Path) -> None:
    title = 'A "quoted" title: [x] {y} # z | w \\ --- *'
    card = write_card(manifest(), study_with(tmp_path, title))
    assert front_matter(card["README.md"])["pretty_name"] == title
    cited = dict(line.split(": ", 1) for line in card["CITATION.cff"].decode().splitlines() if ": " in line)
    assert json.loads(cited["title"]) == title
    assert json.loads(card["croissant.json"])["description"].endswith("# marks.")


def test_a_corpus_of_nothing_has_a_card_too(study: Study) -> None:
    card = write_card(manifest(0, None) | {"dates": {"first_capture": None, "last_capture": None}}, study)
    assert front_matter(card["README.md"])["configs"] == []
    croissant = json.loads(card["croissant.json"])
    assert "recordSet" not in croissant
    assert "datePublished" not in croissant
    assert len(json.loads(card["datapackage.json"])["resources"]) == len(TABLES)


def test_croissant_names_each_filled_table_and_column(study: Study) -> None:
    content = json.loads(write_card(manifest(), study)["croissant.json"])
    assert content["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    folder, *sets = content["distribution"]
    assert (folder["contentUrl"], folder["encodingFormat"]) == ("./", "git+https")
    assert {one["includes"] for one in sets} == {
        f"data/{name}/*.parquet" for name in TABLES if name not in ("copies", "rejections")
    }
    ids = {one["@id"] for one in content["distribution"]}
    for record_set in content["recordSet"]:
        columns = [column.name for column in TABLES[record_set["name"]].columns if "struct" not in column.type]
        assert [field["name"] for field in record_set["field"]] == columns
        assert {field["source"]["fileSet"]["@id"] for field in record_set["field"]} <= ids
    documents = next(one for one in content["recordSet"] if one["name"] == "documents")
    assert documents["description"].endswith("language_shares")  # measured: a nested column makes its library fail
    for key in ("dataCollection", "personalSensitiveInformation", "dataBiases", "dataLimitations"):
        assert len(content[f"rai:{key}"]) > 40


def test_the_data_package_has_hashes_no_byte_counts_and_any_for_what_is_nested(study: Study) -> None:
    content = json.loads(write_card(manifest(), study)["datapackage.json"])
    for resource in content["resources"]:
        assert resource["hash"] == "sha256:" + "ab" * 32
        assert "bytes" not in resource
        kinds = {column.name: column.type for column in TABLES[resource["name"]].columns}
        for field in resource["schema"]["fields"]:
            assert (field["type"] == "any") == kinds[field["name"]].startswith("list<")


def test_the_crate_is_whole(study: Study) -> None:
    graph = json.loads(write_card(manifest(), study)["ro-crate-metadata.json"])["@graph"]
    known = {one["@id"] for one in graph}
    assert len(known) == len(graph)

    def references(value: object) -> list[str]:
        if isinstance(value, dict):
            inner = [found for part in value.values() for found in references(part)]
            return [value["@id"], *inner] if set(value) == {"@id"} else inner
        return [found for part in value for found in references(part)] if isinstance(value, list) else []

    outside = {found for one in graph for found in references(one)} - known
    assert all(found.startswith("https://w3id.org/") for found in outside)
    root = next(one for one in graph if one["@id"] == "./")
    assert {"@id": "manifest.json"} in root["hasPart"]
    action = next(one for one in graph if one["@type"] == "CreateAction")
    assert {one["@id"] for one in action["instrument"]} == {"#software-huanying", "#software-pyarrow"}


def test_the_datasheet_answers_every_question(study: Study) -> None:
    text = write_card(manifest(), study)["DATASHEET.md"].decode()
    answers = re.split(r"^## .*\?$", text, flags=re.MULTILINE)[1:]
    assert len(answers) == 11
    assert all(len(answer.strip()) > 10 for answer in answers)
    for said in ("board 7", "none needed", "soft_404: 2", "`documents.author_key`: pseudonym", "Harbour Daily"):
        assert said in text


def test_tables_of_annotators_are_described_as_the_manifest_says(study: Study) -> None:
    more = manifest()
    more["tables"]["sentiment"] = more["tables"]["copies"] | {"rows": 1, "description": "How texts feel | tables"}
    card = write_card(more, study)
    assert "| `sentiment` | 1 | How texts feel \\| tables |" in card["README.md"].decode()
    names = [one["name"] for one in json.loads(card["croissant.json"])["recordSet"]]
    assert "sentiment" in names
