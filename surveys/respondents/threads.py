"""One thread for linear algebra: the last bits of a sum do not hang on how many cores are free.

Many small decompositions are also faster so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["single_threaded"]


@contextmanager
def single_threaded() -> Iterator[None]:
    """Limit every linear-algebra library to one thread."""
    # A library is limited only once it is loaded; scipy brings one besides numpy's.
    import scipy.linalg
    import scipy.special  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield
