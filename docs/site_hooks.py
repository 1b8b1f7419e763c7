"""Pages that `mkdocs build` makes itself: the example notebooks, and the list of metrics."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

EXAMPLES = "examples"
METRICS = """# Metrics

Pure functions over arrays, one family per file. `compare/measures.py` says which of them a
scorecard holds.
"""


def on_files(files: Any, *, config: Any) -> Any:
    """Add a page for every example in percent format, and one for all metrics."""
    from mkdocs.structure.files import File

    for path in sorted((Path(config["docs_dir"]) / EXAMPLES).glob("*.py")):
        text = as_markdown(path.read_text(encoding="utf-8"), path.name)
        files.append(File.generated(config, f"{EXAMPLES}/{path.stem}.md", content=text))
    folder = Path(config["docs_dir"]).parent / "compare" / "metrics"
    families = (path.stem for path in sorted(folder.glob("[a-z]*.py")))
    listed = "".join(f"\n::: understudy.compare.metrics.{family}\n" for family in families)
    files.append(File.generated(config, "reference/metrics.md", content=METRICS + listed))
    return files


def as_markdown(text: str, name: str) -> str:
    """A notebook in percent format as Markdown: its text, its code in fences, where it is from.

    Args:
        text: The notebook.
        name: Its file, for a link to it.
    """
    parts = []
    for cell in re.split(r"^# %%", text, flags=re.M)[1:]:
        head, _, body = cell.partition("\n")
        body = body.strip("\n")
        if head.strip() == "[markdown]":
            parts.append(re.sub(r"^# ?", "", body, flags=re.M))
        elif body:
            parts.append(f"```python\n{body}\n```")
    parts.insert(1, f"*[{name}]({name}): open it with jupytext, or run it as it is.*")
    return "\n\n".join(parts) + "\n"
