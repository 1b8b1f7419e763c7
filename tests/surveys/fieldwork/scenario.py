"""A small real survey and a respondent that leaves tracks; also run as a script by the tests.

scenario.py export LEDGER            run to the end, print the digest of what is exported
scenario.py kill LEDGER LOG SEED N   run, killed with SIGKILL at N seeded points, then finish
scenario.py interrupt LEDGER LOG     run, interrupted with SIGINT in the middle; exit 130
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from understudy.data.codebook import Code, Codebook, Level, Reason, Role, Variable
from understudy.data.panel import Panel
from understudy.data.seeds import uniform
from understudy.surveys.fieldwork import interviewing
from understudy.surveys.fieldwork.administer import administer
from understudy.surveys.ledger.file import connect
from understudy.surveys.ledger.run import Run, load_run
from understudy.surveys.ledger.writer import Writer
from understudy.surveys.logic.expression import Expression
from understudy.surveys.question import Item, Option, Question, Shown, Shuffle, Wording
from understudy.surveys.questionnaire import Block, Condition, Questionnaire, ScreenOut
from understudy.surveys.questions import Display, Likert, Matrix, Multiple, Numeric, Single, Text
from understudy.surveys.respondent import Basis, Interview, Page, Preparation, Reply
from understudy.twins.twin import Twins


def twins(count: int) -> Twins:
    frame = pd.DataFrame(
        {"age": np.arange(count) % 60 + 18.0},
        index=pd.Index([f"p{i:03d}" for i in range(count)], name="person"),
    )
    age = Variable(name="age", label="Age", level=Level.INTERVAL, role=Role.DEMOGRAPHIC)
    return Twins.from_panel(Panel(frame, Codebook((age,))))


def options(*labels: str) -> tuple[Option, ...]:
    return tuple(Option(code=float(code), label=text) for code, text in enumerate(labels, 1))


def survey(*, screen_out: bool = True) -> Questionnaire:
    agree = options("disagree", "neither", "agree")
    pages: tuple[tuple[Question, ...], ...] = (
        (
            Display(name="hello", text="Welcome."),
            Single(name="vote", text="Did you vote?", options=options("yes", "no", "not allowed")),
        ),
        (
            Likert(
                name="trust",
                text="Most people can be trusted.",
                options=agree,
                shuffle_options=Shuffle.REVERSE,
                wordings=(
                    Wording("frame", "plain", "Most people can be trusted."),
                    Wording("frame", "warm", "Most people around you can be trusted."),
                ),
            ),
        ),
        (
            Matrix(
                name="news",
                text="How often?",
                options=agree,
                items=(Item(name="tv", label="TV"), Item(name="web", label="Web")),
                shuffle_items=Shuffle.RANDOM,
            ),
            Numeric(name="hours", text="Hours a day?", minimum=0.0, maximum=24.0),
        ),
        (
            Multiple(
                name="pets",
                text="Which pets?",
                options=options("cat", "dog", "fish"),
                shuffle_options=Shuffle.RANDOM,
            ),
        ),
        (
            Text(
                name="why",
                text="You are {record.age}: why do you agree?",
                show_if=Expression("trust == 3"),
            ),
        ),
        (Single(name="last", text="Last one?", options=options("yes", "no"), required=True),),
    )
    rules = (ScreenOut(Expression("vote == 3"), "Thank you."),) if screen_out else ()
    return Questionnaire(
        name="scenario",
        blocks=(Block(name="main", pages=pages),),
        conditions=(Condition(name="frame", arms=("plain", "warm")),),
        screen_out=rules,
    )


class Tracks:
    """A respondent that draws by seed, and says on a log what it is asked before it answers.

    Args:
        paid: Whether it makes attempts, as one that costs money does.
        waits: Whether it lets others have their turn in the middle of a page.
        said: Called with each ask, (twin, replicate, page).
    """

    spec = "tracks"

    def __init__(
        self,
        *,
        paid: bool = False,
        waits: bool = False,
        said: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self.paid = paid
        self.waits = waits
        self.said = said
        self.asked: list[tuple[str, int, int]] = []
        self.prepared = self.closed = 0

    @property
    def fingerprint(self) -> str:
        return "tracks-1"

    def prepare(self, questionnaire: Questionnaire, twins: Twins, seed: int) -> Preparation:
        self.prepared += 1
        return Preparation(warnings=("Nobody here is real.",), facts={"seconds": 0.1})

    async def answer(self, page: Page, interview: Interview) -> Sequence[Reply]:
        key = (interview.twin.id, interview.replicate, page.number)
        attempt = 0
        if self.paid:
            attempt = await interview.attempts.begin(page.number, {"request": "abc", "model": "m"})
        self.asked.append(key)
        if self.said is not None:
            self.said(*key)
        if self.waits:
            for _ in range(int(uniform(*key, "waits") * 7)):
                await asyncio.sleep(0)
        if self.paid:
            usage = {"input_tokens": 100, "cached_tokens": 40, "output_tokens": 3, "cost": 0.25}
            await interview.attempts.end(attempt, "answered", usage)
        return [reply for shown in page.questions for reply in self.replies(shown, interview)]

    def replies(self, shown: Shown, interview: Interview) -> list[Reply]:
        def draw(name: str) -> float:
            return uniform(interview.seed, interview.twin.id, name, interview.replicate, "draw")

        found = []
        for variable in shown.variables:
            name, chance = variable.name, draw(variable.name)
            value: Code
            shares: tuple[tuple[Code, float], ...] = ()
            if chance < 0.05:
                found.append(Reply(name, None, Reason.CANNOT_KNOW, note="Ask about voting."))
                continue
            if variable.kind == "text":
                value = f"because {chance:.3f} ☂"
            elif variable.level is Level.INTERVAL:
                value = round(chance * 24, 2)
            else:
                value = variable.codes[int(chance * len(variable.codes))]
                shares = tuple((code, 1 / len(variable.codes)) for code in variable.codes)
            found.append(Reply(name, value, None, Basis.PANEL, shares, raw=f"I say {value}"))
        return found

    async def aclose(self) -> None:
        self.closed += 1


def export(run: Run) -> str:
    """Everything that is exported of a run, as text."""
    codebook = [
        (v.name, v.labels, [(m.code, m.reason.value, m.label) for m in v.missing])
        for v in run.panel.codebook
    ]
    status = {name: values.tolist() for name, values in run.panel.status.items()}
    shown = [run.shown(held.twin, held.replicate) for held in run.interviews]
    return "\n".join(
        [
            run.panel.frame.to_csv(),
            json.dumps([codebook, status]),
            run.answers().to_csv(),
            repr(shown),
        ]
    )


def digest(run: Run) -> str:
    return hashlib.sha256(export(run).encode()).hexdigest()


# --- as a script ------------------------------------------------------------------------------


class Log:
    """Lines that are on the disk when the call returns, from whichever thread."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, *lines: str) -> None:
        os.write(self._file, "".join(f"{line}\n" for line in lines).encode())
        os.fsync(self._file)


def run_logged(path: Path, log: Log, event: Callable[[], None]) -> Run:
    """Run with every ask on the log before it is answered and every page once it is committed."""
    commit, start = Writer.commit, Writer.__init__

    def commit_logged(self: Writer, rows: Any, durable: bool) -> None:
        commit(self, rows, durable)
        event()
        if "page" in rows:
            log.write(*(f"ack {interview} {page}" for interview, page, _ in rows["page"]))
        event()

    def start_watched(self: Writer, path: Path) -> None:
        start(self, path)
        self._connection.set_progress_handler(event, 40)

    def said(twin: str, replicate: int, page: int) -> None:
        event()
        people = len(everybody)
        log.write(f"ask {(replicate - 1) * people + everybody.ids.index(twin)} {page}")
        event()

    everybody = twins(16)
    Writer.commit, Writer.__init__ = commit_logged, start_watched  # type: ignore[method-assign,assignment]
    try:
        respondent = Tracks(paid=True, waits=True, said=said)
        return administer(survey(), everybody, respondent, ledger=path, seed=7, replicates=2)
    finally:
        Writer.commit, Writer.__init__ = commit, start  # type: ignore[method-assign]


def killed_run(path: Path, log: Log, after: int) -> bool:
    """Run in a child that kills itself at its event number `after`; whether it came to that."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    events = 0

    def event() -> None:
        nonlocal events
        events += 1
        if events == after:
            os.kill(os.getpid(), signal.SIGKILL)

    run_logged(path, log, event)
    os._exit(0)


def recorded(path: Path) -> list[str]:
    ledger = connect(path)
    pages = [f"{row[0]} {row[1]}" for row in ledger.execute("SELECT interview, page FROM pages")]
    ledger.close()
    return pages


def kill(folder: Path, seed: int, count: int) -> None:
    """Kill a run again and again until it is finished; then the next, until `count` kills."""
    chance = random.Random(seed)
    kills = 0
    while kills < count:
        name = f"run{len(list(folder.glob('*.log')))}"
        path, log = folder / f"{name}.ledger", Log(folder / f"{name}.log")
        while killed_run(path, log, chance.randint(1, 400)):
            kills += 1
            held = recorded(path) if path.exists() and path.stat().st_size else []
            log.write(f"held {json.dumps(held)}")
        log.write(f"done {digest(load_run(path))}")
    sys.stdout.write(f"{kills}\n")


def interrupt(path: Path, log_path: Path) -> None:
    asks = 0

    def event() -> None:
        nonlocal asks
        asks += 1
        if asks == 60:
            os.kill(os.getpid(), signal.SIGINT)

    try:
        run_logged(path, Log(log_path), event)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    interviewing.TICK_SECONDS = 0.01
    mode, target, *rest = sys.argv[1:]
    if mode == "export":
        run = administer(survey(), twins(12), Tracks(), ledger=Path(target), seed=3)
        sys.stdout.write(digest(run))
    elif mode == "kill":
        kill(Path(target), int(rest[0]), int(rest[1]))
    else:
        interrupt(Path(target), Path(rest[0]))
