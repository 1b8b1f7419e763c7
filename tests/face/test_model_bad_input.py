"""What cannot be asked of a language model is one sentence, before anything is sent."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from understudy.twins.tokens import estimate_tokens

ANTHROPIC, OPENAI = "anthropic:claude-haiku-5-5", "openai:gpt-6-luna"


def refused(models: Any, *more: str | Path, spec: str = ANTHROPIC, code: int = 2, **kw: Any) -> str:
    """Run what cannot be; the sentence that says so."""
    ledger = models.folder / "refused.run"
    found: int
    err: str
    found, out, err = models("run", spec, "-o", ledger, "--yes", "--no-baseline", *more, **kw)
    assert found == code, err
    assert out == ""
    assert "Traceback" not in err
    assert models.server.count() == 0, "something was sent"
    assert not ledger.exists()
    lines = [line for line in err.splitlines() if line.startswith("Error:")]
    assert len(lines) == 1, err
    assert err.rstrip().endswith(lines[0]), "nothing comes after it"
    return lines[0]


@pytest.mark.parametrize(
    ("spec", "variable"), [(ANTHROPIC, "ANTHROPIC_API_KEY"), (OPENAI, "OPENAI_API_KEY")]
)
def test_without_a_key_it_is_said_which_and_how_to_do_without(
    models: Any, monkeypatch: pytest.MonkeyPatch, spec: str, variable: str
) -> None:
    monkeypatch.delenv(variable)
    monkeypatch.delenv(variable.replace("API_KEY", "BASE_URL"))
    said = refused(models, spec=spec)
    assert variable in said
    assert "--respondent statistical" in said
    assert "scripted:" in said


@pytest.mark.parametrize(
    ("spec", "nearest"),
    [("anthropic:claude-haiku-55", "claude-haiku-5-5"), ("openai:gpt-6-lunar", "gpt-6-luna")],
)
def test_an_unknown_model_names_the_nearest(models: Any, spec: str, nearest: str) -> None:
    models.server.change(models=("claude-haiku-5-5", "gpt-6-luna", "gpt-6-sol"))
    said = refused(models, spec=spec)
    assert f"did you mean {nearest}" in said
    # An address of one's own lists what it has.
    assert models.server.url in said


def test_an_unknown_provider_names_the_nearest(models: Any) -> None:
    assert "did you mean anthropic?" in refused(models, spec="antropic:claude-haiku-5-5")
    assert "names no model" in refused(models, spec="anthropic:")


@pytest.mark.parametrize("spec", [ANTHROPIC, "openai:llama3@http://127.0.0.1:9/v1"])
def test_an_address_where_nobody_is(
    models: Any, monkeypatch: pytest.MonkeyPatch, spec: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    said = refused(models, spec=spec, code=3)
    assert "no connection to http://127.0.0.1:9" in said
    assert "check the base URL" in said
    assert "resume" not in said, "there is no run to go on with"


def test_an_address_that_answers_something_else(models: Any) -> None:
    models.server.script("html", times=None, path="/v1/models/gpt-6-luna")
    said = refused(models, spec=OPENAI, code=3)
    assert "no JSON object" in said
    denied = {"case": "denied", "echo_key": True}
    models.server.behave()
    models.server.script(denied, times=None, path="/v1/models/gpt-6-luna")
    said = refused(models, spec=OPENAI, code=3)
    assert "401" in said
    assert "planted" not in said


def test_an_address_with_a_password_or_without_encryption(models: Any) -> None:
    said = refused(models, spec="openai:x@http://me:secretword@localhost:1/v1")
    assert "secretword" not in said
    assert "user name or password" in said
    said = refused(models, spec="openai:x@http://models.example.org/v1")
    assert "unencrypted" in said
    assert "OPENAI_API_KEY" in said


def test_a_persona_that_does_not_fit_says_by_how_much_and_which_does(
    models: Any, study: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    import understudy as us

    twin = us.twins(us.read(models.panel, person=["id"]))["p000"]
    tokens = estimate_tokens(twin.persona("full record", style="second-person"))
    own = models.folder / "models.toml"
    own.write_text(
        f'[anthropic."claude-haiku-5-5"]\nlike = "anthropic:claude-haiku-4-5"\n'
        f"context = {4_000 + tokens - 100}\n"
    )
    monkeypatch.setenv("UNDERSTUDY_MODELS", str(own))
    said = refused(models)
    assert f"about {tokens:,} tokens long, 100 more than" in said
    # The summary tells the same of so short a record; the next shorter one fits.
    assert "use --persona " in said
    fitting = said.partition("use --persona ")[2].partition(",")[0]
    assert estimate_tokens(twin.persona(fitting)) + 4_000 <= 4_000 + tokens - 100


def test_a_questionnaire_with_images(models: Any, study: ModuleType) -> None:
    shown = models.folder / "images.yaml"
    text = models.survey.read_text()
    shown.write_text(text.replace("Most people", "See <img src='car.png'>: most people"))
    said = refused(models, survey=shown)
    assert "images.yaml, line 6, question trust" in said
    assert "car.png" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--elicit", "choise"), "did you mean choice?"),
        (("--voice", "second"), "there are first, third"),
        (("--date", "2026-13-01"), "write it as 2026-11-23"),
        (("--date", "tomorrow"), "write it as 2026-11-23"),
        (("--persona", "sumary"), "did you mean summary?"),
        (("--per-call", "0"), "--per-call wants page or a number, not '0'"),
        (("--per-call", "-1"), "--per-call wants page or a number"),
        (("--per-call", "two"), "--per-call wants page or a number"),
        (("--per-call", "1.5"), "--per-call wants page or a number"),
        (("--no-wait",), "--no-wait goes with --batch"),
        (("--samples", "1"), "samples must be at least 2"),
        (("--facts", "0"), "facts must be at least 1"),
        (("--temperature", "3"), "from 0 to 2"),
        (("--temperature", "0.5"), "cannot be asked with --temperature"),
        (("--elicit", "logprobs"), "cannot be asked with --elicit logprobs"),
        (("--elicit", "decisions"), "cannot be asked with --elicit decisions"),
        (("--batch", "--remember"), "in a batch no question can wait"),
        (("--concurrency", "0"), "'--concurrency'"),
        (("--budget", "0"), "a budget of $0 buys nothing"),
        (("--budget", "-5"), "buys nothing"),
        (("--budget", "nan"), "buys nothing"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_options_that_make_no_sense(models: Any, options: tuple[str, ...], said: str) -> None:
    assert said in refused(models, *options)


def test_reasons_where_there_is_no_room_for_them(models: Any) -> None:
    said = refused(models, "--elicit", "decisions", "--reasoning", spec=OPENAI)
    assert "no room for reasons" in said


def test_a_budget_without_prices(models: Any) -> None:
    said = refused(models, "--budget", "5", spec="anthropic:claude-fable-5-2")
    assert "no price is known for anthropic:claude-fable-5-2" in said
    assert "models.toml" in said


def test_options_of_a_model_for_somebody_who_is_none(models: Any) -> None:
    said = refused(models, "--per-call", "3", spec="statistical")
    assert "there is no option of the statistical respondent 'per_call'" in said


def test_an_estimate_of_what_costs_nothing(models: Any) -> None:
    code, out, err = models("estimate", "statistical")
    assert (code, out) == (2, "")
    assert "costs nothing" in err
    assert "--respondent anthropic:NAME" in err


def test_a_catalogue_of_ones_own_that_cannot_be_read(
    models: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = models.folder / "models.toml"
    monkeypatch.setenv("UNDERSTUDY_MODELS", str(own))
    assert "there is no such file" in refused(models, code=1)
    own.write_text('[anthropic."claude-haiku-5-5"]\nprice = 3\n')
    assert "did you mean prices?" in refused(models, code=1)


def test_a_script_that_is_not_there(models: Any) -> None:
    assert "there is no file 'rules.yaml'" in refused(models, spec="scripted:rules.yaml")


def test_something_else_where_the_cache_should_be(models: Any) -> None:
    there = models.folder / "responses.sqlite"
    there.write_text("my thesis")
    said = refused(models, code=1)
    assert "not a response cache" in said
    assert "--no-cache" in said
    code, _, err = models.call("cache", "clear")
    assert code == 1
    assert "not a response cache" in err
    assert there.read_text() == "my thesis"


def test_money_is_not_spent_without_anybody_to_ask(models: Any) -> None:
    """Standard input is no terminal here."""
    models.server.change(models=("claude-haiku-5-5",))
    ledger = models.folder / "asked.run"
    code, out, err = models("run", ANTHROPIC, "-o", ledger, "--ask-above", "0.0000001")
    assert (code, out) == (2, "")
    assert "there is nobody to ask; add --yes, or a limit with --budget" in err
    assert models.server.count() == 0
    assert not ledger.exists()
