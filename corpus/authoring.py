"""The texts of a new study: what `huanying init` writes."""

from pathlib import Path

from corpus.errors import UserError
from corpus.faults import load_right
from corpus.study import STUDY_FILE
from corpus.studyfile import StudyFile

_STUDY = """\
# A study: what is asked of whom, when and why. `huanying check` explains this file back before anything is asked.
# Lines that begin with # are remarks. Unknown keys are errors, so that a slip of the pen cannot pass in silence.

[study]
id = "{study_id}"          # also names the study's key: ids and pseudonyms depend on it, so do not change it later
title = "{title}"
purpose = "Say in a sentence or two what you want to know; it is printed in the datasheet."
contact = "you@example.org"   # whoever is crawled can reach you here: it is sent with every request
legal_basis = "Say on what footing you collect (for example: research in the public interest, and which law says so)."
ethics = ""                   # approval, number and date; empty prints "not stated"
# retention = 2030-12-31      # until when you keep it

[window]                      # the days that are studied, first and last included
start = 2025-01-01
end = 2025-01-31
zone = "Asia/Shanghai"        # whose days these are

[queries]                     # neutral words by which coverage is selected: what it is about, never how it feels
zh = ["小红书", "小紅書"]
en = ["RedNote", "Xiaohongshu"]
select = "title"              # pages whose listed title holds a word, or that are listed without one; "all": every page

# One [[source]] for each outlet or platform: the name of a file in outlets/ beside this file, or in the catalogue
# (spiders/outlets in the checkout). A file of yours goes before one of the catalogue with the same name.
# [[source]]
# id = "guardian"
# pages = 300                 # at most so many pages a run; the budget below where absent

# RedNote is reported to forbid crawlers: `huanying import FILE` takes the captures that you made yourself.
[[source]]
id = "rednote"

# [[table]]                   # a table of your own: `huanying import FILE` prints the whole mapping, to be corrected
# files = "captures/*.csv"

[politeness]
delay = 5.0                   # seconds between two requests to one host; a host that asks for more is given more
timeout = 60.0
body_mib = 16                 # the largest body that is taken

[budget]
pages_per_host = 2000
pages_per_pattern = 500       # of addresses alike but for digits: what ends an endless calendar
depth = 4                     # links away from a feed, a sitemap or a front page
attempts = 4
scrolls = 30                  # times that a page in a browser is scrolled at most, for comments that it loads only then

# [[language.word]]           # a word that the segmenter must not cut; with dates, only in texts of those days
# text = "猫税"

[files]                       # companion files; remove the mark once you have written them
themes = "codebook.toml"
# stance = "stance.toml"
# emotions = "emotions.toml"
events = "events.csv"

[release]
licence = "none stated"
creators = []
version = "0.1.0"
"""
_CODEBOOK = """\
# Codebook of themes. A theme says what a text talks about, never what it feels or where it stands.
[codebook]
id = "{study_id}-themes"
version = "0.1.0"
threshold = 2        # a theme is given when the weights of its distinct cues reach this sum
abstain_below = 1    # from here up to the threshold the machine says that it is unsure

[[theme]]
id = "welcome"
label = {{ zh_hans = "欢迎", zh_hant = "歡迎", en = "Welcome" }}
define = {{ en = "Newcomers are greeted or offered help.", zh = "向新来者问好或愿意帮忙。" }}
cues = [
  {{ hans = "欢迎(?!关注|下单)", hant = "歡迎(?!關注|下單)", en = "welcome(?! page| email)", w = 2 }},
  {{ hans = "有什么不懂", hant = "有什麼不懂", en = "happy to help|feel free to ask", w = 1 }},
]
exclude = ["you'?re welcome"]
test_hit = ["欢迎你们，有什么不懂的尽管问", "Welcome! Happy to help"]
test_miss = ["欢迎关注我的店铺", "You're welcome, that is the recipe"]
"""
_EVENTS = """\
event_id,date,time_local,zone,precision,event,kind,source,certainty,note
e01,2025-01-10,,America/New_York,day,"US Supreme Court hears oral argument in TikTok v. Garland",law,\
"the court's calendar",reported,"an example: check it, and cite what you read"
"""
_IGNORE = """\
# What is private or can be made again does not belong in version control.
archive/
captures/
corpus/
report/
log/
# Texts given to coders and what came back, and the salts that show which text was drawn: private. The rest of samples/ and coding/
# is how figures came about, and belongs into it.
coding/*/tasks/
coding/*/adjudication/
coding/*/quarantine.jsonl
coding/*/notes.jsonl
returned/
samples/**/salts.parquet
"""


def write_study(folder: Path, study_id: str, title: str = "") -> list[Path]:
    """Write the files of a new study into ``folder``, which is made where it does not exist; their paths.

    Raises UserError, and writes nothing, where one of the files is there already or ``study_id`` is no id.
    """
    study_id = _identifier(study_id)
    shown = (title or study_id.replace("-", " ").capitalize()).replace("\\", "\\\\").replace('"', '\\"')
    texts = {
        STUDY_FILE: _STUDY.format(study_id=study_id, title=" ".join(shown.split())),
        "codebook.toml": _CODEBOOK.format(study_id=study_id),
        "events.csv": _EVENTS,
        ".gitignore": _IGNORE,
    }
    there = [name for name in texts if (folder / name).exists()]
    if there:
        raise UserError(f"{there[0]} is there already", where=folder, hint="name a new folder; nothing was written")
    try:
        (folder / "outlets").mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            with (folder / name).open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        raise UserError(
            f"cannot be written: {error.strerror}", where=folder, hint="name a folder you may write to"
        ) from error
    load_right(folder / STUDY_FILE, StudyFile)
    return [folder / name for name in texts]


def _identifier(name: str) -> str:
    """``name`` as an id: lower case, with hyphens for spaces, full stops and underscores."""
    plain = name.strip().lower().replace(" ", "-").replace("_", "-").replace(".", "-").strip("-")
    if not plain or len(plain) > 63 or not all(char.isascii() and (char.isalnum() or char == "-") for char in plain):
        raise UserError(f"{name!r} is no id for a study", hint="small letters, digits and hyphens: --id my-study")
    return plain
