"""The files and functions that a scripted model follows."""

from __future__ import annotations

import importlib
import importlib.util
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from ....data.errors import RequestError, UnknownNameError, UnreadableFileError
from ..chat import Request, Stop

__all__ = ["Reply", "Rule", "Script", "read_script"]

_RULE_KEYS = ("match", "persona", "reply", "weights", "delay", "stop")
_MOST_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said; with neither text nor weights, something valid by chance."""

    text: str | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    delay: float = 0.0
    stop: Stop = Stop.COMPLETE


@dataclass(frozen=True, slots=True)
class Rule:
    """A reply, and what must be found in a request for it to be given."""

    match: re.Pattern[str]
    persona: re.Pattern[str] | None
    reply: Reply

    def fits(self, request: Request) -> bool:
        """Whether a request is one it is for."""
        last = request.turns[-1].text if request.turns else ""
        if self.match.search(last) is None:
            return False
        return self.persona is None or self.persona.search(request.head.persona) is not None


@dataclass(frozen=True, slots=True)
class Script:
    """Rules in order, a default, and replies recorded by digest of the request."""

    rules: tuple[Rule, ...] = ()
    default: Reply | None = None
    recorded: Mapping[str, Reply] = field(default_factory=dict)

    def reply_to(self, request: Request) -> Reply | None:
        """Return the reply to a request, or None where the script has none."""
        if self.recorded:
            return self.recorded.get(request.digest.hex(), self.default)
        return next((rule.reply for rule in self.rules if rule.fits(request)), self.default)


def read_script(name: str) -> Script | Callable[[Request], Any]:
    """Return what a scripted model follows.

    Args:
        name: "", a file, or a function (see `scripted`).

    Raises:
        UnknownNameError: There is no such function.
        RequestError: There is no such module or file, or what is named is no function.
        UnreadableFileError: The file cannot be used; with the place in it.
    """
    if not name:
        return Script()
    path = Path(name)
    if path.suffix.lower() in (".yaml", ".yml", ".json", ".jsonl", ".ndjson"):
        return _file(path)
    module, colon, function = name.rpartition(":")
    if not colon or not function.isidentifier():
        raise RequestError(
            f"{name!r} is no script",
            remedy="name a .yaml, .json or .jsonl file, module:function, or file.py:function",
        )
    return _function(module, function)


def _file(path: Path) -> Script:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UnreadableFileError("it is larger than 1 GB", where=str(path))
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RequestError(f"there is no file {str(path)!r}", remedy="check its name") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"it cannot be read ({error})", where=str(path)) from None
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        return Script(recorded=_recorded(text, path))
    return _rules(_parsed(text, path), path)


def _parsed(text: str, path: Path) -> Any:
    if path.suffix.lower() == ".json":
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UnreadableFileError(f"it is not JSON ({error})", where=str(path)) from None
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        said = " ".join(str(error).split())
        raise UnreadableFileError(f"it is not YAML ({said})", where=str(path)) from None


def _recorded(text: str, path: Path) -> Mapping[str, Reply]:
    found: dict[str, Reply] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            raise UnreadableFileError("it is not JSON", where=where) from None
        digest = entry.get("request") if isinstance(entry, dict) else None
        if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-fA-F]{32}", digest):
            raise UnreadableFileError(
                "there is no `request` with a digest of 32 hexadecimal digits", where=where
            )
        if "text" not in entry:
            raise UnreadableFileError("there is no `text`", where=where)
        stop = _stop(entry.get("stop", "complete"), where)
        found[digest.lower()] = Reply(text=_text(entry["text"]), stop=stop)
    if not found:
        raise UnreadableFileError("it holds no replies", where=str(path))
    return found


def _rules(document: Any, path: Path) -> Script:
    if document is None:
        raise UnreadableFileError("it is empty", where=str(path))
    if not isinstance(document, dict) or set(document) - {"rules", "default"}:
        raise UnreadableFileError("it holds more than `rules` and `default`", where=str(path))
    rules = document.get("rules", [])
    if not isinstance(rules, list):
        raise UnreadableFileError("`rules` is no list", where=str(path))
    made = tuple(_rule(rule, f"{path}, rule {i}") for i, rule in enumerate(rules, start=1))
    default = Reply(text=_text(document["default"])) if "default" in document else None
    return Script(rules=made, default=default)


def _rule(rule: Any, where: str) -> Rule:
    if not isinstance(rule, dict):
        raise UnreadableFileError("a rule is a mapping", where=where)
    for key in rule:
        if key not in _RULE_KEYS:
            raise UnknownNameError("key", str(key), _RULE_KEYS, where=where)
    delay = rule.get("delay", 0.0)
    if not isinstance(delay, int | float) or not 0 <= delay < math.inf:
        raise UnreadableFileError(f"{delay!r} is no number of seconds", where=where)
    reply = Reply(
        text=_text(rule["reply"]) if "reply" in rule else None,
        weights=_weights(rule.get("weights", {}), where),
        delay=float(delay),
        stop=_stop(rule.get("stop", "complete"), where),
    )
    persona = rule.get("persona")
    return Rule(
        match=_pattern(rule.get("match", ""), where),
        persona=None if persona is None else _pattern(persona, where),
        reply=reply,
    )


def _weights(weights: Any, where: str) -> Mapping[str, float]:
    if not isinstance(weights, dict) or not all(
        isinstance(w, int | float) and 0 <= w < math.inf for w in weights.values()
    ):
        raise UnreadableFileError("`weights` are replies with numbers from 0", where=where)
    if weights and sum(weights.values()) <= 0:
        raise UnreadableFileError("all weights are 0", where=where)
    return {_text(key): float(weight) for key, weight in weights.items()}


def _stop(value: Any, where: str) -> Stop:
    try:
        return Stop(value)
    except ValueError:
        raise UnknownNameError("stop", str(value), [s.value for s in Stop], where=where) from None


def _pattern(value: Any, where: str) -> re.Pattern[str]:
    try:
        return re.compile(str(value))
    except re.error as error:
        raise UnreadableFileError(
            f"{value!r} is no regular expression ({error})", where=where
        ) from None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _function(module: str, name: str) -> Callable[[Request], Any]:
    try:
        loaded = _python_file(module) if module.endswith(".py") else importlib.import_module(module)
    except (ImportError, SyntaxError, ValueError, TypeError) as error:
        raise RequestError(
            f"{module!r} cannot be imported ({error})", remedy="check its name and its code"
        ) from None
    found = getattr(loaded, name, None)
    if found is None:
        names = [known for known, value in vars(loaded).items() if callable(value)]
        raise UnknownNameError("function", name, names, where=module)
    if not callable(found):
        raise RequestError(f"{name!r} is no function", where=module)
    function: Callable[[Request], Any] = found
    return function


def _python_file(path: str) -> ModuleType:
    if not Path(path).is_file():
        raise RequestError(f"there is no file {path!r}", remedy="check its name")
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    if spec is None or spec.loader is None:
        raise RequestError(f"{path!r} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
