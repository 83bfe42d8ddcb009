"""Run a local model over texts, in onnxruntime or in torch: tokens in, one number a class out, always the same."""

import importlib
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.models.weights import CONVERT, ONNX, Weights
from corpus.errors import UserError
from corpus.strictjson import JSONFault, read_json

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Forward = Callable[[dict[str, Whole]], Any]
WINDOW = 1024
"""Texts whose tokens are held at one time; within it they are sorted by length, so that little is padded."""
_LONGEST = 512
_INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})
_COUNT_FROM_PADDING = frozenset({"roberta", "xlm-roberta", "camembert", "xlm-roberta-xl", "mpnet"})
"""Kinds of model that number places from the padding token's id on, and so take fewer tokens than they have places."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the model made of one text: a number a class, before any scaling; and how much of the text it saw."""

    logits: Numbers
    truncated: bool
    read_to: int
    """Code points of the (first) text up to the end of the last token that the model saw."""


class Model:
    """A model made ready. Texts go through it in batches of like length; the order of answers is that of the texts."""

    def __init__(self, weights: Weights, threads: int, batch: int, length: int | None) -> None:
        """Raises UserError where a library is missing, or where the folder does not hold what it should."""
        self._classes, self._batch = len(weights.classes), batch
        self._tokenizer = _tokenizer(weights)
        self._pad = _padding(weights, self._tokenizer)
        self._length = min(length or _LONGEST, _places(weights, self._pad))
        self._forward, self._inputs = (_onnx if weights.kind == "onnx" else _torch)(weights, threads)
        self._where = weights.folder
        self._try()

    def run(self, texts: Sequence[str], pair: str | None = None) -> Iterator[Answered]:
        """An answer a text, in order; with ``pair``, to the text and that second one together (it is never cut)."""
        if pair is not None:
            self.fit(pair)
        self._tokenizer.enable_truncation(self._length, strategy="longest_first" if pair is None else "only_first")
        for start in range(0, len(texts), WINDOW):
            some = texts[start : start + WINDOW]
            encoded = self._tokenizer.encode_batch([one if pair is None else (one, pair) for one in some])
            yield from self._answers(encoded)

    def fit(self, pair: str) -> None:
        """Raises UserError where a hypothesis leaves no room for a text."""
        self._tokenizer.no_truncation()
        size = len(self._tokenizer.encode("", pair).ids)
        if size >= self._length:
            raise UserError(
                f"{pair!r} alone takes {size} of {self._length} tokens, which leaves none for a text",
                hint="models.toml: shorter words in [[transformer.label]] and [transformer.templates], or a greater length",
            )

    def _answers(self, encoded: Sequence[Any]) -> list[Answered]:
        logits: Numbers = np.empty((len(encoded), self._classes), np.float64)
        order = sorted(range(len(encoded)), key=lambda number: (len(encoded[number].ids), number))
        for start in range(0, len(order), self._batch):
            own = order[start : start + self._batch]
            logits[own] = self._logits([encoded[number] for number in own])
        return [Answered(row, bool(one.overflowing), _read_to(one)) for row, one in zip(logits, encoded, strict=True)]

    def _logits(self, batch: Sequence[Any]) -> Numbers:
        width = max(len(one.ids) for one in batch)
        kinds = {
            "input_ids": ("ids", self._pad),
            "attention_mask": ("attention_mask", 0),
            "token_type_ids": ("type_ids", 0),
        }
        fed = {name: np.full((len(batch), width), kinds[name][1], np.int64) for name in sorted(self._inputs)}
        for name, array in fed.items():
            for row, one in enumerate(batch):
                array[row, : len(one.ids)] = getattr(one, kinds[name][0])
        found = np.asarray(self._forward(fed), np.float64)
        if found.shape != (len(batch), self._classes):
            raise UserError(
                f"the model answers {found.shape[1:]} numbers a text, and its config names {self._classes} classes",
                where=self._where,
                hint="only models that classify whole texts can be used",
            )
        return found

    def _try(self) -> None:
        """A text is put through at once, so that a model that does not fit its config is found before a corpus is."""
        list(self.run(["a", "b c"]))


def _read_to(encoded: Any) -> int:
    of_first = [end for (_, end), number in zip(encoded.offsets, encoded.sequence_ids, strict=True) if number == 0]
    return max(of_first, default=0)


def _library(name: str, extra: str) -> Any:
    """Imported where it is used: it takes long, and few have it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UserError(f"{name} is not installed", hint=f"pip install 'huanying[{extra}]'") from error


def _tokenizer(weights: Weights) -> Any:
    tokenizers = _library("tokenizers", "transformer")
    path = weights.folder / "tokenizer.json"
    try:
        content = read_json(path.read_bytes())
    except JSONFault as error:
        raise UserError(f"not JSON: {error}", where=path, hint="take it anew from where the model came from") from error
    if not isinstance(content, dict) or not isinstance(content.get("model"), dict):
        raise UserError("is no tokenizer of the library tokenizers", where=path, hint="take it anew")
    made = tokenizers.Tokenizer.from_file(str(path))
    made.no_padding()
    return made


def _padding(weights: Weights, tokenizer: Any) -> int:
    told = weights.config.get("pad_token_id")
    if isinstance(told, int):
        return told
    found = [tokenizer.token_to_id(name) for name in ("[PAD]", "<pad>")]
    return next((one for one in found if one is not None), 0)


def _places(weights: Weights, pad: int) -> int:
    told = weights.config.get("max_position_embeddings")
    if not isinstance(told, int) or told < 8:
        return 1 << 15
    return told - pad - 1 if weights.config.get("model_type") in _COUNT_FROM_PADDING else told


def _onnx(weights: Weights, threads: int) -> tuple[Forward, frozenset[str]]:
    runtime = _library("onnxruntime", "transformer")
    state = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    faults = tuple(one for one in vars(state).values() if isinstance(one, type) and issubclass(one, Exception))
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
    options.use_deterministic_compute = True
    options.log_severity_level = 3
    path = weights.folder / ONNX

    def at_fault(error: Exception) -> UserError:
        first = str(error).splitlines()[0]
        return UserError(f"onnxruntime cannot run it: {first}", where=path, hint="export it anew, with opset 17 or so")

    try:
        session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except faults as error:
        raise at_fault(error) from error
    inputs = frozenset(one.name for one in session.get_inputs())
    if "input_ids" not in inputs or not inputs <= _INPUTS:
        raise UserError(
            f"the model wants {', '.join(sorted(inputs))}; it may want {', '.join(sorted(_INPUTS))}",
            where=path,
            hint="export it as a model that classifies texts",
        )
    outputs = [one.name for one in session.get_outputs()]
    output = "logits" if "logits" in outputs else outputs[0]

    def forward(fed: dict[str, Whole]) -> Any:
        try:
            return session.run([output], fed)[0]
        except faults as error:
            raise at_fault(error) from error

    return forward, inputs


def _torch(weights: Weights, threads: int) -> tuple[Forward, frozenset[str]]:
    try:
        torch, transformers = (importlib.import_module(name) for name in ("torch", "transformers"))
    except ImportError as error:
        raise UserError(
            f"a folder with safetensors needs torch and transformers, and there is no {error.name}",
            where=weights.folder,
            hint=f"install both, or {CONVERT}",
        ) from error
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    kind = transformers.AutoModelForSequenceClassification
    try:
        model = kind.from_pretrained(
            str(weights.folder), local_files_only=True, use_safetensors=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        first = (str(error).splitlines() or ["for no reason it tells"])[0]
        raise UserError(f"transformers cannot load it: {first}", where=weights.folder, hint=CONVERT) from error
    model.eval()
    inputs = _INPUTS & frozenset(inspect.signature(model.forward).parameters)

    def forward(fed: dict[str, Whole]) -> Any:
        with torch.inference_mode():
            return model(**{name: torch.from_numpy(array) for name, array in fed.items()}).logits.float().numpy()

    return forward, inputs
