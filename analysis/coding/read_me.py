"""What the folder of a round says of itself."""

from collections.abc import Mapping
from typing import Any

from analysis.coding import Tool


def read_me(document: Mapping[str, Any], tool: Tool) -> str:
    """The page beside a round's files."""
    blind = "blind: no label of a machine, no author, outlet, day or neighbour is shown, and the order tells nothing"
    shown = f"not blind: coders are shown {', '.join(document['shown'])}"
    return _README.format(
        round=document["round"],
        draw=document["draw"],
        draw_id=document["draw_id"],
        n=len(document["units"]),
        coders=", ".join(document["coders"]),
        blind=blind if document["blind"] else shown,
        scheme=f"{document['scheme']['id']} {document['scheme']['version']}",
        digest=document["scheme_digest"],
        tool=tool.title,
        help=tool.help,
    )


_README = """# Coding, round {round}

{n} units of the draw `{draw}` (`{draw_id}`), coded by {coders}; {blind}. Coding scheme: {scheme}, SHA-256 `{digest}`.

**Private.** `tasks/` and `adjudication/` hold whole texts. They are for the coders named here, are never released, and are
deleted when the coding is done or a text is erased. Coders go by pseudonyms; who they are stands nowhere in the study.

| file | what it is |
|---|---|
| `round.json` | the round: draw, scheme, who codes which unit, commitments to the texts |
| `scheme.toml`, `CODEBOOK.md` | the coding scheme, for machines and for coders |
| `tasks/` | a file for each coder ({tool}); private |
| `codes.jsonl` | every code that came back, one row a document, variable and coder; only ever added to |
| `imports.jsonl` | each import: file, digest, what was taken and refused |
| `notes.jsonl` | what coders remarked, which may quote a text; private |
| `quarantine.jsonl` | what was refused, and why; private |
| `adjudication/` | where coders differ, for an adjudicator; private |

{help}

    huanying code import FILE --round {round}
    huanying code export --adjudicate --round {round} --coder NAME
    huanying code import FILE --round {round} --adjudication
    huanying code status --round {round}

本文件夹为一轮人工编码。`tasks/` 与 `adjudication/` 含原文，属私密材料，不得公开；编码员一律用化名；编码只增不改，裁定另记一行。
"""
