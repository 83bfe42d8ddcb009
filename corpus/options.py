"""What many commands are asked alike."""

from pathlib import Path
from typing import Annotated

import typer

StudyFolder = Annotated[
    Path, typer.Option("--study", metavar="DIR", help="Folder with study.toml; default: where you stand.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output instead of text.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, max=256, help="Processes; default: one a processor.")]
HERE = Path()
