from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.errors import RequestError
from understudy.twins.llm import keys
from understudy.twins.llm.keys import find_key, no_key
from understudy.twins.llm.scrub import HIDDEN, QuietFilter, register_secret, scrub


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Incorrect API key provided: sk-proj-AbC_123-456789xyz.", "AbC_123"),
        ("x-api-key: sk-ant-api03-abcdefgh-ijklmnop", "abcdefgh"),
        ("key sk-or-v1-0123456789abcdef refused", "0123456789"),
        ("credentials AKIAIOSFODNN7EXAMPLE are old", "IOSFODNN"),
        ("AIzaSyA-1234567890_abcdefghijklmnop", "SyA-12345"),
        ("Authorization: Bearer abc.def-ghi", "abc.def"),
        ('{"authorization": "Basic dXNlcjpwYXNz"}', "dXNlcjpwYXNz"),
        ("http://user:pass-word@host:8000/v1 is down", "pass-word"),
        ("api_key='0123456789abcdef'", "0123456789"),
        ("eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.abcdefgh", "eyJzdWIi"),
        ("incorrect key sk-proj-****************wxyz", "wxyz"),
    ],
)
def test_what_looks_like_a_key_is_hidden(text: str, secret: str) -> None:
    assert secret not in scrub(text)
    assert HIDDEN in scrub(text)


@pytest.mark.parametrize(
    "text",
    [
        "prompt is too long: 210,000 tokens > 200,000 maximum",
        "The model `gpt-6-luna` does not exist",
        "task-based risk-taking asks people to skip it",
        "http://127.0.0.1:8080/v1 answered 503",
        "",
    ],
)
def test_what_is_no_key_stays(text: str) -> None:
    assert scrub(text) == text


def test_known_secrets_are_hidden_wherever_they_stand() -> None:
    register_secret("qwertz-asdf-1")
    register_secret("qwertz-asdf-1-longer")

    assert scrub("(qwertz-asdf-1-longer)") == f"({HIDDEN})"
    assert scrub("xqwertz-asdf-1x") == f"x{HIDDEN}x"


def test_words_of_a_few_letters_are_no_secrets() -> None:
    register_secret("key")

    assert scrub("the key is wrong") == "the key is wrong"


@given(st.text())
def test_scrubbing_twice_is_scrubbing_once(text: str) -> None:
    once = scrub(text)

    assert scrub(once) == once


def record(message: str, *arguments: object, level: int = logging.DEBUG) -> logging.LogRecord:
    return logging.LogRecord("anthropic", level, "file.py", 1, message, arguments, None)


def test_the_body_of_a_request_is_withheld_from_logs() -> None:
    options = {"method": "post", "url": "/v1/messages", "json_data": {"system": "a persona"}}
    entry = record("Request options: %s", options)

    assert QuietFilter().filter(entry)
    assert entry.getMessage() == "Request options: post /v1/messages (body withheld)"


def test_tracebacks_in_logs_are_scrubbed() -> None:
    entry = record("failed with %s", "sk-ant-0123456789")
    try:
        raise ValueError("Bearer 0123456789abcdef")
    except ValueError as error:
        entry.exc_info = (ValueError, error, error.__traceback__)

    assert QuietFilter().filter(entry)
    shown = logging.Formatter().format(entry)
    assert "0123456789" not in shown
    assert "ValueError" in shown


def test_packages_that_write_signatures_write_nothing_at_debug_level() -> None:
    assert not QuietFilter(silent=True).filter(record("CanonicalRequest: …"))
    assert QuietFilter(silent=True).filter(record("Found credentials", level=logging.WARNING))


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", " environment-key-1 ")
    monkeypatch.setattr(keys, "_from_keyring", lambda variable: "never asked")

    assert find_key("openai") == "environment-key-1"
    assert scrub("environment-key-1") == HIDDEN


def test_keys_come_from_the_keyring_next(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    asked: list[tuple[str, str]] = []

    def answer(service: str, name: str) -> str:
        asked.append((service, name))
        return "keyring-key-1"

    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.setattr(keyring, "get_password", answer)

    assert find_key("anthropic") == "keyring-key-1"
    assert asked == [("understudy", "ANTHROPIC_API_KEY")]


def test_a_keyring_that_does_not_work_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    import keyring.errors

    def fail(service: str, name: str) -> str:
        raise keyring.errors.NoKeyringError("no backend")

    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.setattr(keyring, "get_password", fail)

    assert find_key("anthropic") is None


def test_without_a_key_the_sentence_says_what_to_set_and_how_to_do_without() -> None:
    assert str(no_key("anthropic")) == (
        "there is no key for anthropic; set ANTHROPIC_API_KEY in the environment (or in the "
        "keyring, service 'understudy'), or run without one: --respondent statistical, or "
        "scripted: for a dry run."
    )


def test_a_router_has_a_key_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "openai-key-1")
    monkeypatch.setenv("OPENROUTER_API_KEY", "router-key-1")

    assert find_key("openai", "https://openrouter.ai/api/v1") == "router-key-1"
    assert find_key("openai", "https://elsewhere.example/v1") == "openai-key-1"


def test_no_key_travels_unencrypted_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "openai-key-1")

    with pytest.raises(RequestError, match=r"unencrypted to models\.example\.org"):
        find_key("openai", "http://models.example.org/v1")
    for home in ("http://localhost:11434/v1", "http://10.0.0.7:8000/v1", "http://ollama:11434"):
        assert find_key("openai", home) == "openai-key-1"
