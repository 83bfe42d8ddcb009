"""Small studies for tests: invented sources, captures imported from files."""

import json
from pathlib import Path

from corpus.intake import intake
from corpus.study import Study, load_study

OUTLET = """
name = "Harbour Daily"
owner = { value = "private", as_of = 2026-11-01, source = "invented for a test" }
country = { value = "US", as_of = 2026-11-01, source = "invented for a test" }
languages = ["en"]
homepage = "https://harbour-daily.example/"
hosts = ["harbour-daily.example"]
"""
STUDY = """
[study]
id = "small"
title = "A small study"
purpose = "Testing"
contact = "mailto:study@contact.example"
legal_basis = "invented"

[window]
start = 2025-01-10
end = 2025-02-10

[[source]]
id = "harbour-daily"

[[source]]
id = "rednote"

[[language.word]]
text = "小红书"

[files]
themes = "codebook.toml"
"""
CODEBOOK = Path(__file__).resolve().parent.parent / "studies" / "tiktok-refugees" / "codebook.toml"
PAGE = """<!doctype html><html lang="en"><head><title>{title} | Harbour Daily</title>
<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{title}","datePublished":"2025-01-1{day}T09:00:00+08:00"}}</script></head>
<body><nav><a href="/">Home</a></nav><article><h1>{title}</h1>{paragraphs}</article><footer>All rights reserved</footer></body></html>"""
SENTENCES = (
    "Hosts on the app greeted the newcomers with pictures of their cats and a great deal of patience.",
    "A retired teacher said she had answered forty questions about grammar before breakfast.",
    "Some regular users worried that their feed would soon hold nothing in their own language.",
    "Nobody at the table could say how long the visitors would stay, and nobody seemed to mind.",
    "The court is expected to rule before the end of the week, and the lawyers on both sides are tired.",
)


def make_study(folder: Path, posts: int = 6) -> Study:
    """A study whose archive holds five pages with sidecar, one of them twice, one text and some notes and comments."""
    (folder / "outlets").mkdir(parents=True)
    (folder / "outlets" / "harbour-daily.toml").write_text(OUTLET, encoding="utf-8")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    (folder / "codebook.toml").write_bytes(CODEBOOK.read_bytes())
    held = folder / "held"
    held.mkdir()
    rows = ["path,url,date"]
    for number in range(5):
        paragraphs = "".join(f"<p>{SENTENCES[(number + n) % 5]} It was day {number}.</p>" for n in range(5))
        page = PAGE.format(title=f"Visitors arrive, part {number}", day=number, paragraphs=paragraphs)
        (held / f"page-{number}.html").write_text(page, encoding="utf-8")
        rows.append(f"page-{number}.html,https://harbour-daily.example/story-{number},2025-01-20T08:00:00Z")
    (held / "again.html").write_bytes((held / "page-0.html").read_bytes())
    rows.append("again.html,https://harbour-daily.example/story-0?utm_source=feed,2025-01-21T08:00:00Z")
    (held / "urls.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (held / "notes.ndjson").write_text(
        "".join(json.dumps(comment(n), ensure_ascii=False) + "\n" for n in range(posts)), encoding="utf-8"
    )
    study = load_study(folder)
    intake(study, [held], None, say=lambda line: None)
    return study


def comment(number: int) -> dict[str, object]:
    """A Zeeschuimer item: an invented comment under one of two notes."""
    texts = (
        "欢迎来到小红书，猫税交了吗",
        "Welcome! Show us your cat",
        "欢迎欢迎",
        "我有点担心首页",
        "歡迎你們，慢慢來",
        "Thank you for having me 谢谢大家",
    )
    note = f"6784f0a10000000002{number % 2:06x}"
    return {
        "id": number,
        "nav_index": f"1:2:{number}",
        "item_id": f"c{number:023x}",
        "timestamp_collected": 1736930100000 + number,
        "source_platform": "xiaohongshu-comments",
        "source_platform_url": f"https://www.xiaohongshu.com/explore/{note}",
        "source_url": "https://edith.xiaohongshu.com/api/sns/web/v2/comment/page",
        "user_agent": "Mozilla/5.0 (synthetic)",
        "data": {
            "id": f"c{number:023x}",
            "note_id": note,
            "content": texts[number % len(texts)],
            "create_time": 1736926500000 + number * 60000,
            "like_count": str(number),
            "sub_comment_count": "0",
            "sub_comments": [],
            "user_info": {"user_id": f"u{number:023x}", "nickname": f"invented{number}"},
        },
    }
