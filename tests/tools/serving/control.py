"""What a process of its own is told over HTTP: the paths that begin with `/_`."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from .http import Exchange, Reply
from .steps import Rule, encoded, step_from

if TYPE_CHECKING:
    from .app import App

__all__ = ["control"]


def control(app: App, exchange: Exchange) -> Reply:
    """Do what the path says.

    | Path | Body | Effect |
    |---|---|---|
    | GET /_stats | | counters: see `App.stats` |
    | GET /_requests | | what was received, if the server records |
    | POST /_script | {"steps": […], "times", "share", "path", "containing"} | see `Rule` |
    | POST /_behave | | forget every script |
    | POST /_change | fields of `Options` | behave differently from now on |
    | POST /_advance | {"seconds": n} | let time pass for caches, limits and batches |
    | POST /_forget | | set counters to zero, empty the prompt caches |
    | POST /_outcomes | {custom id: outcome} | what becomes of items of batches |
    | POST /_finish_batches | {"share": 1.0} | let every batch end |
    """
    try:
        body = json.loads(exchange.body) if exchange.body else {}
        return Reply(encoded(_done(app, exchange.path, body)))
    except (ValueError, TypeError, KeyError) as error:
        return Reply(encoded({"error": f"{type(error).__name__}: {error}"}), 400)


def _done(app: App, path: str, body: dict[str, Any]) -> Any:
    if path == "/_stats":
        return app.stats()
    if path == "/_requests":
        return [
            {"method": one.method, "path": one.path, "headers": dict(one.headers), "body": one.body}
            for one in app.requests
        ]
    if path == "/_script":
        steps = body.pop("steps")
        rules = [Rule(step_from(step), **{"times": 1, **body}) for step in steps]
        app.rules.extend(rules)
    elif path == "/_behave":
        app.rules.clear()
    elif path == "/_change":
        app.change(dataclasses.replace(app.options, **body))
    elif path == "/_advance":
        app.skip(float(body["seconds"]))
    elif path == "/_forget":
        app.forget()
    elif path == "/_outcomes":
        app.batches.outcomes.update(body)
    elif path == "/_finish_batches":
        app.batches.finish(float(body.get("share", 1.0)))
    else:
        raise KeyError(f"There is no control {path}")
    return {"ok": True}
