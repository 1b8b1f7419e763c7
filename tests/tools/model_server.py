"""Start the local server of `serving/`: `python tests/tools/model_server.py --latency 0.2`.

It prints one line, its address, and ends on SIGTERM. Nothing but the standard library is needed.
Tests get the class `ModelServer` of the same server from the fixture `model_server`.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .serving.server import ModelServer

__all__ = ["load", "model_server_class"]

_PACKAGE = "understudy_model_server"


def load(module: str) -> Any:
    """A module of `serving/`, which is a package although nothing above it is one."""
    if _PACKAGE not in sys.modules:
        folder = Path(__file__).with_name("serving")
        spec = importlib.util.spec_from_file_location(_PACKAGE, folder / "__init__.py")
        assert spec is not None
        assert spec.loader is not None
        package = importlib.util.module_from_spec(spec)
        sys.modules[_PACKAGE] = package
        spec.loader.exec_module(package)
    return importlib.import_module(f"{_PACKAGE}.{module}")


def model_server_class() -> type[ModelServer]:
    """The class `ModelServer`."""
    found: type[ModelServer] = load("server").ModelServer
    return found


if __name__ == "__main__":
    sys.exit(load("server").main())
