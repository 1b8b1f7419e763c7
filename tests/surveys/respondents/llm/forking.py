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
import sys
import threading
import traceback

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
    if first is not None:
        runpy.run_path(first[0])["install"](first[1])
    from understudy.cli import main

    code: object = 0
    try:
        main(args)
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = 99
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
    for line in sys.stdin:
        told = json.loads(line)
        pid = os.fork()
        if not pid:
            child(**told)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        sys.stdout.write(f"{os.waitpid(pid, 0)[1]}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
