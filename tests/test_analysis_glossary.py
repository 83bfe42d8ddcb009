"""What a study says of its topics is checked whole, and the researcher's merges are never nonsense."""

from pathlib import Path

import pytest

from analysis.topicmodels.glossary import GLOSSARY, TOPICS, contents, glossary, topics_file
from analysis.topicmodels.merging import MERGE, add_new, load_merge
from analysis.topicmodels.topics import Topic
from corpus.errors import UserError
from corpus.study import load_study
from tests.planted_topics import study_of

REFUGEES = Path(__file__).resolve().parent.parent / "studies" / "tiktok-refugees"


def entry(name: str, more: str = "") -> str:
    return f'[[topic]]\nid = "{name}"\nwords = ["a", "b"]\n{more}\n'


def test_the_first_study_s_files_load() -> None:
    study = load_study(REFUGEES)
    terms = glossary(study)
    assert 80 <= len(terms) <= 200
    written = [word for term in terms for word in term.zh]
    assert len(set(written)) == len(written), "a Chinese word of two terms would tie things that differ"
    assert topics_file(study).topics.method == "clusters" and not topics_file(study).seed


def test_without_files_all_has_a_default(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    (tmp_path / GLOSSARY).unlink()
    assert glossary(study) == () and topics_file(study).topics.number.zh is None
    assert load_merge(study).file == () and contents(study, (TOPICS, GLOSSARY, MERGE)) == b""


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (TOPICS, "[topics]\nmetod = 'nmf'\n", "did you mean 'method'?"),
        (TOPICS, "[topics]\nnumber = { zh = 1 }\n", "greater than or equal to 2"),
        (TOPICS, '[[seed]]\nname = "cats"\n', "has no words"),
        (GLOSSARY, 'term = [{ zh = ["猫"], en = [] }]\n', "is no translation"),
        (GLOSSARY, "term = [", "not TOML"),
        (MERGE, entry("zh-1") * 2, "zh-1 stands twice"),
        (MERGE, entry("zh-1", 'into = "zh-9"'), "there is no such topic here"),
        (MERGE, entry("zh-1", 'into = "en-1"') + entry("en-1"), "of another language"),
        (MERGE, entry("zh-1", 'into = "zh-2"') + entry("zh-2", 'into = "zh-1"'), "leads back to itself"),
        (MERGE, entry("zh-1", 'into = "zh-1"'), "leads back to itself"),
    ],
)
def test_each_fault_is_named(tmp_path: Path, name: str, text: str, told: str) -> None:
    study = study_of(tmp_path)
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        topics_file(study), glossary(study), load_merge(study)
    assert told in str(caught.value) and name in str(caught.value) and caught.value.exit_code == 2


def test_merges_lead_to_the_end_of_the_way(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    steps = entry("zh-1", 'into = "zh-2"') + entry("zh-2", 'into = "zh-3"') + entry("zh-3")
    (tmp_path / MERGE).write_text(steps, encoding="utf-8")
    merge = load_merge(study)
    assert [merge.into(name) for name in ("zh-1", "zh-2", "zh-3", "zh-9")] == ["zh-3", "zh-3", "zh-3", "zh-9"]


def test_new_topics_are_added_and_nothing_else_changes(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    found = [Topic("zh-1", ("猫", '"quoted" \\ back')), Topic("en-2", ("cat",))]
    path, added = add_new(study, found[:1])
    assert added == 1
    text = path.read_text(encoding="utf-8").replace('name = ""', 'name = "cats"  # mine')
    path.write_text(text, encoding="utf-8")
    assert add_new(study, found) == (path, 1) and add_new(study, found) == (path, 0)
    after = path.read_text(encoding="utf-8")
    assert after.startswith(text.rstrip("\n"))
    first, second = load_merge(study).file
    assert (first.id, first.name, first.words) == ("zh-1", "cats", ("猫", '"quoted" \\ back')) and second.id == "en-2"
