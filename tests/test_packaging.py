"""The wheel holds every module and works outside the repository."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("understudy", "data", "twins", "backstories", "surveys", "compare", "tui")
PACKAGED = {".py", ".typed", ".tcss", ".yaml", ".json", ".csv", ".sav", ".j2", ".sql", ".toml"}


@pytest.fixture(scope="module")
def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Built from a copy of what git tracks: a build from the checkout would leave build/ behind,
    # and stale files in build/ would hide a package that is not listed.
    out = tmp_path_factory.mktemp("wheel")
    source = tmp_path_factory.mktemp("source")
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    for name in filter(None, tracked):
        path = ROOT / name
        if path.is_symlink():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).symlink_to(path.readlink())
        elif path.is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes(path.read_bytes())
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, source],
        check=True,
        capture_output=True,
    )
    return next(out.glob("*.whl"))


def _project_files() -> set[str]:
    found = set()
    for floor in FLOORS:
        for path in (ROOT / floor).rglob("*"):
            inside = path.relative_to(ROOT)
            linked = floor == "understudy" and len(inside.parts) > 1 and inside.parts[1] in FLOORS
            if path.is_file() and path.suffix in PACKAGED and not linked:
                name = inside.as_posix()
                found.add(name if floor == "understudy" else f"understudy/{name}")
    return found


def test_the_wheel_holds_every_file_of_every_floor(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == _project_files()


def test_every_package_is_listed(project: dict[str, dict[str, dict[str, list[str]]]]) -> None:
    listed = set(project["tool"]["setuptools"]["packages"])
    folders = {
        name.rpartition("/")[0].replace("/", ".")
        for name in _project_files()
        if name.endswith("/__init__.py")
    }
    assert listed == folders


def test_the_wheel_runs_the_demo_in_a_fresh_environment(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    paths = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--quiet", wheel],
        check=True,
        capture_output=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INDEX": "1"},
    )
    # The dependencies come from the running environment by path: nothing is fetched, and .pth
    # files there (our own editable install) are not processed.
    Path(paths, "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")

    result = subprocess.run(
        [home / "bin" / "understudy", "demo", "--output", tmp_path / "out"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
    )

    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000
    located = subprocess.run(
        [python, "-c", "import understudy.data as d; print(d.__file__)"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert located.startswith(str(home))


def test_every_third_party_import_is_a_declared_dependency(
    project: dict[str, dict[str, object]],
) -> None:
    metadata = project["project"]
    extras = metadata["optional-dependencies"]
    assert isinstance(extras, dict)
    dependencies = metadata["dependencies"]
    assert isinstance(dependencies, list)
    declared = {
        re.split(r"[<>=\[ ]", requirement)[0].lower()
        for requirement in [
            *dependencies,
            *(r for e, rs in extras.items() if e != "dev" for r in rs),
        ]
    }
    called = {
        "google": "google-auth",
        "python_calamine": "python-calamine",
        "sklearn": "scikit-learn",
        "yaml": "pyyaml",
    }
    optional = {"IPython"}
    for name in _project_files():
        if not name.endswith(".py"):
            continue
        path = ROOT / name if (ROOT / name).exists() else ROOT / name.removeprefix("understudy/")
        for module in _absolute_imports(ast.parse(path.read_text())):
            if module in sys.stdlib_module_names or module in optional:
                continue
            assert called.get(module, module).lower() in declared, f"{name} imports {module}"


def _absolute_imports(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return found
