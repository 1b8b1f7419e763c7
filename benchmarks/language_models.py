"""How fast, and at what price, language models are asked; beside bare loops over the SDKs.

    python benchmarks/language_models.py            200 people × 10 questions, 0 and 200 ms
    python benchmarks/language_models.py --large    also 2,000 people × 500 questions (minutes)

A local server of its own process speaks both protocols. Every measurement runs in a process of its
own, imports done, ledger on, against the same server; a bare loop makes the same calls with the
SDK's client and keeps nothing. Needs the extra `fast`.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from understudy.data.codebook import Codebook, Level, Role, Variable
from understudy.data.panel import Panel
from understudy.surveys.fieldwork.administer import administer
from understudy.surveys.ledger.run import Run
from understudy.surveys.question import Option, Question
from understudy.surveys.questionnaire import Block, Questionnaire
from understudy.surveys.questions import Likert
from understudy.surveys.respondents.llm.respondent import LanguageModelRespondent
from understudy.surveys.respondents.llm.settings import Settings
from understudy.twins.twin import Twins

CONCURRENCY = 64
PEOPLE, QUESTIONS = 200, 10
LABELS = ("strongly disagree", "disagree", "neither", "agree", "strongly agree")
SCHEMA = {
    "type": "object",
    "properties": {"q1": {"type": "string", "enum": ["1", "2", "3", "4", "5"]}},
    "required": ["q1"],
    "additionalProperties": False,
}


def launching() -> ModuleType:
    path = Path(__file__).parents[1] / "tests" / "tools" / "launching.py"
    spec = importlib.util.spec_from_file_location("launching", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["launching"] = module
    spec.loader.exec_module(module)
    return module


def people(count: int, words: int = 0) -> Twins:
    """People with an age and, if asked for, a record of some `words` words."""
    index = pd.Index([f"person {i:06d}" for i in range(count)], name="person")
    columns: dict[str, Any] = {"age": np.arange(count) % 60 + 18.0}
    variables = [Variable(name="age", level=Level.INTERVAL, role=Role.DEMOGRAPHIC)]
    for number in range(words // 12):
        name = f"item{number}"
        columns[name] = (np.arange(count) + number) % 5 + 1.0
        variables.append(
            Variable(
                name=name,
                question=f"How far do you agree with this statement, number {number} of many?",
                level=Level.ORDINAL,
                labels=tuple((float(c), text) for c, text in enumerate(LABELS, 1)),
            )
        )
    frame = pd.DataFrame(columns, index=index)
    return Twins.from_panel(Panel(frame, Codebook(tuple(variables))))


def survey(items: int, per_page: int) -> Questionnaire:
    options = tuple(Option(code=float(c), label=text) for c, text in enumerate(LABELS, 1))
    questions: list[Question] = [
        Likert(
            name=f"q{i}",
            text=f"How far do you agree with statement {i}?",
            options=options,
            required=True,
        )
        for i in range(items)
    ]
    pages = tuple(tuple(questions[i : i + per_page]) for i in range(0, items, per_page))
    return Questionnaire(name="benchmark", blocks=(Block(name="all", pages=pages),))


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- bare loops -------------------------------------------------------------------------------


def bare(sdk: str, fast: bool, url: str) -> dict[str, Any]:
    """The calls of one question per call, made by the SDK's client alone."""
    system = people(1)[people(1).ids[0]].persona("full record") + "x" * 1400
    calls = PEOPLE * QUESTIONS

    async def loop() -> float:
        ask, close = _openai(url, fast) if sdk == "openai" else _anthropic(url, fast)
        numbers = iter(range(calls))

        async def worker() -> None:
            for number in numbers:
                text = await ask(system, f"q1: How far do you agree with statement {number}?")
                assert json.loads(text)["q1"]

        await ask(system, "first")
        start = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))
        seconds = time.perf_counter() - start
        await close()
        return seconds

    return {"per_second": calls / asyncio.run(loop())}


def _openai(url: str, fast: bool) -> tuple[Callable[..., Any], Callable[..., Any]]:
    import openai

    http = openai.DefaultAioHttpClient() if fast else openai.DefaultAsyncHttpxClient()
    client = openai.AsyncOpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0, http_client=http)
    form: Any = {
        "type": "json_schema",
        "json_schema": {"name": "answers", "schema": SCHEMA, "strict": True},
    }

    async def ask(system: str, text: str) -> str:
        reply = await client.chat.completions.create(
            model="gpt-6-luna",
            messages=[{"role": "system", "content": system}, {"role": "user", "content": text}],
            response_format=form,
        )
        return reply.choices[0].message.content or ""

    return ask, client.close


def _anthropic(url: str, fast: bool) -> tuple[Callable[..., Any], Callable[..., Any]]:
    import anthropic

    http = anthropic.DefaultAioHttpClient() if fast else anthropic.DefaultAsyncHttpxClient()
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0, http_client=http)
    output: Any = {"format": {"type": "json_schema", "schema": SCHEMA}}

    async def ask(system: str, text: str) -> str:
        reply = await client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=100,
            system=system,
            messages=[{"role": "user", "content": text}],
            output_config=output,
        )
        return "".join(block.text for block in reply.content if block.type == "text")

    return ask, client.close


# --- ours -------------------------------------------------------------------------------------


def ours(
    sdk: str,
    url: str,
    *,
    persons: int = PEOPLE,
    questions: int = QUESTIONS,
    per_call: int = 1,
    words: int = 0,
    cache: bool = False,
) -> dict[str, Any]:
    """The whole engine: ledger, attempts, limiter, reading of answers."""
    # The environment's address, unlike one in the spec, leaves the model what it is.
    os.environ["OPENAI_BASE_URL"], os.environ["ANTHROPIC_BASE_URL"] = f"{url}/v1", url
    name = "openai:gpt-6-luna" if sdk == "openai" else "anthropic:claude-haiku-5-5"
    twins, asked = people(persons, words), survey(questions, max(per_call, 1))
    base = peak()
    with tempfile.TemporaryDirectory() as folder:

        def run(number: int) -> tuple[float, Run]:
            respondent = LanguageModelRespondent(
                name,
                Settings(per_call=per_call),
                concurrency=CONCURRENCY,
                cache=Path(folder) / "cache.sqlite" if cache else False,
            )
            start = time.perf_counter()
            done = administer(asked, twins, respondent, ledger=Path(folder) / f"{number}.run")
            return time.perf_counter() - start, done

        seconds, done = run(1)
        if cache:
            seconds, done = run(2)
        found = {
            "per_second": persons * questions / seconds,
            "seconds": seconds,
            "peak_mb": peak(),
            "before_mb": base,
            "answered": done.dispositions().get("answered", 0),
        }
        attempts = done.attempts()
        found["attempts"] = len(attempts)
        found["ledger_mb"] = (Path(folder) / "1.run").stat().st_size / 1e6
    assert found["answered"] == persons * questions
    return found


CASES: dict[str, Callable[[str], dict[str, Any]]] = {
    "bare openai": lambda url: bare("openai", False, url),
    "bare openai, aiohttp": lambda url: bare("openai", True, url),
    "bare anthropic": lambda url: bare("anthropic", False, url),
    "bare anthropic, aiohttp": lambda url: bare("anthropic", True, url),
    "understudy, openai": lambda url: ours("openai", url),
    "understudy, anthropic": lambda url: ours("anthropic", url),
    "20-question blocks, openai": lambda url: ours("openai", url, questions=100, per_call=20),
    "20-question blocks, anthropic": lambda url: ours("anthropic", url, questions=100, per_call=20),
    "warm cache, 1 per call": lambda url: ours("openai", url, questions=50, cache=True),
    "warm cache, 20 per call": lambda url: ours(
        "openai", url, questions=200, per_call=20, cache=True
    ),
    "10,000-token persona": lambda url: ours(
        "anthropic", url, persons=10, questions=100, per_call=20, words=6200
    ),
    "200 × 500, 20 per call": lambda url: ours("openai", url, questions=500, per_call=20),
    "2,000 × 500, 20 per call": lambda url: ours(
        "openai", url, persons=2000, questions=500, per_call=20
    ),
}


def case(name: str, url: str) -> dict[str, Any]:
    """One measurement in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--case", name, "--url", url],
        env={**os.environ, "ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{name}: {done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def show(name: str, found: dict[str, Any], best: float = 0.0) -> float:
    rate = float(found["per_second"])
    share = f"{rate / best:7.0%} of the best bare loop" if best else ""
    memory = f"  {found['peak_mb']:.0f} MB" if "peak_mb" in found else ""
    print(f"  {name:32}{rate:10,.0f} answers/s{share}{memory}", flush=True)
    return rate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="also a million answers")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        print(json.dumps(CASES[options.case](options.url)))
        return
    launched = launching().launched
    names = list(CASES)
    for latency in ("0", "0.2"):
        print(f"\n{PEOPLE} people × {QUESTIONS} questions, one per call, {latency} s latency")
        with launched("--latency", latency) as server:
            best: dict[str, float] = {}
            for name in names[:4]:
                sdk = name.split()[1].rstrip(",")
                best[sdk] = max(best.get(sdk, 0.0), show(name, case(name, server.url)))
            for name in names[4:6]:
                before = server.stats()["completions"]
                found = case(name, server.url)
                show(name, found, best[name.split(", ")[1]])
                sent = server.stats()["completions"] - before
                assert sent == found["attempts"], (sent, found["attempts"])
    with launched() as server:
        print("\nblocks, cache and memory")
        for name in names[6:10]:
            show(name, case(name, server.url))
        for name in names[11 : 13 if options.large else 12]:
            show(name, case(name, server.url))
        bill(server)


def bill(server: Any) -> None:
    """Billed input of a 10,000-token persona beside the arithmetic of the cheapest shape."""
    before = server.stats()
    found = case("10,000-token persona", server.url)
    after = server.stats()
    tokens = {key: after["tokens"][key] - before["tokens"][key] for key in after["tokens"]}
    billed = after["billed_input"] - before["billed_input"]
    people, calls = 10, found["attempts"]
    head = (tokens["cache_read"] + tokens["cache_write"]) / calls
    # Each persona is written once (1.25) and read by the four other calls (0.1).
    ideal = tokens["input"] - calls * head + people * head * (1.25 + 4 * 0.1)
    print(
        f"  a persona of {head:,.0f} tokens, 20-question blocks: {billed / 1000:,.0f} billed input "
        f"tokens per answer, the arithmetic says {ideal / 1000:,.0f} ({billed / ideal:.1%})"
    )


if __name__ == "__main__":
    main()
