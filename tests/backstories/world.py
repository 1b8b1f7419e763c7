"""People, and a model that speaks for them: what it says depends on whom and what it is asked.

Also a script of its own: `python world.py write URL FILE PEOPLE` writes backstories until it is
killed, saying on stdout which turns were accepted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from understudy.backstories import Manner, commission, load_protocol, write_backstories
from understudy.backstories.commission import Commission
from understudy.data.codebook import Codebook, Level, Role, Variable
from understudy.data.panel import Panel

MARK = "ZEBRAFISH"
"""Stands in everything that is held out, and nowhere else."""
WORDS = (
    *("apples", "barns", "bells", "boats", "bread", "bridges", "candles", "carts", "clover"),
    *("coal", "copper", "corn", "creeks", "drums", "ducks", "dust", "elms", "fences"),
    *("ferns", "flour", "foxes", "frost", "gates", "geese", "gloves", "goats", "grain"),
    *("gravel", "hay", "hedges", "herbs", "hills", "honey", "horses", "ink", "iron", "ivy"),
    *("jam", "jars", "kites", "lace", "lakes", "lambs", "lamps", "larks", "leather"),
    *("lilacs", "linen", "looms", "maps", "maple", "marbles", "milk", "mills", "mint"),
    *("moss", "mules", "nails", "nets", "oats", "onions", "orchards", "ovens", "owls"),
    *("paint", "paper", "peaches", "pears", "pebbles", "pies", "pines", "pipes", "plums"),
    *("ponds", "poplars", "quilts", "rafts", "rakes", "reeds", "rivers", "roofs", "ropes"),
    *("roses", "rye", "sacks", "salt", "sand", "sheds", "sheep", "slates", "smoke", "snow"),
    *("soap", "sparrows", "spoons", "stones", "storks", "straw", "sugar", "thyme", "tiles"),
    *("timber", "tools", "trains", "trout", "turnips", "vines", "violets", "wagons"),
    *("walnuts", "wells", "wheat", "whistles", "willows", "wool", "yarn"),
)


def panel(
    people: int = 4, stories: Mapping[int, str] | None = None, *, hidden: bool = True
) -> Panel:
    """People with a badge, an age, an open answer, and a block that may be held out."""
    badges = np.arange(people, dtype=float)
    texts = [(stories or {}).get(i, f"I like {WORDS[i % len(WORDS)]}") for i in range(people)]
    columns: list[tuple[Variable, Any]] = [
        (
            Variable(
                name="badge", label="Badge number", level=Level.INTERVAL, role=Role.DEMOGRAPHIC
            ),
            badges,
        ),
        (
            Variable(
                name="age",
                label="Age",
                question="How old are you?",
                level=Level.INTERVAL,
                role=Role.DEMOGRAPHIC,
            ),
            20.0 + badges % 60,
        ),
        (
            Variable(
                name="story",
                label="What I like",
                question="What do you like most in your life?",
                level=Level.TEXT,
                kind="text",
                block="likes",
            ),
            pd.array(texts, dtype="str"),
        ),
        (
            Variable(
                name="garden",
                label="Gardening",
                question="How often do you work in a garden?",
                level=Level.ORDINAL,
                labels=((1.0, "Hardly ever"), (2.0, "Now and then"), (3.0, "Most days")),
                block="likes",
            ),
            badges % 3 + 1,
        ),
    ]
    if hidden:
        columns += [
            (
                Variable(
                    name=name,
                    label=f"{MARK} {name}",
                    question=question,
                    level=Level.NOMINAL,
                    labels=((1.0, f"{MARK} yes"), (2.0, f"{MARK} no")),
                    block="government",
                ),
                badges % 2 + 1,
            )
            for name, question in (
                ("police", f"Do you trust the police of {MARK}?"),
                ("parliament", f"Do you trust the parliament of {MARK}?"),
                ("court", f"Is the supreme court of {MARK} fair?"),
            )
        ]
    index = pd.Index([f"person-{i:04d}" for i in range(people)], name="person")
    frame = pd.DataFrame({v.name: cells for v, cells in columns}, index=index)
    return Panel(frame, Codebook(tuple(v for v, _ in columns)), source="village.csv")


def made(spec: str, people: int = 4, protocol: str | Path = "three", **manner: Any) -> Commission:
    """What is to be written for some people, without follow-ups unless asked for."""
    return commission(
        load_protocol(protocol),
        panel(people),
        Manner(model=spec, **{"interviewer": "", "cache": False, **manner}),
        holdout=["police"],
    )


# --- the model --------------------------------------------------------------------------------


def words(*seed: str) -> list[str]:
    """Twelve words that depend on a seed."""
    digest = blake2b("\0".join(seed).encode(), digest_size=24).digest()
    return [WORDS[int.from_bytes(digest[i : i + 2], "big") % len(WORDS)] for i in range(0, 24, 2)]


def answer(whom: str, asked: str) -> str:
    """What somebody says to a question."""
    w = words(whom, asked)
    return (
        f"I think of {w[0]} and {w[1]} when you ask me. My {w[2]} were near the {w[3]}, so I "
        f"carried {w[4]} to {w[5]}. With {w[6]} came {w[7]}, and I kept {w[8]} behind {w[9]}, "
        f"which taught me {w[10]} before {w[11]}."
    )


def spoken(head: str, turns: list[str]) -> str:
    """What the model says, given what stands before and the texts of the turns."""
    last = turns[-1]
    if head.startswith("You are holding a life interview"):
        return json.dumps(
            {
                "note": f"Speaks of {words(last)[0]}.",
                "follow_up": f"How did the {words(last)[1]} feel?",
            }
        )
    if head.startswith("You check one answer"):
        return '{"faults": []}'
    whom = next((line for line in head.splitlines() if line.startswith("- Badge number")), "")
    return answer(whom, last.split("\n")[0])


def speak(request: Any) -> str:
    """The same as a scripted model."""
    head = request.head
    return spoken(f"{head.instructions}\n{head.persona}", [turn.text for turn in request.turns])


def brain(body: dict[str, Any]) -> str:
    """The same over HTTP, in either protocol."""
    return spoken(*texts_of(body))


def texts_of(body: Mapping[str, Any]) -> tuple[str, list[str]]:
    """What stands in front, and the turns after it, of a request in either protocol."""

    def text(content: Any) -> str:
        return content if isinstance(content, str) else "\n".join(p["text"] for p in content)

    turns = list(body["messages"])
    head = text(body["system"]) if "system" in body else ""
    if turns and turns[0]["role"] == "system":
        head = text(turns.pop(0)["content"])
    return head, [text(turn["content"]) for turn in turns]


# --- a process to be killed -------------------------------------------------------------------


def main(url: str, path: str, people: int) -> None:
    from understudy.data.group_writer import GroupWriter

    os.environ["OPENAI_API_KEY"] = "sk-test"
    keep = GroupWriter.commit

    def commit(self: Any, rows: Any, durable: bool) -> None:
        keep(self, rows, durable)
        for row in rows.get("turn", ()):
            print("accepted", row[0], row[1], flush=True)  # noqa: T201

    GroupWriter.commit = commit  # type: ignore[method-assign]
    what = made(f"openai:gpt-6-luna@{url}/v1", people, concurrency=8)
    write_backstories(what, path)
    print("done", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
