"""The local server as a process of its own, for benchmarks and for tests that kill processes.

with launched("--latency", "0.2") as server:
    …                       # ask server.url or server.openai_url
    server.stats()["completions"]
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["SCRIPT", "Launched", "launched"]

SCRIPT = Path(__file__).with_name("model_server.py")


@dataclass(frozen=True)
class Launched:
    """A server that runs.

    Attributes:
        url: Its address: what `anthropic` takes for a base URL.
        process: It.
    """

    url: str
    process: subprocess.Popen[str]

    @property
    def openai_url(self) -> str:
        """What `openai` takes for a base URL."""
        return self.url + "/v1"

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def stats(self) -> dict[str, Any]:
        """Its counters: completions, counts by path, most under way, tokens, billed input."""
        found: dict[str, Any] = self._ask("/_stats", None)
        return found

    def script(self, *steps: str | dict[str, Any], **which: Any) -> None:
        """Treat coming requests differently: see `ModelServer.script`."""
        self.tell("script", steps=list(steps), **which)

    def tell(self, what: str, **body: Any) -> None:
        """Use another of the controls in `serving/control.py`: "change", "advance", "forget"…

        Raises:
            ValueError: It does not understand.
        """
        self._ask(f"/_{what}", json.dumps(body).encode())

    def _ask(self, path: str, body: bytes | None) -> Any:
        request = urllib.request.Request(self.url + path, data=body)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(error.read().decode()) from error


@contextlib.contextmanager
def launched(*options: str) -> Iterator[Launched]:
    """Start a server with these command-line options, and stop it at the end."""
    process = subprocess.Popen(
        [sys.executable, SCRIPT, *options], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError(f"The server ended with {process.wait()} before it was ready")
        yield Launched(url, process)
    finally:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
