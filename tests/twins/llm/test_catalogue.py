from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.errors import UnreadableFileError
from understudy.twins.llm.catalogue import (
    ModelCard,
    Prices,
    card_for,
    is_local,
    known_models,
    user_file,
)
from understudy.twins.llm.chat import Usage


@pytest.fixture(autouse=True)
def own_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("UNDERSTUDY_MODELS", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def write(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> Path:
    path = tmp_path / "models.toml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("UNDERSTUDY_MODELS", str(path))
    return path


def shipped() -> list[ModelCard]:
    return [card_for(p, n) for p in ("anthropic", "openai") for n in known_models(p)]


def test_every_shipped_card_is_whole() -> None:
    cards = shipped()

    assert len(cards) > 35
    for card in cards:
        assert card.known
        assert not (card.caching == "marked" and card.prices and card.prices.cache_write == 0)
        assert card.prices is None or card.prices.source, card.name
        assert not card.decisions or card.name == "gpt-6-luna"
        assert (card.headroom > 0) == (card.thinking in ("low", "minimal")), card.name
        # Reasoning switched off is what lets sampling and log-probabilities through.
        assert not card.sampling or card.thinking in ("", "none"), card.name


@pytest.mark.parametrize("card", shipped(), ids=lambda card: card.name)
def test_prices_are_of_one_shape(card: ModelCard) -> None:
    if card.prices is None:
        assert "5-2" in card.name or card.name == "claude-mythos-preview"
        return
    assert 0 < card.prices.cache_read <= card.prices.input <= card.prices.cache_write
    assert card.prices.input < card.prices.output
    assert card.prices.batch == 0.5


def test_most_models_of_the_sdks_are_there() -> None:
    from typing import get_args

    from anthropic.types.model_param import ModelParam

    listed = get_args(get_args(ModelParam)[0])
    assert not [name for name in listed if not card_for("anthropic", name).known]
    assert {"gpt-6-luna", "gpt-6.2-sol", "gpt-5.4-mini", "gpt-4o-mini"} <= set(
        known_models("openai")
    )


@pytest.mark.parametrize(
    ("provider", "dated", "plain"),
    [
        ("anthropic", "claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("openai", "gpt-5.4-mini-2026-03-17", "gpt-5.4-mini"),
    ],
)
def test_a_date_does_not_hide_a_model(provider: str, dated: str, plain: str) -> None:
    card = card_for(provider, dated)

    assert card == dataclasses.replace(card_for(provider, plain), name=dated)


def test_the_lowest_thinking_is_what_each_model_takes() -> None:
    thinking = {name: card_for("anthropic", name).thinking for name in known_models("anthropic")}

    assert thinking["claude-opus-5-5"] == "low", "it cannot be switched off"
    assert thinking["claude-sonnet-5-5"] == "between_tools", "it rejects disabled"
    assert thinking["claude-haiku-5-5"] == "disabled"
    assert thinking["claude-haiku-4-5"] == "", "it does not think unless asked"
    assert card_for("openai", "gpt-6.2-sol").thinking == "low"
    assert card_for("openai", "gpt-6-luna").thinking == "none"
    assert card_for("openai", "gpt-5-mini").thinking == "minimal"


def test_nothing_is_promised_of_an_unknown_model() -> None:
    card = card_for("openai", "gpt-99")

    assert not card.known
    assert card.prices is None
    assert not card.sampling
    assert not card.batch
    assert card.thinking == ""


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:11434/v1", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("http://192.168.1.5:8000/v1", True),
        ("http://ollama:11434/v1", True),
        ("http://lab.local/v1", True),
        ("https://openrouter.ai/api/v1", False),
        ("https://8.8.8.8/v1", False),
        ("http://localhost.example.org/v1", False),
    ],
)
def test_what_is_at_home_is_free(url: str, local: bool) -> None:
    card = card_for("openai", "llama3", url)

    assert is_local(url) is local
    assert card.compatible
    assert card.structured
    assert (card.prices is not None) is local
    if card.prices is not None:
        assert card.prices.cost(Usage(input=10**6, output=10**6)) == 0


def test_shipped_cards_are_about_the_providers_own_servers() -> None:
    assert not card_for("openai", "gpt-4o", "https://gateway.example/v1").known
    assert card_for("openai", "gpt-4o", "https://eu.api.openai.com/v1").known


def test_the_clouds_are_looked_up_under_the_makers_names_without_prices() -> None:
    bedrock = card_for("bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0")
    vertex = card_for("vertex", "claude-haiku-4-5@20251001", "")
    azure = card_for("azure", "gpt-6-luna", "https://x.openai.azure.com")

    for card in (bedrock, vertex, azure):
        assert card.known
        assert card.context
        assert card.prices is None
        assert not card.batch
        assert not card.decisions
    assert bedrock.structured
    assert not vertex.structured
    assert azure.caching == "automatic"


def test_long_prompts_cost_more_throughout() -> None:
    prices = card_for("anthropic", "claude-haiku-5-5").prices
    assert prices is not None

    assert prices.cost(Usage(input=100_000, output=1_000)) == pytest.approx(0.0105)
    assert prices.cost(Usage(input=100_001, output=1_000)) == pytest.approx(0.0525, rel=1e-4)
    assert prices.cost(Usage(input=100_000, output=1_000), batch=True) == pytest.approx(0.00525)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**5))
def test_cost_is_the_sum_of_its_parts(plain: int, read: int, written: int, output: int) -> None:
    prices = Prices(input=2, output=10, cache_write=2.5, cache_read=0.1)
    usage = Usage(input=plain + read + written, cache_read=read, cache_write=written, output=output)

    expected = (plain * 2 + read * 0.1 + written * 2.5 + output * 10) / 1e6
    assert prices.cost(usage) == pytest.approx(expected)


def test_the_users_file_is_laid_over_the_shipped_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = write(
        monkeypatch,
        tmp_path,
        """
        [openai."llama3"]
        context = 8192
        prices = { input = 0.5, output = 1, cache_write = 0.5, cache_read = 0.5 }

        [azure."our-deployment"]
        like = "openai:gpt-5.4-mini"
        sampling = false

        [anthropic."claude-haiku-5-5"]
        like = "anthropic:claude-sonnet-5-5"
        max_output = 1000
        """,
    )

    llama = card_for("openai", "llama3", "https://gpu.example/v1")
    assert (llama.context, llama.known, llama.compatible, llama.structured) == (
        *(8192, True, True, True),
    )
    ours = card_for("azure", "our-deployment", "https://x.openai.azure.com")
    assert ours.prices == card_for("openai", "gpt-5.4-mini").prices
    assert not ours.sampling
    assert ours.logprobs
    assert card_for("anthropic", "claude-haiku-5-5").max_output == 1000
    assert "llama3" in known_models("openai")
    assert user_file() == path


def test_an_edited_file_is_read_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    path = write(monkeypatch, tmp_path, '[openai."a"]\ncontext = 1\n')
    assert card_for("openai", "a").context == 1

    path.write_text('[openai."a"]\ncontext = 2\n', encoding="utf-8")
    os.utime(path, ns=(1, 1))

    assert card_for("openai", "a").context == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[openai."a"]\ncontxt = 1', "model openai:a, key contxt: there is no such key; did you"),
        ('[openai."a"]\ncontext = "8k"', "key context: '8k' is not a whole number"),
        ('[openai."a"]\nbatch = 1', "key batch: 1 is not true or false"),
        ('[openai."a"]\ncaching = "often"', "key caching: 'often' is not one of none, automatic"),
        ('[openai."a"]\ncontext = -1', "key context: -1 is not a whole number"),
        ('[openai."a"]\nprices = 3', "key prices: 3 is not a table of prices"),
        ('[openai."a"]\nprices = { input = 1 }', "key prices: there is no cache_read among"),
        ('[openai."a"]\nprices = { inputs = 1 }', "key inputs: there is no such key; did you mean"),
        ('[openai."a"]\nlike = "openai:gpt-6-lunar"', "did you mean openai:gpt-6-luna"),
        ('[openai."a"]\nlike = "openai:a"', "there is no model 'openai:a' to be like"),
        ("openai = 3", "openai is no table of models"),
        ("[openai\n", "it is not TOML"),
    ],
)
def test_what_is_wrong_in_the_users_file_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, message: str
) -> None:
    path = write(monkeypatch, tmp_path, text)

    with pytest.raises(UnreadableFileError) as caught:
        card_for("anthropic", "claude-haiku-5-5")

    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_named_must_be_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UNDERSTUDY_MODELS", str(tmp_path / "none.toml"))

    with pytest.raises(UnreadableFileError, match="there is no such file"):
        card_for("openai", "gpt-4o")


def test_a_path_that_is_a_folder_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UNDERSTUDY_MODELS", str(tmp_path))

    with pytest.raises(UnreadableFileError, match="cannot be read"):
        card_for("openai", "gpt-4o")
