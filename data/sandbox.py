"""Foreign binary files are parsed in a child process, with limits on time and memory.

ReadStat, the C library behind .sav, .dta and .sas7bdat, has read out of bounds on malformed files,
and a spreadsheet can unpack to far more than it weighs. A crash, a runaway or a memory bomb then
ends the child, and the caller gets one sentence.

The child is `python -m understudy.data.sandbox`, started with the caller's import path: it works
from notebooks, `python -c`, and programs without a main guard, which multiprocessing does not.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from . import errors
from .errors import FileError, UnderstudyError, UnreadableFileError
from .transport import receive_json, receive_table, send_json, send_table

if TYPE_CHECKING:
    from .readers.options import ReadOptions
    from .table import Table

__all__ = ["Limits", "limits_for", "read_in_child"]

_MIB = 1 << 20
_QUIET_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Limits:
    """What a child may use.

    Attributes:
        seconds: Wall-clock time, and processor time, before it is ended.
        memory: Address space in bytes. Address space is more than memory in use: libraries alone
            reserve close to 1 GiB.
    """

    __slots__ = ("memory", "seconds")

    def __init__(self, seconds: float, memory: int) -> None:
        self.seconds = seconds
        self.memory = memory


def limits_for(path: Path) -> Limits:
    """Generous limits for an honest file of this size.

    A .sav of 272 MB (100,000 × 300) takes 5 s and 0.7 GB; its compressed .zsav form weighs a
    fifth. Compressed formats therefore get five times the allowance per byte. Memory never
    exceeds nine tenths of what the machine has.
    """
    packed = path.suffix.lower() in (".zsav", ".xlsx", ".parquet")
    size = path.stat().st_size * (5 if packed else 1)
    memory = 4 * 1024 * _MIB + 12 * size
    with contextlib.suppress(AttributeError, ValueError, OSError):  # no sysconf: no ceiling
        installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        memory = min(memory, max(2 * 1024 * _MIB, installed * 9 // 10))
    return Limits(seconds=120 + 0.5 * size / _MIB, memory=memory)


def read_in_child(
    reader: str, path: Path, options: ReadOptions, limits: Limits | None = None
) -> Table:
    """Call a reader in a child process and return its table.

    Args:
        reader: The reader as "module:function", such as "understudy.data.readers.spss:read_spss".
        path: The file.
        options: What the caller asked for; `progress` is called here as the child reports.
        limits: Time and memory the child may use; by default `limits_for(path)`.

    Raises:
        UnreadableFileError: The child crashed or went past its limits.
        UnderstudyError: Whatever the reader raised.
    """
    allowed = limits_for(path) if limits is None else limits
    try:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "understudy.data.sandbox"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            pipesize=_MIB,  # fewer switches between two processes on large files
        )
    except OSError as error:
        raise FileError(
            f"the process that reads it cannot be started ({error.strerror or error})",
            where=path.name,
            remedy="close other programs, or save the file as .csv",
        ) from error
    assert child.stdin is not None
    assert child.stdout is not None
    expired = threading.Event()

    def end() -> None:
        expired.set()
        child.kill()

    clock = threading.Timer(allowed.seconds, end)
    clock.daemon = True
    clock.start()
    try:
        with contextlib.suppress(BrokenPipeError):
            send_json(child.stdin, _request(reader, path, options, allowed))
            child.stdin.close()
        import pandas  # noqa: F401  # while the child starts, load what its answer needs

        return _answer(cast("BufferedReader", child.stdout), options.progress)
    except (EOFError, ValueError, KeyError, TypeError) as error:
        raise _died(path, child, expired.is_set(), allowed) from error
    finally:
        clock.cancel()
        child.kill()
        child.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
        child.wait()


def _environment() -> dict[str, str]:
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    threads = dict.fromkeys(_QUIET_THREADS, "1")  # each thread reserves address space
    return {**os.environ, **threads, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}


def _request(reader: str, path: Path, options: ReadOptions, limits: Limits) -> dict[str, Any]:
    return {
        "reader": reader,
        "path": str(path.absolute()),
        "options": {
            "encoding": options.encoding,
            "sheet": options.sheet,
            "columns": None if options.columns is None else list(options.columns),
            "rows": options.rows,
            "described": list(options.described),
        },
        "progress": options.progress is not None,
        "seconds": limits.seconds,
        "memory": limits.memory,
    }


def _answer(stream: BufferedReader, progress: Callable[[float], None] | None) -> Table:
    while True:
        message = receive_json(stream)
        if "error" in message:
            raise _rebuilt(message)
        if "table" in message:
            return receive_table(stream, _from(0.9, progress))
        if progress is not None:
            progress(0.9 * min(max(float(message["progress"]), 0.0), 1.0))


def _from(start: float, progress: Callable[[float], None] | None) -> Callable[[float], None] | None:
    if progress is None:
        return None
    return lambda fraction: progress(start + (1 - start) * fraction)


def _rebuilt(message: dict[str, Any]) -> UnderstudyError:
    kind = getattr(errors, str(message["error"]), None)
    if not (isinstance(kind, type) and issubclass(kind, UnderstudyError)):
        raise ValueError("not an error of ours")
    error = kind.__new__(kind)
    # Some kinds compose their message themselves; what crosses is already composed.
    UnderstudyError.__init__(
        error, str(message["what"]), where=str(message["where"]), remedy=str(message["remedy"])
    )
    return error


def _died(
    path: Path, child: subprocess.Popen[bytes], expired: bool, limits: Limits
) -> UnreadableFileError:
    if expired:
        return UnreadableFileError(
            f"reading was stopped after {limits.seconds:.0f} seconds; the file is damaged or made "
            "to keep its reader busy",
            where=path.name,
            remedy="open it in the program that wrote it and save it again",
        )
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(timeout=5)
    code = child.returncode
    how = f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else "crashed"
    return UnreadableFileError(
        f"the process that read it died ({how}); the file is damaged or hostile",
        where=path.name,
        remedy="open it in the program that wrote it and save it again",
    )


# --- in the child -----------------------------------------------------------------------------


def main() -> None:
    """Serve one request from standard input, and answer on standard output."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not be taken for the answer
    request = receive_json(cast("BufferedReader", sys.stdin.buffer))
    _limit(float(request["seconds"]), int(request["memory"]))
    path = Path(request["path"])

    def report(kind: type[BaseException], error: BaseException, _: object) -> None:
        failure = f"its reader failed ({kind.__name__}: {error})"
        remedy = "open it in the program that wrote it and save it again"
        _send_error(answer, UnreadableFileError(failure, where=path.name, remedy=remedy))

    sys.excepthook = report
    try:
        table = _serve(request, path, answer)
    except UnderstudyError as error:
        _send_error(answer, error)
    except MemoryError:
        _send_error(
            answer,
            UnreadableFileError(
                f"reading it needs more than {request['memory'] / (1 << 30):.1f} GB of memory, far "
                "more than its size explains",
                where=path.name,
                remedy="read fewer columns, or save it again in the program that wrote it",
            ),
        )
    else:
        send_json(answer, {"table": True})
        send_table(answer, table)


def _serve(request: dict[str, Any], path: Path, answer: IO[bytes]) -> Table:
    import importlib

    from .readers.options import ReadOptions

    module, _, function = str(request["reader"]).partition(":")
    columns = request["options"]["columns"]
    options = ReadOptions(
        encoding=request["options"]["encoding"],
        sheet=request["options"]["sheet"],
        columns=None if columns is None else tuple(columns),
        rows=request["options"]["rows"],
        described=tuple(request["options"]["described"]),
        progress=(lambda done: send_json(answer, {"progress": done}))
        if request["progress"]
        else None,
    )
    read: Callable[[Path, ReadOptions], Table] = getattr(importlib.import_module(module), function)
    return read(path, options)


def _send_error(answer: IO[bytes], error: UnderstudyError) -> None:
    send_json(
        answer,
        {
            "error": type(error).__name__,
            "what": error.what,
            "where": error.where,
            "remedy": error.remedy,
        },
    )


def _limit(seconds: float, memory: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    whole_seconds = int(seconds) + 1
    for kind, amount in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, 4 * whole_seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        # macOS refuses some of these; the clock in the parent still holds.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (amount, amount))


if __name__ == "__main__":
    main()
