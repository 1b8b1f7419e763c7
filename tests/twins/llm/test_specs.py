from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.errors import MissingExtraError, RequestError, UnderstudyError
from understudy.twins.llm import specs
from understudy.twins.llm.specs import ModelOptions, Target, make_model, parse_spec, providers


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        *("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "OPENAI_API_KEY"),
        *("OPENAI_BASE_URL", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT", "AWS_REGION"),
        *("AZURE_OPENAI_AD_TOKEN", "AWS_DEFAULT_REGION", "AWS_BEARER_TOKEN_BEDROCK"),
        *("CLOUD_ML_REGION", "UNDERSTUDY_MODELS", "ANTHROPIC_BEDROCK_BASE_URL"),
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("understudy.twins.llm.keys._from_keyring", lambda variable: "")


@pytest.mark.parametrize(
    ("text", "provider", "name", "at"),
    [
        ("anthropic:claude-sonnet-5-5", "anthropic", "claude-sonnet-5-5", ""),
        ("OpenAI:gpt-6-luna", "openai", "gpt-6-luna", ""),
        (
            "openai:llama3.3:70b@http://localhost:11434/v1",
            *("openai", "llama3.3:70b", "http://localhost:11434/v1"),
        ),
        (
            "openai:meta/llama@v3@https://openrouter.ai/api/v1/",
            *("openai", "meta/llama@v3", "https://openrouter.ai/api/v1"),
        ),
        ("azure:ours@https://x.openai.azure.com/", "azure", "ours", "https://x.openai.azure.com"),
        (
            "bedrock:eu.anthropic.claude-sonnet-4-5-20250929-v1:0@eu-west-1",
            *("bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "eu-west-1"),
        ),
        ("vertex:claude-haiku-4-5@20251001", "vertex", "claude-haiku-4-5@20251001", ""),
        (
            "vertex:claude-haiku-4-5@20251001@europe-west1",
            *("vertex", "claude-haiku-4-5@20251001", "europe-west1"),
        ),
        ("scripted:", "scripted", "", ""),
        ("scripted:rules@home.yaml", "scripted", "rules@home.yaml", ""),
        ("scripted:package.module:function", "scripted", "package.module:function", ""),
    ],
)
def test_specs_are_read(text: str, provider: str, name: str, at: str) -> None:
    assert parse_spec(text) == Target(provider, name, at)
    assert parse_spec(parse_spec(text).spec) == parse_spec(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("antropic:claude", "there is no provider of language models 'antropic'; did you mean"),
        ("claude-sonnet-5-5", "there is no provider of language models"),
        ("", "there is no provider of language models"),
        ("anthropic:", "names no model; write it like anthropic:NAME"),
        ("anthropic", "names no model"),
        ("openai:llama3@localhost:11434/v1", "'localhost:11434/v1' is no base URL; begin it with"),
        ("openai:llama3@ftp://host", "is no base URL"),
        ("openai:llama3@http://", "is no base URL"),
        ("openai:llama3@http://[broken", "its base URL is none"),
        ("openai:llama3@http://host:port/v1", "its base URL is none"),
        ("openai:llama3@http://host/v1?key=1", "its base URL has a query"),
    ],
)
def test_what_is_wrong_with_a_spec_is_one_sentence(text: str, message: str) -> None:
    with pytest.raises(UnderstudyError) as caught:
        parse_spec(text)

    assert message in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_password_in_a_spec_is_refused_and_not_repeated() -> None:
    with pytest.raises(RequestError) as caught:
        parse_spec("openai:llama3@http://someone:hunter2-word@host/v1")

    assert "hunter2-word" not in str(caught.value)
    assert "user name or password" in str(caught.value)


@given(st.text(max_size=60))
def test_no_text_makes_anything_but_a_target_or_one_sentence(text: str) -> None:
    said = ""
    try:
        assert isinstance(parse_spec(text), Target)
    except UnderstudyError as error:
        said = str(error)
    assert "\n" not in said


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("anthropic:claude-sonnet-5-5", "set ANTHROPIC_API_KEY"),
        ("openai:gpt-6-luna", "set OPENAI_API_KEY"),
        ("azure:ours@https://x.openai.azure.com", "set AZURE_OPENAI_API_KEY"),
        ("azure:ours", "or set AZURE_OPENAI_ENDPOINT"),
        ("bedrock:anthropic.claude-haiku-4-5-20251001-v1:0", "or set AWS_REGION"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_sent(spec: str, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        make_model(spec)

    assert message in str(caught.value)


def test_without_a_key_a_card_can_still_be_had() -> None:
    model = make_model("anthropic:claude-sonnet-5-5", key_needed=False)

    assert model.card.prices is not None
    assert model.endpoint == "https://api.anthropic.com"


def test_servers_behind_a_base_url_need_no_key() -> None:
    model = make_model("openai:llama3@http://localhost:11434/v1")

    assert model.spec == "openai:llama3@http://localhost:11434/v1"
    assert model.endpoint == "http://localhost:11434/v1"
    assert model.batches is None


def test_regions_are_part_of_the_address() -> None:
    assert make_model("bedrock:anthropic.x@eu-west-1").endpoint == (
        "https://bedrock-runtime.eu-west-1.amazonaws.com"
    )
    assert make_model("vertex:claude-haiku-4-5@europe-west1").endpoint == (
        "https://europe-west1-aiplatform.googleapis.com/v1"
    )


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, package=None: None if name in ("boto3", "google.auth") else real(name),
    )

    with pytest.raises(MissingExtraError, match=r"understudy\[bedrock\]"):
        make_model("bedrock:anthropic.x@eu-west-1")
    with pytest.raises(MissingExtraError, match=r"understudy\[vertex\]"):
        make_model("vertex:claude-haiku-4-5@europe-west1")


class Point:
    def __init__(self, name: str, made: Any) -> None:
        self.name, self.made = name, made

    def load(self) -> Any:
        if isinstance(self.made, Exception):
            raise self.made
        return self.made


def test_installed_providers_are_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[Target, ModelOptions]] = []

    def factory(target: Target, options: ModelOptions) -> str:
        made.append((target, options))
        return "a model"

    points = [Point("house", factory), Point("broken", ImportError("no such package"))]
    monkeypatch.setattr(specs, "entry_points", lambda group: points)

    model: Any = make_model("house:big@here", timeout=3, connections=7)

    assert model == "a model"
    assert made == [(Target("house", "big", "here"), ModelOptions(timeout=3, connections=7))]
    assert {"house", "anthropic"} <= set(providers())
    with pytest.raises(RequestError, match="cannot be loaded"):
        make_model("broken:any")


@pytest.mark.parametrize("options", [{"timeout": 0}, {"timeout": float("nan")}, {"connections": 0}])
def test_options_that_cannot_be_kept_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(RequestError):
        make_model("scripted:", **options)


def test_making_a_model_imports_no_sdk() -> None:
    code = (
        "import sys; from understudy.twins.llm.specs import make_model; "
        "make_model('openai:x@http://localhost:1/v1'); "
        "make_model('anthropic:x', key_needed=False); "
        "print([m for m in ('anthropic', 'openai', 'httpx2', 'aiohttp') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
