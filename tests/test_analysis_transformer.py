"""A transformer that a researcher brings is run here, from files that hold no code, and always says the same."""

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from analysis.annotate import annotate
from analysis.annotators import Label, Passage, version_of
from analysis.annotators.transformer import ANNOTATOR
from analysis.evaluate import evaluate
from corpus.build import build
from corpus.errors import HuanyingError, RefusedError, UserError
from corpus.manifest import verify
from corpus.study import Study, load_study
from tests.studies import STUDY, make_study

onnx = pytest.importorskip("onnx", reason="the package onnx makes the tests' models")
pytest.importorskip("onnxruntime", reason="the extra transformer is not installed")
tokenizers = pytest.importorskip("tokenizers", reason="the extra transformer is not installed")
WORDS = (
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "good",
    "bad",
    "cat",
    "猫",
    "好",
    "坏",
    "this",
    "text",
    "is",
    "welcoming",
    "hostile",
    "欢",
    "迎",
    "敌",
    "意",
    "这",
)


def make_tokenizer(folder: Path) -> None:
    """Words of `WORDS`, Chinese by characters; two texts as BERT joins them."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    made = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(handle_chinese_chars=True, lowercase=False)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    made.save(str(folder / "tokenizer.json"))


def make_onnx(folder: Path, weights: dict[str, Sequence[float]], width: int, inputs: Sequence[str] = ()) -> None:
    """A model whose logits are the sums of its words' weights: padding must not count, or they would differ."""
    from onnx import TensorProto, helper, numpy_helper

    table = np.zeros((len(WORDS), width), np.float32)
    for word, row in weights.items():
        table[WORDS.index(word)] = row
    table[0] = 1000  # what padding would add if the mask were not heeded
    names = ("input_ids", "attention_mask", *inputs)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["found"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
        helper.make_node("Mul", ["found", "wide"], ["masked"]),
        helper.make_node("ReduceSum", ["masked", "middle"], ["logits"], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "sums",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in names],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", width])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([2], np.int64), "last"),
            numpy_helper.from_array(np.array([1], np.int64), "middle"),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(made, folder / "model.onnx")


def make_config(folder: Path, classes: Sequence[str], **more: object) -> None:
    config = {"id2label": {str(n): name for n, name in enumerate(classes)}, "pad_token_id": 0, **more}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


SENTIMENT = {"good": (0, 2), "好": (0, 2), "bad": (2, 0), "坏": (2, 0)}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder with a model of two classes."""
    folder = tmp_path / "model"
    folder.mkdir()
    make_tokenizer(folder)
    make_onnx(folder, SENTIMENT, 2)
    make_config(folder, ("LABEL_0", "LABEL_1"))
    return folder


def study_with(folder: Path, settings: str) -> Study:
    """A study, without captures, whose models.toml says ``settings`` of the transformer."""
    folder.mkdir(exist_ok=True)
    (folder / "study.toml").write_text(STUDY.split("[[source]]")[0], encoding="utf-8")
    (folder / "models.toml").write_text(f"[transformer]\n{settings}\n", encoding="utf-8")
    return load_study(folder)


def labelled(tmp_path: Path, settings: str, *texts: str | Passage) -> list[list[Label]]:
    passages = [one if isinstance(one, Passage) else Passage(one, "en") for one in texts]
    return ANNOTATOR.prepare(study_with(tmp_path / "study", settings))(passages)


FOLDER = 'folder = "../model"'
NAMED = f'{FOLDER}\nnames = {{ LABEL_0 = "negative", LABEL_1 = "positive" }}'


def three(tmp_path: Path, classes: Sequence[str] = ("A", "B", "C")) -> None:
    folder = tmp_path / "model"
    make_onnx(folder, {"good": (0, 2, 2), "bad": (2, 0, 0), "cat": (1, 0.9, 0.9)}, 3)
    make_config(folder, classes)


def test_classes_of_one_label_count_together(tmp_path: Path, model: Path) -> None:
    three(tmp_path)
    named = f'{FOLDER}\nnames = {{ B = "x", C = "x" }}'
    (good,), (cat,) = labelled(tmp_path, named, "good", "cat")
    assert (good.label, good.score) == ("x", pytest.approx(2 * np.e**2 / (1 + 2 * np.e**2), abs=1e-4))
    assert cat.label == "x", "A is the likeliest class, and x the likeliest label"
    several = labelled(tmp_path, named + "\nmulti_label = true\nthreshold = 0.4", "good")
    sigmoid = pytest.approx(1 / (1 + np.exp(-2)), abs=1e-4)
    assert [(label.label, label.score) for label in several[0]] == [("x", sigmoid), ("A", 0.5)]


def test_labels_with_a_meaning_of_their_own_are_no_names(tmp_path: Path, model: Path) -> None:
    for name in ("abstain", "not_applicable"):
        with pytest.raises(UserError, match=f"label {name} has a meaning of its own"):
            labelled(tmp_path, f'{FOLDER}\nnames = {{ LABEL_0 = "{name}" }}', "good")
    none = f'{FOLDER}\nnames = {{ LABEL_0 = "none", LABEL_1 = "positive" }}'
    assert [one[0].label for one in labelled(tmp_path, none, "good", "bad")] == ["positive", "none"]
    both = labelled(tmp_path, none + "\nmulti_label = true\nthreshold = 0.4", "cat")
    assert [label.label for label in both[0]] == ["positive"], "none stands beside no label"
    make_config(model, ("not_applicable", "fine"))
    with pytest.raises(UserError, match="not_applicable has the name"):
        labelled(tmp_path, FOLDER, "good")


@pytest.mark.parametrize("place", [".cache", ".git", "sub/.cache", "x/../.cache", ".CACHE"])
def test_weights_where_nothing_is_digested_are_refused(tmp_path: Path, model: Path, place: str) -> None:
    move_weights(model, f"{place}/w.data")
    with pytest.raises(RefusedError, match="names weights in"):
        labelled(tmp_path, NAMED, "good")


def test_weights_beside_the_model_are_digested(tmp_path: Path, model: Path) -> None:
    move_weights(model, "w.data")
    study = study_with(tmp_path / "study", NAMED)
    before = ANNOTATOR.version_for(study)
    assert ANNOTATOR.prepare(study)([Passage("good", "en")])[0][0].label == "positive"
    (model / "w.data").write_bytes((-np.frombuffer((model / "w.data").read_bytes(), np.float32)).tobytes())
    assert ANNOTATOR.version_for(study) != before
    move_weights(model, "../w.data")
    with pytest.raises(UserError, match="onnxruntime cannot run it"):
        ANNOTATOR.version_for(study)


def test_a_link_to_a_folder_is_refused(tmp_path: Path, model: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (model / "sub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RefusedError, match="leads to another folder"):
        labelled(tmp_path, NAMED, "good")


def test_hypotheses_are_tried_before_a_corpus_is(tmp_path: Path, model: Path) -> None:
    make_config(model, ("entailment", "contradiction"))
    long = " ".join(["text"] * 8)
    study = study_with(
        tmp_path / "study",
        f'{FOLDER}\ntask = "entailment"\nlength = 8\nlabel = [{{ id = "a", zh = "好", en = "{long}" }}]',
    )
    with pytest.raises(UserError, match="which leaves none for a text"):
        ANNOTATOR.version_for(study)


def move_weights(folder: Path, place: str) -> None:
    """Let the model's table of weights lie in a file of its own."""
    from onnx import TensorProto, numpy_helper

    made = onnx.load(folder / "model.onnx", load_external_data=False)
    (table,) = (one for one in made.graph.initializer if one.name == "table")
    if table.data_location != TensorProto.EXTERNAL:
        raw = numpy_helper.to_array(table).tobytes()
    else:
        raw = (folder / "w.data").read_bytes()
    target = folder / place.replace("x/../", "")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(raw)
    table.ClearField("raw_data")
    table.ClearField("external_data")
    table.data_location = TensorProto.EXTERNAL
    entry = table.external_data.add()
    entry.key, entry.value = "location", place
    (folder / "model.onnx").write_bytes(made.SerializeToString())


def test_classes_by_softmax_in_the_order_of_the_texts(tmp_path: Path, model: Path) -> None:
    texts = ("good cat", "bad", "good good good cat cat cat", "", "猫 好", "cat " * 30 + "bad bad")
    found = labelled(tmp_path, NAMED + "\nbatch = 2", *texts)
    assert [labels[0].label for labels in found] == [
        "positive",
        "negative",
        "positive",
        "not_applicable",
        "positive",
        "negative",
    ]
    assert found[0][0].score == round(1 / (1 + np.exp(-2)), 4)
    assert found[2][0].score == round(1 / (1 + np.exp(-6)), 4)
    assert found[3] == [Label("not_applicable")]
    for size in (1, 3, 64):
        assert labelled(tmp_path, NAMED + f"\nbatch = {size}", *texts) == found


def test_what_is_too_long_is_cut_and_it_says_so(tmp_path: Path, model: Path) -> None:
    text = "cat " * 20 + "bad bad bad bad"
    found = labelled(tmp_path, NAMED + "\nlength = 12", text, Passage("cat good", "en", "article", "cat cat"), "猫好")
    assert found[0][0].more == {"truncated": True, "read_to": 39} and text[:39].split() == ["cat"] * 10
    assert found[0][0].score == 0.5
    assert found[1][0].more == {"truncated": False, "read_to": 8}
    assert found[2][0].more == {"truncated": False, "read_to": 2}
    shorter = {"max_position_embeddings": 13, "model_type": "xlm-roberta", "pad_token_id": 0}
    (model / "config.json").write_text(json.dumps(shorter))  # without names, as transformers writes its default
    assert labelled(tmp_path, NAMED, text)[0][0].more == found[0][0].more


def test_several_labels_as_the_config_says(tmp_path: Path, model: Path) -> None:
    make_config(model, ("angry", "glad"), problem_type="multi_label_classification")
    make_onnx(
        model, {"good": (-9, 2), "bad": (2, -9), "好": (-9, 2), "坏": (2, -9), "cat": (3, 4), "[CLS]": (-2, -2)}, 2
    )
    found = labelled(tmp_path, FOLDER, "cat", "good bad", "this", "")
    assert [[label.label for label in labels] for labels in found] == [
        ["glad", "angry"],
        ["none"],
        ["none"],
        ["not_applicable"],
    ]
    assert found[0][0].score == round(1 / (1 + np.exp(-2)), 4)
    assert [label.label for label in labelled(tmp_path, FOLDER + "\nthreshold = 0.8", "cat")[0]] == ["glad"]
    assert len(labelled(tmp_path, FOLDER + "\nmulti_label = false", "cat")[0]) == 1


def test_a_doubtful_answer_and_one_that_is_no_number(tmp_path: Path, model: Path) -> None:
    found = labelled(tmp_path, NAMED + "\nabstain_below = 0.6", "cat", "good")
    assert [(labels[0].label, labels[0].score) for labels in found] == [("abstain", 0.5), ("positive", 0.8808)]
    make_onnx(model, {"good": (float("nan"), 0)}, 2)
    found = labelled(tmp_path, NAMED, "good")
    assert (found[0][0].label, found[0][0].score) == ("abstain", None)


ENTAILMENT = (
    FOLDER
    + """
task = "entailment"
[transformer.templates]
zh = "这意{}"
en = "this is {}"
[[transformer.label]]
id = "welcoming"
zh = "欢迎"
en = "welcoming"
[[transformer.label]]
id = "hostile"
zh = "敌意"
en = "hostile"
"""
)
# entailment, neutral, contradiction
HYPOTHESES = {"welcoming": (1, 0, 0), "欢": (3, 0, 0), "hostile": (0, 0, 1), "敌": (0, 0, 3), "[SEP]": (0.25, 0, 0)}


def test_hypotheses_in_the_language_of_the_text(tmp_path: Path, model: Path) -> None:
    make_config(model, ("entailment", "neutral", "contradiction"))
    make_onnx(model, HYPOTHESES, 3, inputs=("token_type_ids",))
    texts = (Passage("cat", "en"), Passage("猫", "zh-Hans"), Passage("猫", "zh-Hant"))
    found = labelled(tmp_path, ENTAILMENT, *texts)
    assert [(labels[0].label, labels[0].score) for labels in found] == [
        ("welcoming", round(1 / (1 + np.exp(-1)), 4)),
        ("welcoming", round(1 / (1 + np.exp(-3)), 4)),
        ("welcoming", round(1 / (1 + np.exp(-3)), 4)),
    ]
    found_alone = found[0][0].score
    several = ENTAILMENT.replace('task = "entailment"', 'task = "entailment"\nmulti_label = true\nthreshold = 0.9')
    found = labelled(tmp_path, several, *texts)
    assert [[label.label for label in labels] for labels in found] == [["none"], ["welcoming"], ["welcoming"]]
    wordy = ENTAILMENT.replace("this is {}", "this is a cat in a text that is {}").replace("task", "length = 18\ntask")
    long = labelled(tmp_path, wordy, Passage("cat cat cat cat cat cat", "en"))
    assert long[0][0].score == found_alone, "the hypothesis is never cut, though it is longer than the text"
    assert long[0][0].more == {"truncated": True, "read_to": 19}
    with pytest.raises(UserError, match="takes 13 of 13 tokens, which leaves none for a text"):
        labelled(tmp_path, wordy.replace("length = 18", "length = 13"), "cat")
    make_config(model, ("yes", "perhaps", "no"))
    with pytest.raises(UserError, match="no model of entailment"):
        labelled(tmp_path, ENTAILMENT, "cat")


def test_the_version_holds_every_file_and_setting_but_no_place(tmp_path: Path, model: Path) -> None:
    study = study_with(tmp_path / "study", NAMED)
    first = version_of(ANNOTATOR, study)
    assert first == version_of(ANNOTATOR, study_with(tmp_path / "other", NAMED))
    facts = ANNOTATOR.made_with(study)
    assert sorted(facts["files"]) == ["config.json", "model.onnx", "tokenizer.json"]
    assert all(len(digest) == 64 for digest in facts["files"].values()) and str(tmp_path) not in json.dumps(facts)
    assert "../model" not in json.dumps(facts)
    make_onnx(model, {"good": (1, 2)}, 2)
    changed = version_of(ANNOTATOR, study)
    (model / "notes").mkdir()
    (model / "notes" / "README.md").write_text("a card", encoding="utf-8")
    more = version_of(ANNOTATOR, study)
    assert (
        len({first, changed, more, version_of(ANNOTATOR, study_with(tmp_path / "study", NAMED + "\nlength = 20"))}) == 4
    )
    assert labelled(tmp_path, NAMED, "good")[0][0].score == round(1 / (1 + np.exp(-1)), 4)


@pytest.mark.parametrize(
    "name",
    [
        "pytorch_model.bin",
        "weights.pkl",
        "a.pt",
        "sub/more.ckpt",
        "modeling.py",
        "weights.unheard_of",
        "op.so",
        "B.BIN",
    ],
)
def test_what_may_run_code_is_refused_by_name(tmp_path: Path, model: Path, name: str) -> None:
    (model / name).parent.mkdir(exist_ok=True)
    (model / name).write_bytes(b"print('run')")
    with pytest.raises(RefusedError, match=name.rpartition("/")[2]):
        labelled(tmp_path, FOLDER, "good")
    with pytest.raises(RefusedError):
        version_of(ANNOTATOR, study_with(tmp_path / "study", FOLDER))


def test_a_config_that_asks_for_code_is_refused(tmp_path: Path, model: Path) -> None:
    make_config(model, ("a", "b"), auto_map={"AutoModel": "modeling.Own"})
    with pytest.raises(RefusedError, match="auto_map"):
        labelled(tmp_path, FOLDER, "good")


def test_each_fault_of_a_folder_is_told(tmp_path: Path, model: Path) -> None:
    def told(settings: str = FOLDER) -> str:
        with pytest.raises(UserError) as fault:
            version_of(ANNOTATOR, study_with(tmp_path / "study", settings))
        return str(fault.value)

    assert "no such folder" in told('folder = "../absent"')
    assert "no class LABEL_7" in told(FOLDER + '\nnames = { LABEL_7 = "x" }')
    make_config(model, ("only",))
    assert "no classes" in told()
    make_config(model, ("a", "b", "c"))
    assert "(2,) numbers a text, and its config names 3 classes" in told()
    (model / "config.json").write_text('{"id2label": {"0": "a", "2": "b"}}')
    assert "id2label" in told()
    (model / "config.json").write_text("{")
    assert "not JSON" in told()
    make_config(model, ("a", "b"))
    make_onnx(model, SENTIMENT, 2, inputs=("pixel_values",))
    assert "pixel_values" in told()
    (model / "model.onnx").write_bytes(b"no model")
    assert "onnxruntime cannot run it" in told()
    (model / "model.onnx").unlink()
    assert "optimum-cli export onnx" in told()
    (model / "tokenizer.json").write_text("[]")
    assert "neither model.onnx nor model.safetensors" in told()
    make_onnx(model, SENTIMENT, 2)
    assert "no tokenizer" in told()
    (model / "tokenizer.json").unlink()
    assert "tokenizer.json is missing" in told()
    (model / "config.json").unlink()
    assert "config.json is missing" in told()


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ("", "folder: is missing"),
        ('folder = "m"\nbatsch = 3', "did you mean 'batch'"),
        ('folder = "m"\ntask = "entailment"', "label"),
        (ENTAILMENT.replace('id = "hostile"', 'id = "none"'), "meaning of its own"),
        (ENTAILMENT.replace("this is {}", "this is"), "needs one {}"),
    ],
)
def test_faulty_settings_are_told_with_their_line(tmp_path: Path, settings: str, fault: str) -> None:
    with pytest.raises(UserError, match=fault) as told:
        version_of(ANNOTATOR, study_with(tmp_path / "study", settings))
    assert "models.toml:" in str(told.value)


def test_without_a_model_it_says_what_to_write(tmp_path: Path) -> None:
    study = study_with(tmp_path / "study", FOLDER)
    with pytest.raises(UserError, match="needs a study"):
        ANNOTATOR.prepare(None)
    (study.folder / "models.toml").write_text("")
    with pytest.raises(UserError, match=r"write \[transformer\]"):
        ANNOTATOR.prepare(study)
    (study.folder / "models.toml").unlink()
    with pytest.raises(UserError, match=r"write \[transformer\]"):
        ANNOTATOR.prepare(study)


def test_a_corpus_is_labelled_alike_by_any_number_of_workers(tmp_path: Path, model: Path) -> None:
    study = make_study(tmp_path / "small")
    build(study, workers=1)
    (study.folder / "models.toml").write_text(f"[transformer]\n{NAMED}\n", encoding="utf-8")
    done = annotate(study, ["transformer"], workers=1)
    again = annotate(study, ["transformer"], workers=2)
    assert done.snapshot.id == again.snapshot.id and sum(done.labels["transformer"].values()) == done.snapshot.rows(
        "documents"
    )
    verify(done.snapshot)
    facts = done.snapshot.manifest["tables"]["transformer"]
    assert facts["made_with"][facts["current_version"]]["files"]["model.onnx"]
    assert {"truncated", "read_to"} < set(done.snapshot.table("transformer").column_names)
    (model / "x.bin").touch()
    with pytest.raises(RefusedError, match=r"x\.bin"):
        annotate(study, ["transformer"], workers=1)


def test_it_is_held_against_gold(tmp_path: Path, model: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    rows = [("good", "positive"), ("bad cat", "negative"), ("cat good", "negative")]
    gold.write_text(
        "".join(json.dumps({"id": str(n), "text": t, "label": g, "lang": "en"}) + "\n" for n, (t, g) in enumerate(rows))
    )
    figures = evaluate("transformer", gold, study_with(tmp_path / "study", NAMED)).figures
    assert figures["accuracy"] == pytest.approx(2 / 3) and figures["calibration"]["error"] is not None
    with pytest.raises(UserError, match="needs a study"):
        evaluate("transformer", gold)


def test_safetensors_run_in_torch(tmp_path: Path, model: Path) -> None:
    if not (importlib.util.find_spec("torch") and importlib.util.find_spec("transformers")):
        pytest.skip("torch and transformers are not installed: folders with safetensors cannot be run")
    import torch
    import transformers

    torch.manual_seed(1)
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        num_labels=2,
    )
    made = transformers.BertForSequenceClassification(config).eval()
    (model / "model.onnx").unlink()
    made.save_pretrained(model)
    assert (model / "model.safetensors").is_file()
    found = labelled(tmp_path, NAMED, "good cat", "bad", "cat " * 30)
    with torch.inference_mode():
        expected = torch.softmax(made(torch.tensor([[2, 4, 6, 3]])).logits, -1).max().item()
    assert found[0][0].score == pytest.approx(expected, abs=1e-4)
    assert labelled(tmp_path, NAMED + "\nbatch = 1", "good cat", "bad", "cat " * 30) == found


def test_safetensors_without_torch_say_what_to_do(tmp_path: Path, model: Path) -> None:
    if importlib.util.find_spec("torch"):
        pytest.skip("torch is installed")
    (model / "model.onnx").rename(model / "model.safetensors")
    with pytest.raises(HuanyingError, match="needs torch and transformers.*\n.*optimum-cli export onnx"):
        labelled(tmp_path, FOLDER, "good")
