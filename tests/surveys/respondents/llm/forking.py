"""Commands in processes of their own, without importing everything anew for each.

A process that has imported all that commands need forks a child for every line of JSON on its
standard input: {"args": […], "out": PATH, "err": PATH}. It prints the child's number at once, and
how it ended (as `os.waitpid` says) when it has.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading

NEEDED = (
    *("anthropic", "openai", "aiohttp", "httpx2", "pandas", "yaml", "rich.table", "rich.console"),
    *("understudy.cli.run", "understudy.cli.resume", "understudy.cli.jobs", "understudy.notebook"),
    *("understudy.surveys.respondents.llm.respondent", "understudy.surveys.ledger.run_panel"),
    *("understudy.surveys.respondents.llm.estimate", "understudy.twins.llm.response_cache"),
    *("understudy.twins.llm.providers.anthropic", "understudy.twins.llm.providers.openai"),
)


def child(args: list[str], out: str, err: str) -> None:
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    from understudy.cli import main

    main(args)


def serve() -> None:
    for name in NEEDED:
        importlib.import_module(name)
    assert threading.active_count() == 1, "a fork would lose the other threads"
    for line in sys.stdin:
        told = json.loads(line)
        pid = os.fork()
        if not pid:
            # Leaves through SystemExit, as a command does.
            child(**told)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        sys.stdout.write(f"{os.waitpid(pid, 0)[1]}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
