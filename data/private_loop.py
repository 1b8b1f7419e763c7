"""Running asynchronous work for callers that are not, inside and outside a running event loop."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import contextvars
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ["run_apart"]

T = TypeVar("T")

LOOK_SECONDS = 0.2
"""How long Ctrl-C may go unseen."""


def run_apart(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run `work` to its end on an event loop of its own, on a thread of its own.

    A notebook's loop keeps running beside it, so nothing needs to be nested. Ctrl-C cancels the
    work, waits for it to put its things in order, and then goes on to the caller; a second Ctrl-C
    cancels that too.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    tasks: list[asyncio.Task[T]] = []
    started = threading.Event()

    async def body() -> T:
        tasks.append(asyncio.create_task(work()))
        started.set()
        return await tasks[0]

    interrupted = False
    context = contextvars.copy_context()
    with concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="fieldwork") as pool:
        done = pool.submit(context.run, lambda: asyncio.run(body()))
        while True:
            try:
                # A signal that the system hands to another thread is only seen on waking up.
                while not concurrent.futures.wait([done], timeout=LOOK_SECONDS).done:
                    pass
                result = done.result()
            except KeyboardInterrupt:
                interrupted = True
                started.wait()
                # If the work has just ended, its loop is closed and there is nothing to cancel.
                with contextlib.suppress(RuntimeError):
                    tasks[0].get_loop().call_soon_threadsafe(tasks[0].cancel)
            except asyncio.CancelledError:
                raise KeyboardInterrupt from None
            else:
                if interrupted:
                    raise KeyboardInterrupt
                return result
