"""A provider of batches, a ledger and processes that die, for tests of the batch line."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from understudy.data.errors import BudgetReachedError
from understudy.twins.llm.batch_files import (
    BatchGoneError,
    CancelledInBatchError,
    FailedBatchError,
)
from understudy.twins.llm.batching import BatchLine
from understudy.twins.llm.cards import ModelCard, Prices
from understudy.twins.llm.chat import BatchStatus, Completion, Head, Request, Turn, Usage
from understudy.twins.llm.failures import CallError, Failure
from understudy.twins.llm.line import Line
from understudy.twins.llm.response_cache import ResponseCache

Batches = dict[str, dict[str, int]]
"""Batch or parcel → custom id → number of the attempt."""
USAGE = Usage(input=1_000, output=100)
PRICES = Prices(input=2.0, output=10.0, cache_write=2.5, cache_read=0.2)
FULL_PRICE = PRICES.cost(USAGE)
UNENDED = ("", "submitted", "interrupted")


def request(number: int, persona: str = "") -> Request:
    return Request(head=Head("Answer.", persona), turns=(Turn("user", f"question {number}"),))


def answer_to(asked: Request) -> Completion:
    return Completion(text=f"to {asked.turns[-1].text}", usage=USAGE, model="m-1")


class Process:
    """What dies: every operation that leaves the process counts, and may be the last."""

    def __init__(self, last: int | None = None) -> None:
        self.operations = 0
        self.last = last
        self.died = asyncio.Event()

    async def step(self) -> None:
        """Let time pass; does not return if the process dies here."""
        await asyncio.sleep(0)
        if self.died.is_set():
            raise asyncio.CancelledError
        if self.last is not None and self.operations >= self.last:
            self.died.set()
            await asyncio.Event().wait()
        self.operations += 1


@dataclass
class Ledger:
    """A ledger that outlives processes, and the sink of all interviews of one."""

    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    process: Process = field(default_factory=Process)
    refuse_after: int | None = None

    async def begin(self, detail: Mapping[str, Any]) -> int:
        await self.process.step()
        if self.refuse_after is not None and len(self.rows) >= self.refuse_after:
            raise BudgetReachedError("the budget is reached")
        number = len(self.rows) + 1
        self.rows[number] = {**detail, "outcome": ""}
        return number

    async def submitted(self, attempt: int, batch: str, custom_id: str) -> None:
        await self.process.step()
        if self.rows[attempt]["outcome"] in UNENDED:
            self.rows[attempt] |= {"outcome": "submitted", "batch": batch, "custom_id": custom_id}

    async def end(self, attempt: int, outcome: str, detail: Mapping[str, Any]) -> None:
        await self.process.step()
        if self.rows[attempt]["outcome"] in UNENDED:
            self.rows[attempt] |= {**detail, "outcome": outcome}

    def start(self, recorded: Collection[str] = ()) -> tuple[Batches, Batches]:
        """Begin a process: what is in batches, and what is in none that anybody knows of.

        Args:
            recorded: Digests of requests whose answers are on record.
        """
        home = {row["parcel"]: row["batch"] for row in self.rows.values() if "batch" in row}
        batches: Batches = {}
        lost: Batches = {}
        for number, row in self.rows.items():
            row["outcome"] = row["outcome"] or "interrupted"
            if row["outcome"] == "interrupted" and row.get("parcel") in home:
                row |= {"outcome": "submitted", "batch": home[row["parcel"]]}
            again = "stop" in row and "batch" in row and row["request"] not in recorded
            if row["outcome"] == "submitted" or again:
                batches.setdefault(row["batch"], {})[row["custom_id"]] = number
            elif row["outcome"] == "interrupted":
                lost.setdefault(row["parcel"], {})[row["custom_id"]] = number
        return batches, lost

    def outcomes(self) -> Counter[str]:
        return Counter(row["outcome"] for row in self.rows.values())

    @property
    def cost(self) -> float:
        return sum(float(row.get("cost", 0.0)) for row in self.rows.values())


async def alive(work: Coroutine[Any, Any, None], process: Process) -> bool:
    """Whether a process lives to see the end of some work."""
    task = asyncio.ensure_future(work)
    death = asyncio.ensure_future(process.died.wait())
    await asyncio.wait({task, death}, return_when=asyncio.FIRST_COMPLETED)
    if process.died.is_set():
        # What is cancelled from here on reaches nobody.
        task.cancel()
        return False
    death.cancel()
    task.result()
    return True


Planned = Completion | CallError | None
"""What becomes of a request."""


@dataclass
class Provider:
    """A provider's batches, which outlive processes.

    Attributes:
        plan: What becomes of a request, by its last turn; answered if not here, missing if None.
        polls: After how many looks a batch has ended.
        troubles: What the next operations raise, by name of the operation.
        breaks: After how many results the connection breaks, once.
    """

    most_requests: int = 100
    most_bytes: int = 10_000_000
    plan: dict[str, Planned] = field(default_factory=dict)
    polls: int = 3
    troubles: dict[str, list[CallError]] = field(default_factory=dict)
    breaks: int | None = None
    process: Process = field(default_factory=Process)
    batches: dict[str, list[tuple[str, Request]]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    looks: list[float] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    async def _step(self, operation: str) -> None:
        await self.process.step()
        waiting = self.troubles.get(operation)
        if waiting:
            raise waiting.pop(0)

    async def submit(self, requests: Sequence[tuple[str, Request]]) -> str:
        await self._step("submit")
        name = f"batch_{len(self.batches)}"
        self.batches[name] = list(requests)
        return name

    async def status(self, batch: str) -> BatchStatus:
        await self._step("status")
        if batch not in self.batches:
            raise BatchGoneError(batch)
        self.seen[batch] += 1
        self.looks.append(asyncio.get_running_loop().time())
        total, ended = len(self.batches[batch]), self.seen[batch] >= self.polls
        return BatchStatus(ended=ended, total=total, finished=total if ended else 0)

    async def results(self, batch: str) -> AsyncIterator[tuple[str, Completion | CallError]]:
        await self._step("results")
        items = list(self.batches[batch])
        random.Random(7).shuffle(items)
        for number, (name, asked) in enumerate(items):
            await self.process.step()
            if number == self.breaks:
                self.breaks = None
                raise CallError(Failure.DROPPED, "the connection broke")
            outcome = self.plan.get(asked.turns[-1].text, answer_to(asked))
            if isinstance(outcome, FailedBatchError | CancelledInBatchError):
                raise outcome
            if outcome is not None:
                yield name, outcome

    async def find(
        self, custom_ids: Collection[str], since: float, known: Collection[str]
    ) -> str | None:
        await self._step("find")
        for name, items in self.batches.items():
            if name not in known and {item for item, _ in items} == set(custom_ids):
                return name
        return None

    async def cancel(self, batch: str) -> None:
        self.cancelled.append(batch)

    @property
    def asked(self) -> Counter[str]:
        """How often each request was in a batch."""
        return Counter(r.turns[-1].text for items in self.batches.values() for _, r in items)


class Model:
    """A model that answers live too, and counts how often."""

    spec = "anthropic:m"
    endpoint = "https://example.org"
    card = ModelCard(provider="anthropic", name="m", prices=PRICES, batch=True)

    def __init__(self, batches: Provider | None) -> None:
        self.batches = batches
        self.live: list[str] = []
        self.closed = False

    async def complete(self, asked: Request) -> Completion:
        self.live.append(asked.turns[-1].text)
        return answer_to(asked)

    async def count(self, asked: Request) -> int | None:
        return None

    async def verify(self) -> None: ...

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class World:
    """Everything that outlives a process."""

    ledger: Ledger = field(default_factory=Ledger)
    provider: Provider = field(default_factory=Provider)
    pages: dict[str, str] = field(default_factory=dict)
    live: list[str] = field(default_factory=list)
    cache: ResponseCache | None = None

    def line(self, **options: Any) -> BatchLine:
        model = Model(self.provider)
        model.live = self.live
        if "open_batches" not in options:
            options["open_batches"], _ = self.ledger.start()
        given = {"ledger": self.ledger, **options}
        return BatchLine(model, live=Line(model, cache=self.cache), cache=self.cache, **given)

    async def run(
        self, requests: Iterable[Request], last: int | None = None, **options: Any
    ) -> Process:
        """One process of a run: asks what is not recorded, records answers, and may be killed."""
        process = Process(last)
        self.ledger.process = self.provider.process = process
        asked = list(requests)
        recorded = [one.digest.hex() for one in asked if one.turns[-1].text in self.pages]
        batches, lost = self.ledger.start(recorded)
        line = self.line(open_batches=batches, **options)
        if not await alive(line.recover(lost, dict.fromkeys(lost, 0.0)), process):
            return process

        async def interview(asked: Request) -> None:
            answered = await line.ask(asked, self.ledger)
            await process.step()
            self.pages[asked.turns[-1].text] = answered.completion.text

        left = [one for one in asked if one.turns[-1].text not in self.pages]

        async def work() -> None:
            await asyncio.gather(*(interview(one) for one in left))
            await line.collect()
            await line.aclose()

        await alive(work(), process)
        return process


async def outcomes(world: World, requests: Sequence[Request], **options: Any) -> list[Any]:
    line = world.line(**options)
    asks = (line.ask(asked, world.ledger) for asked in requests)
    found = await asyncio.gather(*asks, return_exceptions=True)
    await line.aclose()
    return list(found)


def operations(virtually: Any, count: int, **provider: Any) -> int:
    """How many operations a run takes that nobody kills."""
    world = World(provider=Provider(**provider))
    return int(virtually(world.run(map(request, range(count)))).operations)
