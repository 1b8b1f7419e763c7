"""The documentation site: every page is there, every link leads somewhere, every call is listed."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

import understudy as us

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SITE: dict[str, Any] = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
HOOKS = runpy.run_path(str(DOCS / "site_hooks.py"))

MADE = {f"examples/{path.stem}.md" for path in (DOCS / "examples").glob("*.py")}
MADE.add("reference/metrics.md")
"""Pages that the hooks make."""


def pages(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    for entry in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from pages(entry)


def test_every_page_is_in_the_navigation_and_every_entry_is_a_page() -> None:
    named = list(pages(SITE["nav"]))
    written = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert len(named) == len(set(named))
    assert set(named) == written | MADE


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
        if "://" in target:
            continue
        there = (path.parent / target).resolve()
        assert there.is_file() or there.relative_to(DOCS).as_posix() in MADE, f"{path}: {target}"


def test_every_public_call_is_in_the_reference_and_explained() -> None:
    reference = (DOCS / "reference" / "notebook.md").read_text(encoding="utf-8")
    listed = re.findall(r"members: \[(.*)\]", reference)[0].split(", ")
    assert set(listed) == set(us.__all__)
    guide = (DOCS / "notebook.md").read_text(encoding="utf-8")
    assert [name for name in listed if f"us.{name}" not in guide] == []


def test_modules_in_the_reference_exist() -> None:
    for path in (DOCS / "reference").glob("*.md"):
        for name in re.findall(r"^::: (\S+)", path.read_text(encoding="utf-8"), flags=re.M):
            assert find_spec(name) is not None, name


def test_a_notebook_becomes_a_page() -> None:
    text = "# ---\n# jupyter:\n# ---\n\n# %% [markdown]\n# # Title\n#\n# Words.\n\n# %%\nx = 1\nx\n"
    page = HOOKS["as_markdown"](text, "a.py")
    assert page.startswith("# Title\n\nWords.\n\n*[a.py](a.py)")
    assert page.endswith("```python\nx = 1\nx\n```\n")
    assert "jupyter" not in page


@pytest.mark.slow
@pytest.mark.skipif(
    not all(find_spec(name) for name in ("mkdocs", "material", "mkdocstrings")),
    reason="the extra docs is not installed",
)
def test_the_site_is_built_and_fetches_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    for path in tmp_path.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<(script|link|img)[^>]*(src|href)=\"?https?://", text), path.name
