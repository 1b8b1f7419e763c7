"""Commands in processes of their own, without importing everything anew for each.

A process that has imported all that commands need forks a child for every line of JSON on its
standard input: {"args": […], "out": PATH, "err": PATH}, and maybe "first": [FILE, ARGUMENT], whose
function `install` the child calls before anything else. It prints the child's number at once, and
how it ended (as `os.waitpid` says) when it has.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

NEEDED = (
    *("anthropic", "openai", "aiohttp", "httpx2", "pandas", "yaml", "rich.table", "rich.console"),
    *("understudy.cli.run", "understudy.cli.resume", "understudy.cli.jobs", "understudy.notebook"),
    *("understudy.surveys.respondents.llm.respondent", "understudy.surveys.ledger.run_panel"),
    *("understudy.surveys.respondents.llm.estimate", "understudy.twins.llm.response_cache"),
    *("understudy.twins.llm.providers.anthropic", "understudy.twins.llm.providers.openai"),
)


def child(args: list[str], out: str, err: str, first: tuple[str, str] | None = None) -> None:
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if first is not None:
        runpy.run_path(first[0])["install"](first[1])
    from understudy.cli import main

    code: object = 0
    try:
        main(args)
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001 – whatever it is, the parent is to hear of it
        traceback.print_exc()
        code = 99
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Taking a process apart that has imported so much takes longer than what it did.
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(code if isinstance(code, int) else 98)


def serve() -> None:
    for name in NEEDED:
        importlib.import_module(name)
    assert threading.active_count() == 1, "a fork would lose the other threads"
    gc.freeze()
    # Ctrl-C is for the children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin:
        told = json.loads(line)
        pid = os.fork()
        if not pid:
            child(**told)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        sys.stdout.write(f"{os.waitpid(pid, 0)[1]}\n")
        sys.stdout.flush()


# --- the other side: who starts the process and has it start commands -----------------------------


@dataclass
class Commands:
    """Starts commands, each in a process of its own.

    Args:
        env: What stands in their environment besides.
        folder: Where what they say is put.
    """

    env: Mapping[str, str]
    folder: Path
    count: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.env},
        )

    def start(self, *args: str | Path) -> Started:
        """Start `understudy ARGS`."""
        self.count += 1
        out, err = (self.folder / f"{self.count}.{name}" for name in ("out", "err"))
        told = {"args": [str(arg) for arg in args], "out": str(out), "err": str(err)}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        return Started(int(self.process.stdout.readline()), self.process.stdout, out, err)

    def close(self) -> None:
        """End."""
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        self.process.wait()


@dataclass
class Started:
    """A command that runs."""

    pid: int
    pipe: IO[str] = field(repr=False)
    out: Path
    err: Path

    def wait(self) -> int:
        """Its exit code; minus the number of the signal that ended it."""
        return os.waitstatus_to_exitcode(int(self.pipe.readline()))

    def said(self) -> str:
        """What it wrote on both outputs."""
        return self.out.read_text() + self.err.read_text()


if __name__ == "__main__":
    serve()
