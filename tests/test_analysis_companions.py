"""`huanying check` reads every file beside a study, and names file, line and next step of each fault."""

from pathlib import Path

import pytest

from analysis.companions import companions
from corpus.authoring import write_study
from corpus.errors import UserError
from corpus.study import Study, load_study
from tests.planned import write_plan

ROOT = Path(__file__).resolve().parent.parent
LLM = """\
[llm]
endpoint = "http://127.0.0.1:8080/v1"
model = "tiny"
prompt = "prompt.txt"
label = [{ id = "yes", means = "it does" }]
"""
FILES = {
    "codebook.toml": ("themes = 3\n", r"codebook\.toml:1: theme"),
    "stance.toml": (
        "[codebook]\nlabels = 1\n",
        r"stance\.toml:2: codebook\.labels",
    ),
    "emotions.toml": ("[[emotion]]\nid = 3\n", r"emotions\.toml:2: emotion\.0\.id"),
    "gazetteer.toml": ("[platform\n", r"gazetteer\.toml:1: not TOML"),
    "topics.toml": ('[topics]\nmethod = "lda"\n', r"topics\.toml:2: topics\.method"),
    "glossary.toml": ('[[term]]\nzh = ["猫"]\n', r"glossary\.toml:1: term\.0: is no translation"),
    "topics.merge.toml": (
        '[[topic]]\nid = "zh-1"\nwords = []\ninto = "zh-2"\n',
        r"topics\.merge\.toml:1: topic\.0: zh-1: .*no such topic",
    ),
    "models.toml": (LLM + "seeds = 1\n", r"models\.toml:6: llm\.seeds: unknown key"),
}


SCHEME = 'scheme = { id = "x", version = "1" }\nvariable = 3\n'
FILES |= {
    "coding.toml": (SCHEME, r"coding\.toml:2: variable: should be a list"),
    "coding-second.toml": (SCHEME, r"coding-second\.toml:2: variable: should be a list"),
    "sample.toml": ("[plan]\nname = 3\n", r"sample\.toml:2: plan\.name: should be a text"),
    "first-draw.toml": ("[plan]\n[design]\nn = true\n", r"first-draw\.toml:3: design\.n: should be a whole number"),
}


def study_with(folder: Path, files: dict[str, str]) -> Study:
    write_study(folder, "small")
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        named = (folder / "study.toml").read_text(encoding="utf-8")
        (folder / "study.toml").write_text(named.replace(f"# {name[:-5]} = ", f"{name[:-5]} = "), encoding="utf-8")
    return load_study(folder)


def test_what_each_file_holds() -> None:
    told = companions(load_study(ROOT / "studies" / "tiktok-refugees"))
    assert [line.partition(":")[0] for line in told] == [
        "codebook.toml", "stance.toml", "emotions.toml", "gazetteer.toml", "topics.toml", "glossary.toml", "coding.toml"
    ]  # fmt: skip
    assert all("\n" not in line for line in told)


def test_a_study_may_have_none(tmp_path: Path) -> None:
    study = study_with(tmp_path, {})
    assert companions(study) == ["codebook.toml: themes (1)"]
    (tmp_path / "study.toml").write_text((tmp_path / "study.toml").read_text().replace("themes = ", "# themes = "))
    assert companions(load_study(tmp_path)) == ["no file beside the study says how its corpus is read"]


@pytest.mark.parametrize("name", FILES)
def test_a_fault_is_told_with_its_file_and_what_to_do(tmp_path: Path, name: str) -> None:
    text, fault = FILES[name]
    with pytest.raises(UserError, match=fault) as told:
        companions(study_with(tmp_path, {name: text}))
    assert str(tmp_path / name) in str(told.value) and told.value.hint


def test_the_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError) as told:
        companions(study_with(tmp_path, {name: text for name, (text, _) in FILES.items()}))
    assert [name for name in FILES if str(tmp_path / name) not in str(told.value)] == []


def test_what_a_model_is_asked_must_be_there(tmp_path: Path) -> None:
    study = study_with(tmp_path, {"models.toml": LLM})
    with pytest.raises(UserError, match=r"prompt\.txt: cannot be read.*\n.*models\.toml names it"):
        companions(study)
    (tmp_path / "prompt.txt").write_text("Does it?", encoding="utf-8")
    assert companions(study)[1:] == ["models.toml: llm, tiny at 127.0.0.1; on this machine"]
    far = (tmp_path / "models.toml").read_text().replace("http://127.0.0.1:8080", "https://models.example")
    (tmp_path / "models.toml").write_text(far, encoding="utf-8")
    assert companions(study)[1:] == ["models.toml: llm, tiny at models.example; REFUSED: texts_may_leave is not set"]
    (tmp_path / "models.toml").write_text('[transformer]\nfolder = "model"\n', encoding="utf-8")
    with pytest.raises(UserError, match="no such folder with a model"):
        companions(study)


def test_plans_and_schemes_are_told_and_other_files_are_none(tmp_path: Path) -> None:
    study = study_with(tmp_path, {"notes.toml": "[plan]\nbring = 'tea'\n", "odd.toml": "= 3"})
    before = companions(study)
    write_plan(tmp_path / "sample.toml", {"method": "srs", "n": 5}, name="one")
    write_plan(tmp_path / "later.toml", {"method": "poisson", "rate": 0.2}, name="two")
    (tmp_path / "coding.toml").write_bytes((ROOT / "studies" / "demo" / "coding.toml").read_bytes())
    assert companions(study) == [
        *before,
        "coding.toml: a coding scheme, asks for sentiment, stance, theme_cat_tax, theme_language_help",
        "later.toml: the plan of a draw, two, method poisson",
        "sample.toml: the plan of a draw, one, method srs",
    ]
    text = (tmp_path / "sample.toml").read_text(encoding="utf-8")
    (tmp_path / "sample.toml").write_text(text + '[frame]\nsources = ["elsewhere"]\n', encoding="utf-8")
    with pytest.raises(UserError, match=r"sample\.toml:\d+: frame\.sources: 'elsewhere' is no"):
        companions(study)
