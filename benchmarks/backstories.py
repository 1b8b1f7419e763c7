"""How fast backstories are written, beside bare loops over the SDKs that keep nothing.

    python benchmarks/backstories.py              1,000 people × 10 turns without latency
    python benchmarks/backstories.py --people 200

A local server of its own process speaks both protocols. Every measurement runs in a process of its
own, imports done, against the same server. A bare loop makes the same calls (same prompts, each
turn with the whole conversation so far) with the SDK's client, as many people at a time, and keeps
nothing; ours also checks every answer and has every attempt on disk before it is sent. Rounds
alternate, and medians are compared. The bare loop is measured with the transport the SDK comes
with and with aiohttp, which understudy uses where it is installed (the extra `fast`).
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from understudy.backstories import Manner, commission, load_protocol, write_backstories
from understudy.backstories.backstory import Author, Turn
from understudy.backstories.commission import Commission
from understudy.backstories.prompts import interviewee_head, interviewee_request
from understudy.data.codebook import Codebook, Level, Role, Variable
from understudy.data.panel import Panel

CONCURRENCY = 64
NAMES = {"openai": "openai:gpt-6-luna", "anthropic": "anthropic:claude-haiku-5-5"}
REGIONS = ("North", "East", "South", "West")
ANSWERS = (
    "I grew up on a farm as the youngest of four, and I left for the city when I was nineteen with "
    "a suitcase and a letter for my aunt. She found me a place at the printer's, and I stayed "
    "there until they closed. After that came the shop, the girls, and the house by the canal.",
    "There was the winter when the printer's closed. I could have gone north with the others, they "
    "had kept a place for me, but my mother was ill by then. I told myself that I would follow in "
    "spring. In spring I had met somebody, and the north stayed where it was.",
    "Mostly the women from the choir, and Tom who has the garden next to mine. With Tom I do not "
    "talk much, we lend each other tools. The choir is another matter: five of us have sung "
    "together for twenty years, through two divorces and one funeral.",
    "It is a street of small houses with a bakery at the corner that is only open three days a "
    "week now. We know each other by sight. When somebody is ill there is soup on the step, and "
    "when somebody builds without asking there is a letter.",
    "I used to be up at five for the first delivery, and now I lie there and listen to the trams. "
    "Cooking has become slower, I read the paper to the end. What stayed is the walk after supper, "
    "in any weather, down to the lock and back again.",
    "Honestly, I turn the radio off when it starts. My father shouted at the set every evening and "
    "I have had enough of shouting. I read what they send before a ballot, I talk it over with my "
    "daughter, and then I make up my mind on the way there.",
    "People hear from how I speak that I am not from here, even after forty years. Some are extra "
    "kind and some are extra slow, and both tire me. With my neighbours it wore off. I notice how "
    "others are looked at who came later than I did.",
    "My hip is new and my eyes are not. I take two tablets with breakfast, and I see the doctor "
    "when she writes to me. It means that I plan my day around stairs. I gave up the bicycle last "
    "year, which hurt more than the operation.",
    "I go when they call us, and I always have. My cousin did not, and we no longer discuss it at "
    "table. A sore arm for a day does not frighten me. What I do not like is being hurried, so I "
    "read the leaflet twice and then roll up my sleeve.",
    "Two years ago, in November, after the dog died and the shop was sold in the same month. I sat "
    "in the kitchen without the lamp on. What helped was that the choir came and rehearsed in my "
    "front room, without asking whether I wanted it.",
)


def launching() -> ModuleType:
    path = Path(__file__).parents[1] / "tests" / "tools" / "launching.py"
    spec = importlib.util.spec_from_file_location("launching", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["launching"] = module
    spec.loader.exec_module(module)
    return module


def panel(count: int) -> Panel:
    """People with a handful of demographics and ten items."""
    index = pd.Index([f"person {i:06d}" for i in range(count)], name="person")
    columns: dict[str, Any] = {
        "age": np.arange(count) % 40 + 45.0,
        "region": np.arange(count) % 4 + 1.0,
    }
    variables = [
        Variable(name="age", label="Age", level=Level.INTERVAL, role=Role.DEMOGRAPHIC),
        Variable(
            name="region",
            label="Region",
            role=Role.DEMOGRAPHIC,
            labels=tuple((float(i), text) for i, text in enumerate(REGIONS, 1)),
        ),
    ]
    for number in range(10):
        columns[f"item{number}"] = (np.arange(count) + number) % 5 + 1.0
        variables.append(
            Variable(
                name=f"item{number}",
                question=f"How often did you come across topic {number} in the past year?",
                level=Level.ORDINAL,
                labels=tuple((float(c), f"about {c} times in all") for c in range(1, 6)),
            )
        )
    return Panel(pd.DataFrame(columns, index=index), Codebook(tuple(variables)))


def work(sdk: str, count: int) -> Commission:
    return commission(
        load_protocol("ten"),
        panel(count),
        Manner(model=NAMES[sdk], interviewer="", cache=False, concurrency=CONCURRENCY),
    )


def ours(sdk: str, url: str, count: int) -> dict[str, Any]:
    """The whole engine: attempts on disk, critic, store."""
    os.environ["OPENAI_BASE_URL"], os.environ["ANTHROPIC_BASE_URL"] = f"{url}/v1", url
    what = work(sdk, count)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.backstories"
        _warm(sdk)
        start = time.perf_counter()
        found = write_backstories(what, path)
        seconds = time.perf_counter() - start
        size = path.stat().st_size / 1e6
    turns = sum(len(story.turns) for story in found.by_twin.values())
    assert found.counts()["finished"] == count, (found.counts(), found.rejections)
    assert turns == found.requests == 10 * count
    return {"per_second": turns / seconds, "peak_mb": peak(), "file_mb": size}


def bare(sdk: str, url: str, count: int, *, fast: bool = True) -> dict[str, Any]:
    """The same calls, made by the SDK's client alone; `fast` is its aiohttp transport."""
    what = work(sdk, count)
    assert what.twins is not None
    assert what.allowed is not None
    bodies: list[list[tuple[str, list[dict[str, str]], int]]] = []
    for twin in what.twins:
        head = interviewee_head(what.manner.mode, "en", what.allowed.always(twin))
        done: list[Turn] = []
        mine = []
        for question, answer in zip(what.protocol.questions, ANSWERS, strict=True):
            facts = what.allowed.facts(question, twin)
            request = interviewee_request(head, done, question, question.text, facts)
            turns = [{"role": turn.role, "content": turn.text} for turn in request.turns]
            mine.append((f"{head.instructions}\n\n{head.persona}", turns, request.max_tokens))
            done.append(
                Turn(
                    number=len(done) + 1,
                    question=question.id,
                    follow_up=0,
                    asked=question.text,
                    answer=answer,
                    author=Author.MODEL,
                )
            )
        bodies.append(mine)

    async def loop() -> float:
        ask, close = CLIENTS[sdk](url, fast)
        left = iter(bodies)

        async def worker() -> None:
            for mine in left:
                for system, turns, room in mine:
                    assert await ask(system, turns, room)

        await ask(*bodies[0][0])
        start = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))
        seconds = time.perf_counter() - start
        await close()
        return seconds

    return {"per_second": 10 * count / asyncio.run(loop()), "peak_mb": peak()}


Ask = Callable[[str, list[dict[str, str]], int], Awaitable[str]]


def _openai(url: str, fast: bool) -> tuple[Ask, Callable[[], Awaitable[None]]]:
    import openai

    http = openai.DefaultAioHttpClient() if fast else openai.DefaultAsyncHttpxClient()
    client = openai.AsyncOpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0, http_client=http)

    async def ask(system: str, turns: list[dict[str, str]], room: int) -> str:
        messages: Any = [{"role": "system", "content": system}, *turns]
        reply = await client.chat.completions.create(
            model="gpt-6-luna", messages=messages, max_completion_tokens=room
        )
        return reply.choices[0].message.content or ""

    return ask, client.close


def _anthropic(url: str, fast: bool) -> tuple[Ask, Callable[[], Awaitable[None]]]:
    import anthropic

    http = anthropic.DefaultAioHttpClient() if fast else anthropic.DefaultAsyncHttpxClient()
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0, http_client=http)

    async def ask(system: str, turns: list[dict[str, str]], room: int) -> str:
        messages: Any = turns
        reply = await client.messages.create(
            model="claude-haiku-5-5", max_tokens=room, system=system, messages=messages
        )
        return "".join(block.text for block in reply.content if block.type == "text")

    return ask, client.close


CLIENTS = {"openai": _openai, "anthropic": _anthropic}


def _warm(sdk: str) -> None:
    """Import everything and make a first call, as the bare loop does."""
    from understudy.backstories import interviewing  # noqa: F401

    with tempfile.TemporaryDirectory() as folder:
        write_backstories(work(sdk, 1), Path(folder) / "x.backstories")


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def case(name: str, sdk: str, url: str, people: int) -> dict[str, Any]:
    """One measurement in a process of its own."""
    done = subprocess.run(
        [
            *(sys.executable, __file__, "--case", name, "--sdk", sdk, "--url", url),
            *("--people", str(people)),
        ],
        env={**os.environ, "ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{name}, {sdk}: {done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sdk", choices=[*NAMES, "both"], default="both")
    parser.add_argument(
        "--case", choices=["understudy", "bare", "bare, aiohttp"], help=argparse.SUPPRESS
    )
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        asked = options.sdk, options.url, options.people
        if options.case == "understudy":
            print(json.dumps(ours(*asked)))
        else:
            print(json.dumps(bare(*asked, fast=options.case.endswith("aiohttp"))))
        return
    print(f"{options.people:,} people × 10 turns, {CONCURRENCY} at a time, no latency")
    with launching().launched() as server:
        questions = [question.text for question in load_protocol("ten").questions]
        # A later request holds the earlier questions too, so the last one comes first.
        for text, answer in list(zip(questions, ANSWERS, strict=True))[::-1]:
            server.script({"text": answer}, times=10**9, containing=text)
        for sdk in NAMES if options.sdk == "both" else [options.sdk]:
            rates: dict[str, list[float]] = {"bare": [], "bare, aiohttp": [], "understudy": []}
            for _ in range(options.rounds):
                for name, found in rates.items():
                    before = server.stats()["completions"]
                    result = case(name, sdk, server.url, options.people)
                    found.append(result["per_second"])
                    # One call to warm up the bare loop, one interview to warm up ours.
                    extra = 10 if name == "understudy" else 1
                    assert server.stats()["completions"] - before == 10 * options.people + extra
            middle = {name: statistics.median(found) for name, found in rates.items()}
            mine = middle.pop("understudy")
            print(
                f"  {sdk:10} understudy {mine:6,.0f} turns/s, {result['peak_mb']:.0f} MB, file "
                f"{result['file_mb']:.0f} MB",
                flush=True,
            )
            for name, rate in middle.items():
                print(
                    f"  {'':10} {name:14}{rate:6,.0f} turns/s: {mine / rate:.0%} of it", flush=True
                )


if __name__ == "__main__":
    main()
