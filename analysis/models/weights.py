"""Look at a folder with a model before anything of it is opened: what lies in it, what may not, and its digests."""

import functools
import hashlib
import mmap
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import RefusedError, UserError
from corpus.strictjson import JSONFault, read_json

ONNX, SAFETENSORS = "model.onnx", "model.safetensors"
_KNOWN = frozenset(
    ".onnx .onnx_data .data .safetensors .json .jsonl .model .spm .vocab .txt .tsv .csv .md .rst .toml .yaml .yml .html .pdf"
    " .png .jpg .jpeg .svg".split()
)
"""Endings of files that run no code, whoever opens them; a file without an ending (LICENSE) is never opened."""
_WEIGHTS = frozenset({".bin", ".pkl", ".pt", ".pth", ".ckpt", ".h5", ".npy", ".npz"})
_PASSED_OVER = frozenset({".git", ".cache"})
"""Folders that downloads leave behind: no part of the model, and other for everybody."""
_THROUGH = re.compile(rb"\.(?:git|cache)[/\\]", re.IGNORECASE)
CONVERT = (
    "convert it once, elsewhere: `optimum-cli export onnx --model FOLDER OUT` for model.onnx, or in transformers"
    " `model.save_pretrained(OUT, safe_serialization=True)` for model.safetensors"
)


@dataclass(frozen=True, slots=True)
class Weights:
    """A folder that holds a model and nothing that runs code. `digests`: SHA-256 of every file, by its path within."""

    folder: Path
    kind: str
    """``onnx`` or ``safetensors``."""
    config: Mapping[str, Any]
    digests: Mapping[str, str]

    @property
    def classes(self) -> tuple[str, ...]:
        """The model's own names of its classes, in the order of its answers; transformers leaves out its default of two."""
        names = self.config.get("id2label", {"0": "LABEL_0", "1": "LABEL_1"})
        named = {str(key): str(value) for key, value in names.items()} if isinstance(names, Mapping) else {}
        if not named or set(named) != {str(number) for number in range(len(named))}:
            raise UserError(
                "id2label does not name the classes 0, 1, 2 ...",
                where=self.folder / "config.json",
                hint="only models that classify whole texts can be used",
            )
        return tuple(named[str(number)] for number in range(len(named)))


def look_into(folder: Path) -> Weights:
    """The model in ``folder``.

    Raises RefusedError that names a file which is code, or may run code when it is opened, or a config that asks for
    code; UserError where something is missing or unreadable.
    """
    if not folder.is_dir():
        raise UserError("there is no such folder with a model", where=folder, hint="models.toml names it as `folder`")
    files = []
    for path in sorted(folder.rglob("*")):
        if _passed_over(path, folder):
            continue
        if path.is_symlink() and path.is_dir():
            raise RefusedError(
                "leads to another folder, whose files are not looked at",
                where=path,
                hint="put the files themselves here",
            )
        if path.is_file():
            _refuse(path)
            files.append(path)
    config = _read_config(folder)
    for name in ("tokenizer.json", "config.json"):
        if not (folder / name).is_file():
            raise UserError(f"{name} is missing", where=folder, hint="take it from where the model came from")
    kind = next(
        (kind for kind, name in (("onnx", ONNX), ("safetensors", SAFETENSORS)) if (folder / name).is_file()), None
    )
    if kind is None:
        raise UserError(f"holds neither {ONNX} nor {SAFETENSORS}", where=folder, hint=CONVERT)
    if kind == "onnx":
        _refuse_weights_passed_over(folder / ONNX)
    digests = {path.relative_to(folder).as_posix(): _digest_of(path) for path in files}
    return Weights(folder, kind, config, digests)


def _passed_over(path: Path, folder: Path) -> bool:
    return bool(_PASSED_OVER & set(path.relative_to(folder).parts[:-1]))


def _refuse(path: Path) -> None:
    suffix = path.suffix.lower()
    if suffix in _WEIGHTS:
        raise RefusedError(
            "weights in this form may run code when they are opened", where=path, hint=f"remove the file; {CONVERT}"
        )
    if suffix and suffix not in _KNOWN:
        raise RefusedError(
            "a folder with a model holds weights and text, no code and nothing unknown",
            where=path,
            hint="remove the file; models that need code of their own are not run",
        )


def _refuse_weights_passed_over(path: Path) -> None:
    """Weights that a model.onnx names by a path must lie where files are digested; onnxruntime itself opens none outside
    the folder. A path through a folder that is passed over holds its name, whatever else stands in it."""
    if not path.stat().st_size:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = _THROUGH.search(content)
        name = found.group().decode("ascii") if found else None
    if name:
        raise RefusedError(
            f"names weights in {name}, which is not looked at", where=path, hint="export it anew, all weights beside it"
        )


def _read_config(folder: Path) -> Mapping[str, Any]:
    path = folder / "config.json"
    if not path.is_file():
        raise UserError("config.json is missing", where=folder, hint="take it from where the model came from")
    try:
        config = read_json(path.read_bytes())
    except JSONFault as error:
        raise UserError(f"not JSON: {error}", where=path, hint="take it anew from where the model came from") from error
    if not isinstance(config, dict):
        raise UserError("holds no object", where=path, hint="take it anew from where the model came from")
    if "auto_map" in config or "custom_pipelines" in config:
        raise RefusedError(
            "asks for code of its own (auto_map)", where=path, hint="models that need code of their own are not run"
        )
    return config


def _digest_of(path: Path) -> str:
    state = path.stat()
    return _digest(path, state.st_size, state.st_mtime_ns)


@functools.lru_cache(maxsize=1024)
def _digest(path: Path, size: int, changed: int) -> str:
    """Read once a process, and again where size or time have changed: weights are large."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
