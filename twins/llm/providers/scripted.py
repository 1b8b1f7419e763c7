"""A provider that needs no key and no network: rules, recorded replies, or a function of yours.

    scripted:                  answers any question validly, by chance: for dry runs, means nothing
    scripted:rules.yaml        rules (also .yml, .json)
    scripted:replies.jsonl     recorded replies: {"request": DIGEST, "text": …} on each line
    scripted:module:function   a function; `file.py:function` too

A rules file:

    rules:
      - match: "(?i)trust"          # searched for in the last turn of the user
        persona: "aged 6\\\\d"         # and in the persona, if given; both must be found
        reply: { answer: "2" }      # text, or what is sent as JSON
      - match: "income"
        weights: { "high": 1, "low": 3 }     # drawn by the digest of the request
        delay: 0.1                  # seconds
        stop: refused               # complete, length, context, refused, filtered
    default: "don't know"           # where no rule matches; without one, as for `scripted:`

The same request is answered the same on every machine. Nothing costs anything; tokens are
estimated. A function takes a `Request` and returns text, a mapping (sent as JSON) or a
`Completion`; it may be asynchronous.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

from ....data.errors import RequestError
from ....data.seeds import uniform
from ...tokens import estimate_tokens
from ..cards import ModelCard, Prices
from ..chat import BatchApi, Completion, Request, Stop, Usage
from ..failures import CallError, Failure
from ..specs import ModelOptions, Target
from .by_chance import chosen, valid_answer
from .script_files import Reply, Script, read_script

__all__ = ["ScriptedModel"]

_FUNCTION_ERRORS = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, NameError),
    *(OSError, RuntimeError, TypeError, ValueError),
)
_FREE = Prices(input=0, output=0, cache_write=0, cache_read=0, batch=1.0, source="nothing is sent")


class ScriptedModel:
    """A model that follows a script."""

    def __init__(self, target: Target, options: ModelOptions) -> None:
        self._target = target
        self._timeout = options.timeout
        self._script: Script | Callable[[Request], Any] = read_script(target.name)
        self._card = ModelCard(
            provider="scripted",
            name=target.name,
            prices=_FREE,
            sampling=True,
            structured=True,
            logprobs=True,
            decisions=True,
            known=True,
        )

    def __repr__(self) -> str:
        return f"<ScriptedModel {self.spec}>"

    @property
    def spec(self) -> str:
        """How it was asked for."""
        return self._target.spec

    @property
    def card(self) -> ModelCard:
        """What it takes: everything, for nothing."""
        return self._card

    @property
    def endpoint(self) -> str:
        """Where its replies are from."""
        return self.spec

    @property
    def batches(self) -> BatchApi | None:
        """None."""
        return None

    async def complete(self, request: Request) -> Completion:
        """Answer by the script.

        Raises:
            CallError: A recording holds no reply to this request, or a function failed.
        """
        if isinstance(self._script, Script):
            reply = self._script.reply_to(request)
            if reply is None and self._script.recorded:
                raise CallError(
                    Failure.REJECTED,
                    f"no reply to the request {request.digest.hex()} is recorded",
                    where=self.spec,
                    remedy="record it first, or use rules",
                )
            return await self._said(request, reply or Reply())
        return await self._called(request, self._script)

    async def count(self, request: Request) -> int | None:
        """Input tokens, estimated."""
        return _input_tokens(request)

    async def verify(self) -> None:
        """Do nothing: the script was read when the model was made."""

    async def aclose(self) -> None:
        """Do nothing: nothing is open."""

    async def _said(self, request: Request, reply: Reply) -> Completion:
        if reply.delay > 0:
            await asyncio.sleep(min(reply.delay, self._timeout))
            if reply.delay > self._timeout:
                raise CallError(
                    Failure.TIMEOUT,
                    f"the script waits longer than {self._timeout:g} seconds",
                    where=self.spec,
                )
        text, at = reply.text, uniform("scripted", request.digest.hex())
        if reply.weights:
            text = chosen(reply.weights, at)
        if text is None:
            text = valid_answer(request)
        return self._completion(request, text, reply.stop)

    async def _called(self, request: Request, function: Callable[[Request], Any]) -> Completion:
        problem = ""
        value: Any = None
        try:
            value = function(request)
            if inspect.isawaitable(value):
                value = await value
        except _FUNCTION_ERRORS as error:
            problem = f"{type(error).__name__}: {error}"
        if problem:
            raise CallError(Failure.SERVER, f"the function raised {problem}", where=self.spec)
        if isinstance(value, Completion):
            return value
        if isinstance(value, Mapping):
            value = json.dumps(dict(value), ensure_ascii=False)
        if not isinstance(value, str):
            raise RequestError(
                f"the function returned {type(value).__name__}",
                where=self.spec,
                remedy="return text, a mapping or a Completion",
            )
        return self._completion(request, value, Stop.COMPLETE)

    def _completion(self, request: Request, text: str, stop: Stop) -> Completion:
        first: tuple[tuple[str, float], ...] = ()
        if request.top_logprobs and text:
            first = ((text.split()[0], 0.0),) if text.split() else ()
        return Completion(
            text=text,
            stop=stop,
            usage=Usage(input=_input_tokens(request), output=estimate_tokens(text)),
            model=self.spec,
            first_token=first,
        )


def _input_tokens(request: Request) -> int:
    texts = (request.head.instructions, request.head.persona, *(t.text for t in request.turns))
    return sum(estimate_tokens(text) for text in texts)
