"""Measure a build: documents per second at one and four times the input, peak memory, and a bare floor beside it."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.studies import make_study

BASE = 10_000
WORDS_ZH = "欢迎 大家 来到 小红书 猫税 今天 火锅 翻译 作业 朋友 价格 医院 地铁 喜欢 担心 首页 审核 名字 明天 学习 谢谢 真的 可以 一起".split()
WORDS_EN = "welcome hello cat tax thank you friends price rent hospital translate homework feed rules name music game stay leave nice people".split()


def items(count: int) -> Iterator[str]:
    """Comments in Zeeschuimer form, made from word lists: material for measuring speed, of no meaning."""
    for number in range(count):
        words = WORDS_ZH if number % 3 else WORDS_EN
        length = 4 + number * 7 % 23
        text = ("" if number % 3 else " ").join(
            words[(number * 31 + n * (7 + number % 11)) % len(words)] for n in range(length)
        ) + f" {number}"
        data: dict[str, Any] = {
            "id": f"c{number:023x}",
            "note_id": f"6784f0a10000000002{number % 977:06x}",
            "content": text,
            "create_time": 1736926500000 + number * 1000,
            "like_count": str(number % 50),
            "sub_comment_count": "0",
            "user_info": {"user_id": f"u{number % 5000:023x}", "nickname": f"n{number % 5000}"},
        }
        item = {
            "id": number,
            "timestamp_collected": 1736930100000 + number,
            "source_platform": "xiaohongshu-comments",
            "source_platform_url": f"https://www.xiaohongshu.com/explore/{data['note_id']}",
            "data": data,
        }
        yield json.dumps(item, ensure_ascii=False) + "\n"


def timed(arguments: list[str], folder: Path) -> tuple[float, float]:
    """Wall seconds and peak MiB (the largest single process) of a command of ours."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    began = time.perf_counter()
    script = "import resource, sys; from corpus.cli import main\ntry: main()\nfinally:\n  own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; below = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss; print('PEAK', max(own, below), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments, "--study", str(folder)], check=False, capture_output=True, text=True
    )
    if done.returncode not in (0, 6):
        sys.exit(done.stderr)
    del before
    return time.perf_counter() - began, int(done.stderr.rsplit("PEAK", 1)[1].split()[0]) / 1024


FLOOR = """
import json, sys, pyarrow as pa, pyarrow.parquet as pq
rows = [json.loads(line)["data"] for line in open(sys.argv[1], encoding="utf-8")]
pq.write_table(pa.Table.from_pylist(rows), sys.argv[2], compression="zstd")
"""


def main() -> None:
    """Print the table."""
    print("| comments | import s | build s | documents a second, import + build | peak MiB | times the floor |")
    print("|--:|--:|--:|--:|--:|--:|")
    for scale in (1, 4):
        with tempfile.TemporaryDirectory() as name:
            os.environ["HUANYING_KEYS"] = str(Path(name) / "keys")
            study = make_study(Path(name) / "study", posts=1)
            held = Path(name) / "comments.ndjson"
            held.write_text("".join(items(BASE * scale)), encoding="utf-8")
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", FLOOR, str(held), str(Path(name) / "floor.parquet")], check=True)
            floor = time.perf_counter() - began
            imported, peak_import = timed(["import", str(held)], study.folder)
            built, peak_build = timed(["build"], study.folder)
            total = imported + built
            print(
                f"| {BASE * scale:,} | {imported:.1f} | {built:.1f} | {BASE * scale / total:,.0f}"
                f" | {max(peak_import, peak_build):,.0f} | {total / floor:.1f} |"
            )


if __name__ == "__main__":
    main()
