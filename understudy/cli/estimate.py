"""`understudy estimate`: calls, tokens and price of a run, before anything is sent."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from .job_options import job_from, job_options
from .money import estimate_for, estimate_json, estimate_lines
from .output import json_option, print_json, stdout

__all__ = ["command"]


@click.command("estimate")
@job_options
@json_option
def command(as_json: bool, **options: Any) -> None:
    """Say what a run with a language model would ask and cost; nothing is sent to be answered.

    A few interviews are rehearsed: the requests are those of the real run, the answers are made
    up. With a key, the provider's own counter measures some of them.

    \b
    Examples:
      understudy estimate pilot.yaml --panel wave1.sav --respondent anthropic:claude-haiku-5-5
      understudy estimate --panel wave1.sav --holdout trust --respondent openai:gpt-6-luna --batch
      understudy estimate pilot.yaml --panel wave1.sav --per-call 20 --respondent openai:gpt-6-sol
    """
    from ..surveys.fieldwork.display import choose_display
    from .jobs import staff

    job = job_from(options)
    if job.by_model:
        # Without a key, too, everything but the provider's own counter can be had.
        job = dataclasses.replace(job, asking={**job.asking, "key_needed": False})
    found = estimate_for(staff(job, choose_display()))
    if as_json:
        print_json(estimate_json(found))
        return
    console = stdout()
    for line in estimate_lines(found):
        console.print(line, soft_wrap=True)
