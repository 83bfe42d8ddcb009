"""Measurements, each beside a peer or a floor in the same run; `make bench` installs the peers of peers.txt into .peers."""

import sys
from pathlib import Path

# Behind everything else: where a peer needs what the project has too, the project's version is taken.
sys.path.append(str(Path(__file__).resolve().parent.parent / ".peers"))
