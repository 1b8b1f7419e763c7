"""`estimate`, `run`, `resume`, `cache`, `compare` with language models, over HTTP, both SDKs."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from understudy.surveys.ledger.run import Run, load_run

ANTHROPIC, OPENAI = "anthropic:claude-haiku-5-5", "openai:gpt-6-luna"
both = pytest.mark.parametrize("spec", [ANTHROPIC, OPENAI])
PAGES = 5 * 3


def right(study: ModuleType, ledger: Path) -> Run:
    run = load_run(ledger)
    assert run.complete
    found = study.values(run)
    assert len(found) == 5
    for twin, answers in found.items():
        assert answers == study.wanted(int(twin[1:]), [v.name for v in run.codebook])
    return run


def do(models: Any, spec: str, name: str, *more: str) -> tuple[Path, str, str]:
    """Run to the end; the run file and what was said."""
    ledger = models.folder / f"{name}.run"
    code, out, err = models("run", spec, "-o", ledger, "--yes", "--no-baseline", *more)
    assert code == 0, err
    return ledger, out, err


# --- estimate and run ---------------------------------------------------------------------------


@both
def test_an_estimate_and_the_run_that_it_foretells(
    models: Any, study: ModuleType, spec: str
) -> None:
    models.server.change(brain=study.wordy)
    code, out, err = models("estimate", spec)
    assert (code, err) == (0, "")
    assert models.server.count() == 0
    assert f"5 interviews by {spec}: about {PAGES} calls" in out
    assert "input tokens" in out
    assert "measured by the provider's own counter" in out
    code, out, _ = models("estimate", spec, "--json")
    told = json.loads(out)
    ledger, out, err = do(models, spec, "told")
    run = right(study, ledger)
    assert models.server.count() == len(run.attempts()) == PAGES
    assert told["cost"]["low"] <= run.cost <= told["cost"]["high"]
    assert told["calls"]["likely"] == pytest.approx(PAGES, rel=0.05)
    assert told["input_tokens"]["likely"] == pytest.approx(
        models.server.stats()["tokens"]["input"], rel=0.05
    )
    # The likely price is told before, what it came to after.
    assert "about $" in err
    assert f"gave 20 answers in 5 interviews (5 completed) → {ledger}" in " ".join(out.split())
    assert f"requests: {PAGES}" in out
    assert f"{run.attempts()['input_tokens'].sum():,} in" in out


@both
def test_json_says_what_was_used(models: Any, study: ModuleType, spec: str) -> None:
    models.server.script("overloaded")
    ledger, out, _ = do(models, spec, "json", "--json")
    run = right(study, ledger)
    told = json.loads(out)
    assert told["complete"]
    assert told["answers"] == {"answered": 20}
    assert told["usage"]["requests"] == models.server.count() == PAGES + 1
    assert told["usage"]["cost"] == pytest.approx(run.cost)
    assert told["usage"]["outcomes"] == {"answered": PAGES, "overloaded": 1}
    assert told["usage"]["retries"] == 1


def test_every_option_reaches_the_model(models: Any, study: ModuleType) -> None:
    options = (
        *("--per-call", "2", "--remember", "--voice", "third", "--date", "2026-11-23"),
        *("--elicit", "probabilities", "--reasoning", "--order", "written", "--concurrency", "3"),
        *("--persona", "full-record", "--limit", "2", "--replicates", "2"),
    )
    ledger, _, _ = do(models, ANTHROPIC, "options", *options)
    run = load_run(ledger)
    assert run.complete
    assert run.planned == 4
    assert run.dispositions() == {"answered": 16}
    heads = {study.texts_of(one.body)[0] for one in models.server.completions}
    turns = [study.texts_of(one.body)[1][-1] for one in models.server.completions]
    assert all("23 November 2026" in head and "Predict" in head for head in heads)
    assert all("percentages" in turn for turn in turns)
    assert sum("Earlier in this survey the person" in turn for turn in turns) == 4
    assert len(turns) == 8
    assert all("reasoning" in json.dumps(one.body) for one in models.server.completions)
    for twin in {held.twin for held in run.interviews}:
        shown = {q.name: [code for code, _ in q.options] for q in run.shown(twin)}
        assert shown["trust"] == [1, 2, 3, 4, 5]


# --- what was paid for --------------------------------------------------------------------------


@both
def test_a_second_run_pays_nothing_and_no_cache_pays_again(
    models: Any, study: ModuleType, spec: str
) -> None:
    first = right(study, do(models, spec, "first")[0])
    ledger, out, _ = do(models, spec, "second")
    second = right(study, ledger)
    assert models.server.count() == len(first.attempts()) == PAGES
    assert len(second.attempts()) == 0
    assert second.cost == 0
    assert "answers without a request: 20" in out
    assert list(second.answers()["raw"]) == list(first.answers()["raw"])
    third = right(study, do(models, spec, "third", "--no-cache")[0])
    assert len(third.attempts()) == PAGES
    assert models.server.count() == 2 * PAGES


def test_seeds_and_replicates_are_never_served_from_one_another(
    models: Any, study: ModuleType
) -> None:
    def asked(*more: str) -> int:
        before: int = models.server.count()
        do(models, OPENAI, f"run {before} {len(list(models.folder.iterdir()))}", *more)
        return int(models.server.count()) - before

    assert asked("--seed", "1") == PAGES
    assert asked("--seed", "2") == PAGES
    assert asked("--seed", "1", "--replicates", "2") == PAGES, "the first is there, the second not"
    assert asked("--seed", "1", "--replicates", "2") == 0
    assert asked("--seed", "1", "--elicit", "samples", "--samples", "3") == 3 * PAGES
    assert asked("--seed", "1", "--elicit", "samples", "--samples", "3") == 0
    assert asked("--seed", "1", "--voice", "third") == PAGES


def test_cache_stats_and_clear(models: Any, study: ModuleType) -> None:
    call = models.call
    assert call("cache", "stats")[1].startswith("The response cache is empty")
    for spec in (ANTHROPIC, OPENAI, OPENAI):
        do(models, spec, f"run {len(list(models.folder.iterdir()))}")
    told = json.loads(call("cache", "stats", "--json")[1])
    assert told["entries"] == 2 * PAGES
    assert told["hits"] == PAGES
    assert {model["name"]: model["entries"] for model in told["models"]} == {
        ANTHROPIC: PAGES,
        OPENAI: PAGES,
    }
    assert {model["endpoint"] for model in told["models"]} == {
        models.server.url,
        models.server.openai_url,
    }
    assert call("cache", "clear", "--older-than", "1")[2] == "0 responses deleted.\n"
    assert call("cache", "clear", "--model", "gpt-6-luna")[2] == f"{PAGES} responses deleted.\n"
    before = models.server.count()
    do(models, ANTHROPIC, "kept")
    assert models.server.count() == before
    do(models, OPENAI, "gone")
    assert models.server.count() == before + PAGES
    assert call("cache", "clear")[2] == f"{2 * PAGES} responses deleted.\n"
    assert json.loads(call("cache", "stats", "--json")[1])["entries"] == 0


def test_a_poisoned_cache_is_refused_in_one_sentence_until_it_is_cleared(
    models: Any, study: ModuleType
) -> None:
    do(models, ANTHROPIC, "first")
    cache = sqlite3.connect(models.folder / "responses.sqlite")
    with cache:
        changed = cache.execute(
            "UPDATE responses SET value = replace(CAST(value AS TEXT), 'q1', 'q9')"
        ).rowcount
    cache.close()
    assert changed == PAGES
    ledger = models.folder / "second.run"
    code, out, err = models("run", ANTHROPIC, "-o", ledger, "--yes", "--no-baseline")
    assert (code, out) == (1, "")
    assert "was changed by something else than understudy" in err
    assert "understudy cache clear" in err
    assert "Traceback" not in err
    assert models.server.count() == PAGES, "nothing was sent"
    assert load_run(ledger).dispositions() == {}
    assert models.call("cache", "clear")[0] == 0
    assert models.call("resume", ledger)[0] == 0
    right(study, ledger)
    assert models.server.count() == 2 * PAGES


def test_a_cache_of_somebody_else_is_refused_and_can_be_cleared(
    models: Any, study: ModuleType
) -> None:
    do(models, ANTHROPIC, "first")
    (models.folder / "responses.sqlite.secret").unlink()
    ledger = models.folder / "second.run"
    code, _, err = models("run", ANTHROPIC, "-o", ledger, "--yes", "--no-baseline")
    assert code == 1
    assert "was not written by you on this computer" in err
    assert not ledger.exists()
    assert models.call("cache", "stats")[0] == 1
    assert models.call("cache", "clear", "--model", "gpt-6-luna")[0] == 1
    code, _, err = models.call("cache", "clear")
    assert code == 0
    assert "was deleted" in err
    do(models, ANTHROPIC, "second")
    assert models.server.count() == 2 * PAGES


# --- stopped and resumed ------------------------------------------------------------------------


@both
def test_a_run_that_the_provider_stops_says_how_to_go_on(
    models: Any, study: ModuleType, spec: str
) -> None:
    models.server.script("ok", "ok", "ok", "ok", "ok")
    models.server.script("no_credit", times=None)
    ledger = models.folder / "stopped.run"
    more = ("-o", ledger, "--yes", "--no-baseline", "--concurrency", "1")
    code, out, err = models("run", spec, *more)
    assert (code, out) == (3, "")
    assert f"Go on with: understudy resume {ledger}" in err
    assert "add credit" in err
    assert models.server.count() == len(load_run(ledger).attempts()) == 6
    models.server.behave()
    # Running the same command again is resuming.
    code, out, err = models("run", spec, *more)
    assert code == 0, err
    assert "the whole run: " in err
    run = right(study, ledger)
    assert models.server.count() == len(run.attempts()) == PAGES + 1


def test_resume_takes_another_budget_and_concurrency(models: Any, study: ModuleType) -> None:
    ledger = models.folder / "poor.run"
    more = ("-o", ledger, "--no-baseline", "--budget", "0.0003")
    code, _, err = models("run", ANTHROPIC, *more)
    assert code == 4, err
    assert "raise --budget" in err
    paid = load_run(ledger)
    assert 0 < len(paid.attempts()) == models.server.count() < PAGES
    assert paid.cost <= 0.0003
    code, _, err = models.call("resume", ledger, "--budget", "1", "--concurrency", "2")
    assert code == 0, err
    run = right(study, ledger)
    assert models.server.count() == len(run.attempts()) == PAGES


def test_other_settings_are_another_run(models: Any, study: ModuleType) -> None:
    ledger, _, _ = do(models, ANTHROPIC, "one")
    code, _, err = models(
        "run", ANTHROPIC, "-o", ledger, "--yes", "--no-baseline", "--voice", "third"
    )
    assert code == 1
    assert err.count("Error:") == 1
    assert models.server.count() == PAGES
    # Spelled otherwise it is the same.
    code, _, err = models(
        "run", ANTHROPIC, "-o", ledger, "--yes", "--no-baseline", "--persona", "Full_record"
    )
    assert code == 0, err
    assert models.server.count() == PAGES


# --- compared -----------------------------------------------------------------------------------


@pytest.fixture
def held(models: Any) -> tuple[str, ...]:
    """Two items of the panel, held out and asked; the model answers as it likes."""
    models.server.change(brain=None, vary=True)
    return ("--holdout", "life_000,life_001", "--yes", "--no-baseline")


def test_replicates_give_the_twins_a_test_retest_of_their_own(
    models: Any, held: tuple[str, ...]
) -> None:
    ledger = models.folder / "twice.run"
    code, _, err = models.call(
        *("run", "--panel", models.panel, "--id", "id", "--respondent", OPENAI, *held),
        *("--replicates", "2", "-o", ledger),
    )
    assert code == 0, err
    run = load_run(ledger)
    assert run.planned == 10
    assert models.server.count() == len(run.attempts())
    waves = list(run.panel.waves().values())
    assert len(waves) == 2
    assert not waves[0].frame.equals(waves[1].frame), "the second is no copy of the first"
    code, out, err = models.call("compare", ledger, "--human", models.panel, "--id", "id", "--json")
    assert code == 0, err
    retests = [item["twin_retest"] for item in json.loads(out)["items"]]
    assert len(retests) == 2
    assert all(retest for retest in retests)


def test_a_comparison_with_many_unread_answers_says_so_first(
    models: Any, held: tuple[str, ...]
) -> None:
    models.server.script("unparseable", times=None, containing="number 1?")
    ledger = models.folder / "unread.run"
    code, _, err = models.call(
        *("run", "--panel", models.panel, "--id", "id", "--respondent", ANTHROPIC, *held),
        *("-o", ledger, "--per-call", "1"),
    )
    assert code == 0, err
    assert load_run(ledger).dispositions()["unparsed"] == 5
    code, out, _ = models.call("compare", ledger, "--human", models.panel, "--id", "id")
    assert code == 0
    warned = out.index("could not be read") if "could not be read" in out else out.index("unparsed")
    assert warned < len(out) / 3
