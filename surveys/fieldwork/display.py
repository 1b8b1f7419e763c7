"""How far a run has come, shown to whoever waits; see `data.display`."""

from __future__ import annotations

from ...data.display import (
    Display,
    NotebookDisplay,
    PlainDisplay,
    Progress,
    RichDisplay,
    SilentDisplay,
    choose_display,
    duration,
    progress_line,
)

__all__ = [
    "Display",
    "NotebookDisplay",
    "PlainDisplay",
    "Progress",
    "RichDisplay",
    "SilentDisplay",
    "choose_display",
    "duration",
    "progress_line",
]
