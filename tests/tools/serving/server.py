"""The server: in a thread of this process, or as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from . import steps as told
from .app import App
from .batches import Outcome
from .http import Connection
from .options import Options, Received
from .routes import route_of

__all__ = ["ModelServer", "main"]

_T = TypeVar("_T")
_HOST = "127.0.0.1"


class Listener:
    """The socket of an app; everything is called on the app's event loop."""

    def __init__(self, app: App, port: int = 0) -> None:
        self.app = app
        self.port = port
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        if self._server is not None:
            return
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self.app.handle, self.app.opened),
            _HOST,
            self.port,
            family=socket.AF_INET,
            backlog=4096,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections, and reset those there are."""
        if self._server is None:
            return
        # A connection that is accepted in the very moment when its server is closed is never made
        # known to anybody: its client would wait for ever. So nothing more is accepted first, and
        # what was accepted comes into `opened`.
        for listening in self._server.sockets:
            asyncio.get_running_loop().remove_reader(listening.fileno())
        await _turns()
        for connection in list(self.app.opened):
            connection.reset()
        self._server.close()
        await _turns()
        self._server = None


async def _turns() -> None:
    """Let the event loop do what is due, and what follows from that."""
    for _ in range(5):
        await asyncio.sleep(0)


class ModelServer:
    """A server in a thread, for `with`.

    Args:
        port: 0 for any that is free.
        options: See `Options`.
    """

    Step = told.Step
    presets = tuple(told.PRESETS)

    def __init__(self, *, port: int = 0, **options: Any) -> None:
        self._app = App(Options(**options))
        self._listener = Listener(self._app, port)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="model server", daemon=True)
        self._ready = threading.Event()
        self._failure: OSError | None = None
        self._faults: list[Exception] = []

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        if self._faults and error is None:
            raise self._faults[0]

    def _note(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Keep what a brain, or the server itself, raised, so that the test sees it."""
        fault = context.get("exception")
        if isinstance(fault, Exception) and not isinstance(fault, ConnectionError):
            self._faults.append(fault)
        elif fault is None:
            loop.default_exception_handler(context)

    def _run(self) -> None:
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(self._note)
        try:
            try:
                loop.run_until_complete(self._listener.start())
            except OSError as error:
                self._failure = error
                return
            finally:
                self._loop = loop
                self._ready.set()
            loop.run_forever()
            loop.run_until_complete(self._listener.stop())
        finally:
            loop.close()

    def _await(self, make: Callable[[], Awaitable[_T]]) -> _T:
        assert self._loop is not None, "The server has not been started"

        async def call() -> _T:
            return await make()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result()

    def _call(self, function: Callable[[], _T]) -> _T:
        async def call() -> _T:
            return function()

        return self._await(call)

    @property
    def url(self) -> str:
        """Where it is: what `anthropic` takes for a base URL."""
        return f"http://{_HOST}:{self._listener.port}"

    @property
    def openai_url(self) -> str:
        """What `openai` takes for a base URL."""
        return self.url + "/v1"

    @property
    def requests(self) -> list[Received]:
        """Every request received in full, in order."""
        return list(self._app.requests)

    @property
    def completions(self) -> list[Received]:
        """Those of them that ask a model for something."""
        return [
            request
            for request in self._app.requests
            if request.method == "POST" and route_of(request.path).completion
        ]

    def count(self, path: str = "") -> int:
        """Requests received in full at exactly this path; "" for all that ask a model."""
        return self._call(lambda: self._app.counts[path] if path else self._app.completions)

    def stats(self) -> dict[str, Any]:
        """Counters: see `App.stats`."""
        return self._call(self._app.stats)

    def script(
        self,
        *steps: str | told.Step | Mapping[str, Any],
        times: int | None = 1,
        share: float = 1.0,
        path: str = "",
        containing: str = "",
    ) -> None:
        """Treat coming requests differently, one step after the other.

        Args:
            steps: Names of presets, steps, or the fields of steps.
            times: How many requests each step is for; None for all from now on.
            share: Which share of requests, spread evenly.
            path: Only requests to exactly this path; "" for every completion endpoint.
            containing: Only requests with this text in their body.
        """
        rules = [told.Rule(told.step_from(step), times, share, path, containing) for step in steps]
        self._call(lambda: self._app.rules.extend(rules))

    def behave(self) -> None:
        """Forget every script."""
        self._call(self._app.rules.clear)

    def change(self, **options: Any) -> None:
        """Change options: see `Options`."""
        changed = dataclasses.replace(self._app.options, **options)
        self._call(lambda: self._app.change(changed))

    def advance(self, seconds: float) -> None:
        """Let time pass for prompt caches, rate limits and batches."""
        self._call(lambda: self._app.skip(seconds))

    @property
    def batches(self) -> list[str]:
        """The batches there are, oldest first."""
        return self._call(lambda: self._app.batches.keys)

    def finish_batches(self, share: float = 1.0) -> None:
        """Let every batch end; items beyond this share of a batch expire."""
        self._call(lambda: self._app.batches.finish(share))

    def batch_outcomes(self, outcomes: Mapping[str, Outcome]) -> None:
        """Say what becomes of items of batches by their custom ids.

        An outcome is "succeeded", "errored", "expired", "canceled", or a step.
        """
        self._call(lambda: self._app.batches.outcomes.update(outcomes))

    def batch_most(self, protocol: str, items: int, size: int) -> None:
        """Set the most requests and bytes of a batch of "anthropic" or "openai"."""
        self._call(lambda: self._app.batches.most.update({protocol: (items, size)}))

    def forget(self) -> None:
        """Set the counters to zero and empty the prompt caches."""
        self._call(self._app.forget)

    def pause(self) -> None:
        """Die: connections are reset and new ones refused."""
        self._await(self._listener.stop)

    def resume(self) -> None:
        """Come back on the same port."""
        self._await(self._listener.start)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; print the address once it is there."""
    parser = argparse.ArgumentParser(
        description="A local server that speaks the protocols of Anthropic and of OpenAI."
    )
    parser.add_argument("--port", type=int, default=0, help="0 for any that is free")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before every answer")
    parser.add_argument("--limit-rps", type=float, default=0.0, help="completions per second")
    parser.add_argument("--burst", type=int, default=0, help="completions at once")
    parser.add_argument("--limit-tps", type=float, default=0.0, help="input tokens per second")
    parser.add_argument("--max-concurrent", type=int, default=0, help="completions under way")
    parser.add_argument("--cache-minimum", type=int, default=1024, help="tokens")
    parser.add_argument("--context", type=int, default=0, help="most input tokens")
    parser.add_argument("--batch-polls", type=int, default=1, help="looks until a batch is done")
    parser.add_argument("--keep-batches", action="store_true", help="end them only when told")
    parser.add_argument("--vary", action="store_true", help="repeated requests differ")
    parser.add_argument("--record", action="store_true", help="keep requests for /_requests")
    chosen = vars(parser.parse_args(arguments))
    port = chosen.pop("port")
    if chosen.pop("keep_batches"):
        chosen["batch_polls"] = None
    try:
        asyncio.run(_serve(App(Options(**chosen)), port))
    except OSError as error:
        sys.stderr.write(f"The server cannot listen on port {port}: {error.strerror}\n")
        return 1
    return 0


async def _serve(app: App, port: int) -> None:
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    listener = Listener(app, port)
    await listener.start()
    sys.stdout.write(f"http://{_HOST}:{listener.port}\n")
    sys.stdout.flush()
    await done.wait()
    await listener.stop()
