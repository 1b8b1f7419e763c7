"""What the server does with each request, on its event loop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from . import answers
from .batches import Batches
from .brain import answer, blocks
from .caches import Billed, PromptCaches
from .control import control
from .http import Connection, Exchange, Reply
from .limits import Limiter
from .options import Options, Received
from .routes import Route, route_of
from .steps import Protocol, Rule, Step, encoded, error_body

__all__ = ["App"]


@dataclass
class _Made:
    """A reply, what has happened once it begins, and whether it waits for no latency."""

    reply: Reply
    begin: Callable[[], None] = field(default=lambda: None)
    at_once: bool = False


class App:
    """The server without its socket.

    Args:
        options: How it behaves.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.opened: set[Connection] = set()
        self.requests: list[Received] = []
        self.counts: Counter[str] = Counter()
        self.completions = 0
        self.statuses: Counter[int] = Counter()
        self.under_way = 0
        self.most_under_way = 0
        self.totals: Counter[str] = Counter()
        self.equivalents = 0.0
        self.rules: deque[Rule] = deque()
        self._seen: Counter[int] = Counter()
        self._number = 0
        self._skipped = 0.0
        self.caches = PromptCaches(self.clock, options.cache_minimum)
        self.limiter = self._limiter()
        self.batches = Batches(self.clock, lambda: self.options.batch_polls, self._batched)

    def clock(self) -> float:
        """Seconds, rising, with those that were skipped."""
        return time.monotonic() + self._skipped

    def skip(self, seconds: float) -> None:
        """Let time pass for caches, limits and batches."""
        self._skipped += seconds

    def _limiter(self) -> Limiter:
        chosen = self.options
        return Limiter(
            self.clock,
            per_second=chosen.limit_rps,
            burst=chosen.burst,
            tokens_per_second=chosen.limit_tps,
            most_at_once=chosen.max_concurrent,
            tell=chosen.tell,
        )

    def change(self, options: Options) -> None:
        """Behave differently from now on; limits start afresh."""
        self.options = options
        self.limiter = self._limiter()

    def forget(self) -> None:
        """Set the counters to zero and empty the prompt caches; batches and files stay."""
        self.requests.clear()
        for counter in (self.counts, self.statuses, self.totals, self._seen):
            counter.clear()
        self.completions, self.equivalents = 0, 0.0
        self.most_under_way = self.under_way
        self.caches.clear()

    def handle(self, exchange: Exchange) -> None:
        """Answer a request, at once or later."""
        path = exchange.path
        if path.startswith("/_"):
            exchange.send(control(self, exchange))
            return
        route = route_of(path)
        self.counts[path] += 1
        if self.options.record:
            self.requests.append(
                Received(exchange.method, path, exchange.headers, exchange.body, exchange.received)
            )
        completion = route.completion and exchange.method == "POST"
        step = self._step_for(path, exchange.body, completion=completion)
        if completion:
            self.completions += 1
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
            exchange.on_end = self._leave
        made, step = self._made(exchange, route, step)
        usual = self.options.latency if completion and not made.at_once else 0.0
        delay = usual if step.delay is None else step.delay
        if delay > 0:
            asyncio.get_running_loop().call_later(delay, self._deliver, exchange, made, step)
        else:
            self._deliver(exchange, made, step)

    def _leave(self) -> None:
        self.under_way -= 1

    def _step_for(self, path: str, body: bytes, *, completion: bool) -> Step:
        if self.rules:
            for rule in list(self.rules):
                if rule.takes(path, body, completion=completion):
                    return rule.step
                if rule.times == 0:
                    with contextlib.suppress(ValueError):
                        self.rules.remove(rule)
        return _USUAL

    def _deliver(self, exchange: Exchange, made: _Made, step: Step) -> None:
        made.begin()
        reply = made.reply
        self.statuses[reply.status] += 1
        if step is _USUAL or not step.delivery:
            exchange.send(reply)
        elif step.delivery == "reset":
            exchange.reset()
        elif step.delivery == "drop":
            exchange.drop(reply)
        elif step.delivery == "drip":
            exchange.drip(reply, step.over)
        else:
            exchange.hang()

    def _made(self, exchange: Exchange, route: Route, step: Step) -> tuple[_Made, Step]:
        self._number += 1
        if step.case:
            return _Made(self._refusal(exchange, route, step)), step
        try:
            body = json.loads(exchange.body) if exchange.body[:1] == b"{" else {}
        except ValueError:
            return _Made(self._error(route, "bad_request", message="The body is not JSON")), step
        if self.options.keys and _key(exchange.headers) not in self.options.keys:
            return _Made(self._error(route, "denied")), step
        if route.completion and exchange.method == "POST":
            made, step = self._completed(body, route, step, exchange)
        else:
            made = _Made(self._other(exchange, route, body))
        return (made if step is _USUAL else self._altered(made, step)), step

    def _altered(self, made: _Made, step: Step) -> _Made:
        reply = made.reply
        return _Made(
            Reply(
                body=reply.body if step.body is None else step.body.encode(),
                status=step.status or reply.status,
                headers={**reply.headers, **step.headers},
                content_type=step.content_type or reply.content_type,
            ),
            made.begin,
        )

    def _refusal(self, exchange: Exchange, route: Route, step: Step) -> Reply:
        message = step.message
        if step.echo_key:
            message = f"{message or 'Incorrect API key provided'}: {_key(exchange.headers)}."
        named = _MODEL.search(exchange.body)
        model = named.group(1).decode() if named else unquote(route.name)
        reply = self._error(route, step.case, message=message, headers=step.headers, model=model)
        if not step.status and step.body is None and not step.content_type:
            return reply
        return self._altered(_Made(reply), step).reply

    def _error(
        self,
        route: Route,
        case: str,
        *,
        message: str = "",
        headers: Mapping[str, str] | None = None,
        **fills: object,
    ) -> Reply:
        request_id = f"req_{self._number:012d}"
        name = "request-id" if route.protocol == "anthropic" else "x-request-id"
        status, body = error_body(
            route.protocol,
            case,
            message=message,
            request_id=request_id,
            **{"model": route.name or "unknown", **fills},
        )
        return Reply(encoded(body), status, {name: request_id, **(headers or {})})

    def _unfit(self, body: dict[str, Any], route: Route, billed: Billed) -> Reply | None:
        """What is wrong with a completion request."""
        chosen = self.options
        model = body.get("model")
        if chosen.models and model not in chosen.models:
            return self._error(route, "no_model", model=model)
        if chosen.context and billed.total > chosen.context:
            return self._error(route, "too_long", tokens=billed.total, most=chosen.context)
        if billed.wrong:
            return self._error(route, "bad_request", message=billed.wrong)
        for name in chosen.rejects:
            if name in body:
                said = f"{name}: this parameter is not supported by this model."
                return self._error(route, "bad_request", message=said)
        needed = {"decide": ("input", "questions")}.get(route.kind, ("messages",))
        if route.protocol == "anthropic":
            needed = (*needed, "max_tokens")
        for name in needed:
            if name not in body:
                return self._error(route, "bad_request", message=f"{name}: Field required")
        return None

    def _completed(
        self, body: dict[str, Any], route: Route, step: Step, exchange: Exchange
    ) -> tuple[_Made, Step]:
        if route.name:
            body.setdefault("model", unquote(route.name))
        billed = self.bill(body, route)
        wrong = self._unfit(body, route, billed)
        if wrong is not None:
            return _Made(wrong), step
        limited: dict[str, str] = {}
        if not self.limiter.idle:
            wait = self.limiter.admit(self.under_way, billed.total)
            limited = self.limiter.headers(route.protocol, wait)
            if wait is not None:
                refusal = self._error(route, "rate_limited", headers=limited, model=body["model"])
                return _Made(refusal, at_once=True), step
        document, output, step = self.document(body, route, step, billed)
        if step.case:
            return _Made(self._refusal(exchange, route, step)), step

        def begin() -> None:
            self.caches.begin(billed)
            self.charge(billed, route.protocol, output)

        name = "request-id" if route.protocol == "anthropic" else "x-request-id"
        headers = {name: f"req_{self._number:012d}", **limited}
        return _Made(Reply(encoded(document), 200, headers), begin), step

    def bill(self, body: dict[str, Any], route: Route) -> Billed:
        """What a completion request is billed for."""
        if route.protocol == "anthropic":
            return self.caches.anthropic(body)
        texts = blocks(body)
        if route.kind == "decide":
            texts += [str(question.get("instructions")) for question in body.get("questions", ())]
        return self.caches.openai(body, texts)

    def charge(self, billed: Billed, protocol: Protocol, output: int, share: float = 1.0) -> None:
        """Add to the totals."""
        self.totals["input"] += billed.total
        self.totals["cache_read"] += billed.read
        self.totals["cache_write"] += billed.write_5m + billed.write_1h
        self.totals["output"] += output
        # OpenAI's older models take nothing for what they write to the cache.
        self.equivalents += share * (
            billed.equivalents() if protocol == "anthropic" else billed.equivalents(write_5m=1.0)
        )

    def document(
        self, body: dict[str, Any], route: Route, step: Step, billed: Billed
    ) -> tuple[dict[str, Any], int, Step]:
        """The body of a proper answer, its output tokens, and the step as the brain has it."""
        brain = self.options.brain
        if route.kind == "decide":
            said = brain(body) if brain is not None else None
            if isinstance(said, Step):
                step = said
            chosen = said if isinstance(said, Mapping) else None
            return *answers.decision(body, step, chosen, billed), step
        salt = b""
        if self.options.vary:
            key = hash((str(body.get("model")), *blocks(body)))
            salt = str(self._seen[key]).encode()
            self._seen[key] += 1
        text = ""
        if step.text is None:
            given = brain(body) if brain is not None else answer(body, salt)
            if isinstance(given, Step):
                step, given = given, answer(body, salt)
            text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
        make = answers.message if route.protocol == "anthropic" else answers.chat
        return *make(body, step, text, billed, self._number), step

    def _other(self, exchange: Exchange, route: Route, body: dict[str, Any]) -> Reply:
        if route.kind == "count" and exchange.method == "POST":
            tokens = self.bill(body, route).total
            if route.protocol == "anthropic":
                return Reply(encoded({"input_tokens": tokens}))
            return Reply(encoded({"object": "response.input_tokens", "input_tokens": tokens}))
        if route.kind == "batch":
            return self.batches.handle(exchange, route.protocol, route.name, route.verb)
        if route.kind == "file":
            return self.batches.handle_file(exchange, route.name, route.verb)
        if route.kind == "models" and exchange.method == "GET":
            return self._models(exchange, route)
        return self._error(route, "not_found", message=f"Not found: {exchange.path}")

    def _models(self, exchange: Exchange, route: Route) -> Reply:
        anthropic = "anthropic-version" in exchange.headers
        name = unquote(route.name)
        names = self.options.models or ("claude-test", "gpt-test")
        if name and self.options.models and name not in names:
            return self._error(
                Route("models", "anthropic" if anthropic else "openai"), "no_model", model=name
            )
        show = answers.anthropic_model if anthropic else answers.openai_model
        if name:
            return Reply(encoded(show(name, self.options.context)))
        listed = [show(each, self.options.context) for each in names]
        ends = {"first_id": names[0], "last_id": names[-1]} if anthropic else {"object": "list"}
        return Reply(encoded({"data": listed, "has_more": False, **ends}))

    def _batched(
        self, protocol: Protocol, body: dict[str, Any], step: Step
    ) -> tuple[int, dict[str, Any]]:
        """Answer an item of a batch: at half the price, and no request of its own."""
        self._number += 1
        route = Route("complete", protocol)
        wrong = None
        if step.case:
            wrong = self._error(route, step.case, message=step.message)
        else:
            billed = self.bill(body, route)
            wrong = self._unfit(body, route, billed)
        if wrong is None:
            document, output, step = self.document(body, route, step, billed)
            if not step.case:
                self.caches.begin(billed)
                self.charge(billed, protocol, output, share=0.5)
                return 200, document
            wrong = self._error(route, step.case, message=step.message)
        return wrong.status, json.loads(wrong.body)

    def stats(self) -> dict[str, Any]:
        """Counters, as JSON."""
        return {
            "counts": dict(self.counts),
            "completions": self.completions,
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "under_way": self.under_way,
            "max_concurrent": self.most_under_way,
            "refused": self.limiter.refused,
            "tokens": {
                name: self.totals[name] for name in ("input", "cache_read", "cache_write", "output")
            },
            "billed_input": self.equivalents,
        }


_USUAL = Step()
_MODEL = re.compile(rb'"model":\s*"([^"]*)"')


def _key(headers: Mapping[str, str]) -> str:
    for name in ("x-api-key", "api-key", "authorization"):
        if headers.get(name):
            return headers[name].removeprefix("Bearer ")
    return ""
