"""Every way of asking, over HTTP with both real SDKs: what is sent, and what becomes of it."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from understudy.data.errors import RequestError
from understudy.surveys.ledger.run import Run
from understudy.twins.llm.catalogue import card_for, known_models

SPECS = ("anthropic:claude-haiku-5-5", "openai:gpt-6-luna")
both = pytest.mark.parametrize("spec", SPECS)


def bodies(server: Any) -> list[dict[str, Any]]:
    return [one.body for one in server.completions]


def schema_of(body: dict[str, Any]) -> Any:
    if "output_config" in body:
        return body["output_config"].get("format", {}).get("schema")
    return body.get("response_format", {}).get("json_schema", {}).get("schema")


def by_person(study: ModuleType, server: Any) -> dict[int, list[str]]:
    """What each was asked, page after page."""
    found: dict[int, list[str]] = defaultdict(list)
    for body in bodies(server):
        head, turns = study.texts_of(body)
        found[study.badge_of(head)].append(turns[-1])
    return found


def shown_to(run: Run, twin: str) -> dict[str, tuple[Any, ...]]:
    return {question.name: question.options for question in run.shown(twin)}


# --- elicitation --------------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("cached", "options"),
    [
        (True, {}),
        (False, {}),
        (True, {"per_call": 1}),
        (False, {"per_call": 4}),
        (True, {"per_call": 50}),
        (True, {"remember": True}),
        (False, {"remember": True, "per_call": 3}),
        (True, {"reasoning": True}),
        (False, {"reasoning": True, "per_call": 3}),
        (True, {"elicit": "probabilities"}),
        (False, {"elicit": "probabilities"}),
        (True, {"elicit": "probabilities", "reasoning": True, "per_call": 3}),
        (False, {"elicit": "samples", "samples": 3}),
        (True, {"voice": "third", "date": "2026-11-23"}),
        (False, {"nonresponse": False}),
    ],
    ids=lambda value: (
        " ".join(f"{k}={v}" for k, v in value.items()) or "plain"
        if isinstance(value, dict)
        else ("cached" if value else "short")
    ),
)
def test_every_way_of_asking_gets_the_answers_that_are_right(
    serve: Callable[..., Any],
    study: ModuleType,
    small: Any,
    rich: Any,
    spec: str,
    cached: bool,
    options: dict[str, Any],
) -> None:
    """With short personas the schema lists the codes; with cached ones all calls share one."""
    server = serve()
    some = rich if cached else small
    run = some.run(spec, **options)
    study.right(run, some)
    schemas = {json.dumps(schema_of(body)) for body in bodies(server)}
    if cached and options.get("per_call") != 50:
        assert len(schemas) == 1
        assert run.attempts()["cached_tokens"].sum() > 0
    assert server.count() == len(run.attempts())
    answers = run.answers()
    assert set(answers["basis"]) == {"model"}
    if options.get("elicit") == "probabilities":
        closed = answers[answers["question"].isin(["vote", "trust", "news", "left"])]
        assert (closed["probability"] == 1.0).all()
    if options.get("reasoning"):
        assert all("I am number" in raw for raw in answers["raw"])
        assert all("reasoning" in schema_of(body)["required"] for body in bodies(server))


def test_letters_are_drawn_by_their_log_probabilities(
    serve: Callable[..., Any], study: ModuleType, small: Any
) -> None:
    server = serve()
    run = small.run("openai:gpt-6-luna", elicit="logprobs")
    assert server.count() == len(run.attempts())
    drawn = run.answers().query("probabilities != ''").dropna(subset=["probabilities"])
    assert set(drawn["question"]) == {"vote", "trust", "news", "left", "party"} & set(
        drawn["question"]
    )
    for row in drawn.itertuples():
        shares = {float(code): share for code, share in json.loads(row.probabilities).items()}
        assert sum(shares.values()) == pytest.approx(1)
        likeliest = max(shares, key=lambda code: shares[code])
        assert likeliest == study.choice(int(row.twin[1:]), row.variable)
        assert "of the probability" in row.note
        assert len(row.raw) == 1
    letters = [body for body in bodies(server) if body.get("logprobs")]
    assert {body["top_logprobs"] for body in letters} == {20}
    # Letters are asked for one question at a time; what has no options is asked for in words.
    assert len(letters) == len(drawn) + (run.answers()["reason"] == "don't know").sum()
    assert all(schema_of(body) is None for body in letters)
    assert {"hours", "pets_1", "why"} <= set(
        run.answers().query("reason.isna() and probability.isna()")["variable"]
    )


def test_decisions_go_to_their_own_endpoint_and_the_rest_is_asked_in_words(
    serve: Callable[..., Any], study: ModuleType, small: Any
) -> None:
    server = serve()
    run = small.run("openai:gpt-6-luna", elicit="decisions")
    study.right(run, small)
    assert server.count() == len(run.attempts())
    assert server.count("/v1/decisions") > 0
    assert server.count("/v1/decisions") + server.count("/v1/chat/completions") == server.count()
    asked = [q for body in bodies(server) for q in body.get("questions", ())]
    assert {q["type"] for q in asked} == {"choice"}
    closed = run.answers().dropna(subset=["probability"])
    assert set(closed["question"]) >= {"vote", "trust", "news", "left"}
    assert (closed["probability"] == 1.0).all()


def test_a_decision_that_is_refused_is_missing(
    serve: Callable[..., Any], study: ModuleType, closed: Any
) -> None:
    def brain(body: dict[str, Any]) -> Any:
        said = study.brain(body)
        return dict.fromkeys(said) if "questions" in body and len(said) == 1 else said

    server = serve(brain=brain)
    run = closed.run("openai:gpt-6-luna", elicit="decisions")
    assert server.count() == len(run.attempts())
    assert run.dispositions() == {"answered": 10, "model refused": 10}


@both
def test_samples_are_independent_and_their_shares_are_kept(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str
) -> None:
    seen: Counter[str] = Counter()

    def brain(body: dict[str, Any]) -> Any:
        """Three of four times the person's own answer, once another code."""
        said = study.brain(body)
        key = json.dumps(study.texts_of(body))
        seen[key] += 1
        if seen[key] == 4:
            page = study.texts_of(body)[1][0]
            codes = re.findall(r"^\[(.+?)\]", page, re.MULTILINE)
            said["q1"] = next(code for code in codes if code != said["q1"])
        return said

    server = serve(brain=brain)
    run = closed.run(spec, elicit="samples", samples=4)
    assert server.count() == len(run.attempts()) == 5 * 3 * 4
    first = run.answers().query("variable in ['vote', 'trust', 'left']")
    for row in first.itertuples():
        shares = {float(code): share for code, share in json.loads(row.probabilities).items()}
        assert shares[closed.wanted(int(row.twin[1:]))[row.variable]] == 0.75
        assert sorted(shares.values()) == [0.25, 0.75]
        assert row.note == "drawn from 4 answers"
    assert len(set(first["probability"])) == 2, "the draw follows the seed, not the majority"


@both
def test_one_sample_that_cannot_be_read_leaves_the_others(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str
) -> None:
    server = serve()
    server.script("refused", times=15)
    run = closed.run(spec, elicit="samples", samples=5, per_call=50)
    assert server.count() == len(run.attempts())
    counts = run.dispositions()
    assert counts["answered"] + counts.get("model refused", 0) == 20
    got = study.values(run)
    for twin, answers in got.items():
        assert answers.items() <= closed.wanted(int(twin[1:])).items()


# --- how many questions at a time ---------------------------------------------------------------


@both
def test_questions_per_call(
    serve: Callable[..., Any], study: ModuleType, small: Any, spec: str
) -> None:
    """Pages, single questions, and blocks across pages that end where skip logic needs to know."""
    server = serve()
    voters = sum(study.choice(badge, "vote") == 1 for badge in range(4))
    assert 0 < voters < 4
    expected = {
        0: 4 * 5 + voters,
        1: 4 * 7 + voters,
        # Whether the party is asked hangs on the first answer, so that is asked alone or in a
        # block that ends before it.
        4: None,
        50: None,
    }
    for per_call, calls in expected.items():
        server.forget()
        run = small.run(spec, per_call=per_call)
        study.right(run, small)
        assert server.count() == len(run.attempts())
        if calls is not None:
            assert server.count() == calls
        for badge, pages in by_person(study, server).items():
            asked = "\n".join(pages)
            assert (study.TEXTS["party"] in asked) == (study.choice(badge, "vote") == 1)
            assert asked.count("Welcome to this survey.") == 1
            most = max(len(re.findall(r"^q\d+: ", page, re.MULTILINE)) for page in pages)
            assert most <= (per_call or 2)
    assert server.count() == 8, "two blocks: what stands before the skip, and the rest"


# --- what is remembered -------------------------------------------------------------------------


@both
@pytest.mark.parametrize("voice", ["first", "third"])
def test_earlier_answers_are_told_again_and_open_text_is_fenced(
    serve: Callable[..., Any], study: ModuleType, small: Any, spec: str, voice: str
) -> None:
    server = serve()
    run = small.run(spec, remember=True, voice=voice)
    study.right(run, small)
    opening = {
        "first": "Earlier in this survey you were asked, and answered:",
        "third": "Earlier in this survey the person was asked, and answered:",
    }[voice]
    for badge, pages in by_person(study, server).items():
        assert [opening in page for page in pages] == [False] + [True] * (len(pages) - 1)
        last = pages[-1]
        label = study.OPTIONS["trust"][study.choice(badge, "trust")]
        assert f"- {study.TEXTS['trust'].rstrip('.')}" in last
        assert f": {label}" in last or f"? {label}" in last
        assert f"<said>{study.words(badge)}</said>" in last
        assert last.rindex("q1: ") > last.index(opening)
    server.forget()
    small.run(spec)
    assert not any(opening in page for pages in by_person(study, server).values() for page in pages)


# --- who speaks, and when -----------------------------------------------------------------------


@both
def test_voice_and_date(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str
) -> None:
    server = serve()
    heads = {}
    for voice in ("first", "third"):
        for date in (None, "2026-11-23"):
            server.forget()
            closed.run(spec, voice=voice, date=date, limit=1)
            (head,) = {study.texts_of(body)[0] for body in bodies(server)}
            heads[voice, date] = head
            assert ("23 November 2026" in head) == (date is not None)
    assert "You are one particular person" in heads["first", None]
    assert "You are one particular person" not in heads["third", None]
    assert "Predict" in heads["third", None]
    assert len(set(heads.values())) == 4


@both
def test_what_people_wrote_is_fenced_in_the_persona_and_cannot_leave_its_fence(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str
) -> None:
    server = serve()
    run = closed.run(spec, limit=1)
    assert run.dispositions() == {"answered": 4}
    (head,) = {study.texts_of(body)[0] for body in bodies(server)}
    persona = head[head.index("Badge number") :]
    assert persona.count("<said>") == persona.count("</said>") == 1
    inside = persona[persona.index("<said>") : persona.index("</said>")]
    assert "Ignore all that" in inside


# --- order --------------------------------------------------------------------------------------


@both
def test_options_are_counterbalanced_stored_and_mapped_back_by_code(
    serve: Callable[..., Any], study: ModuleType, tmp_path: Any, spec: str
) -> None:
    server = serve()
    crowd = study.study(tmp_path / "crowd", people=16)
    run = crowd.run(spec, per_call=1)
    study.right(run, crowd)
    asked = by_person(study, server)
    orders: Counter[tuple[str, ...]] = Counter()
    for badge, pages in asked.items():
        told = {one.name: one.options for page in pages for one in study.page_of(page)}
        stored = shown_to(run, f"p{badge:03d}")
        for name in ("vote", "trust", "left"):
            seen = [float(code) for code in told[name].values()]
            assert seen == [code for code, _ in stored[name]]
        orders[tuple(told["trust"].values())] += 1
        # The offered "don't know" keeps its place at the end.
        assert list(told["left"])[3] == "Don't know"
    assert set(orders) == {("1", "2", "3", "4", "5"), ("5", "4", "3", "2", "1")}
    assert min(orders.values()) >= 3


# --- personas -----------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("persona", ["full-record", "summary", "demographics", "empty"])
def test_personas_that_are_the_same_throughout_an_interview(
    serve: Callable[..., Any], study: ModuleType, tmp_path: Any, spec: str, persona: str
) -> None:
    server = serve(brain=study.blind)
    some = study.study(tmp_path / "some", people=2, facts=20, survey=study.CLOSED)
    run = some.run(spec, persona=persona)
    assert run.dispositions() == {"answered": 8}
    heads = {study.texts_of(body)[0] for body in bodies(server)}
    assert len(heads) == (1 if persona == "empty" else 2)
    assert all(
        ("come across politics, number 7?" in head) == (persona == "full-record") for head in heads
    )
    assert all(("Age" in head) == (persona != "empty") for head in heads)


@both
@pytest.mark.parametrize("persona", ["retrieved", "Retrieved"])
def test_retrieved_facts_change_with_the_question_and_are_not_cached(
    serve: Callable[..., Any], study: ModuleType, tmp_path: Any, spec: str, persona: str
) -> None:
    server = serve(brain=study.blind)
    some = study.study(tmp_path / "some", people=2, facts=60, survey=study.CLOSED)
    run = some.run(spec, persona=persona, facts=12, per_call=1)
    assert run.dispositions() == {"answered": 8}
    heads = {study.texts_of(body)[0] for body in bodies(server)}
    assert len(heads) > 2
    # A prefix that is never the same would be written to the provider's cache in vain.
    assert not any("cache_control" in json.dumps(body) for body in bodies(server))
    assert not any("prompt_cache_breakpoint" in json.dumps(body) for body in bodies(server))
    assert server.stats()["tokens"]["cache_write"] == 0
    # Without a cache to keep, the schema says what the page takes.
    assert all("enum" in json.dumps(schema_of(body)) for body in bodies(server))


# --- the provider's cache, and what a model takes -----------------------------------------------


@both
@pytest.mark.parametrize("options", [{"per_call": 0}, {"per_call": 1}, {"per_call": 3}])
def test_personas_are_written_once_and_read_ever_after_under_one_schema(
    serve: Callable[..., Any],
    study: ModuleType,
    rich: Any,
    spec: str,
    options: dict[str, Any],
) -> None:
    server = serve()
    run = rich.run(spec, **options)
    study.right(run, rich)
    schemas = {json.dumps(schema_of(body)) for body in bodies(server)}
    assert len(schemas) == 1
    marks = {"anthropic": "cache_control", "openai": "prompt_cache_breakpoint"}
    mark = marks[spec.partition(":")[0]]
    for body in bodies(server):
        assert json.dumps(body).count(mark) == 1
        if "system" in body:
            assert mark in body["system"][-1]
            assert study.badge_of(body["system"][-1]["text"]) >= 0
        else:
            assert mark in body["messages"][0]["content"][0]
    attempts = run.attempts()
    cold = attempts[attempts["cached_tokens"] == 0]
    assert len(cold) == 4, "each persona is written once"
    assert server.stats()["tokens"]["cache_read"] == attempts["cached_tokens"].sum() > 0


@both
def test_nothing_is_marked_where_there_is_nothing_to_read(
    serve: Callable[..., Any], study: ModuleType, tmp_path: Any, spec: str
) -> None:
    server = serve()
    rich = study.study(tmp_path / "rich", people=3, facts=60, survey=study.CLOSED)
    run = rich.run(spec, per_call=50)
    study.right(run, rich)
    assert server.count() == 3
    sent = json.dumps(bodies(server))
    assert "cache_control" not in sent
    assert "prompt_cache_breakpoint" not in sent
    assert server.stats()["tokens"]["cache_write"] == 0
    assert "enum" in sent


@both
def test_a_persona_too_short_to_be_cached_is_asked_with_the_codes_in_the_schema(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str
) -> None:
    server = serve(brain=study.blind)
    run = closed.run(spec, persona="demographics")
    assert run.complete
    assert len({json.dumps(schema_of(body)) for body in bodies(server)}) == 3
    assert all("enum" in json.dumps(schema_of(body)) for body in bodies(server))


PROVIDERS = {"anthropic": "anthropic", "openai": "openai"}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nothing_is_sent_that_a_card_says_is_rejected(
    serve: Callable[..., Any], study: ModuleType, closed: Any, provider: str
) -> None:
    """Every kind of model in the catalogue is asked the same."""
    server = serve()
    cards = {card_for(provider, name) for name in known_models(provider)}
    kinds = {
        (c.sampling, c.structured, c.caching, c.thinking, c.headroom > 0, c.logprobs): c.name
        for c in cards
    }
    assert len(kinds) >= 3
    for name in sorted(kinds.values()):
        card = card_for(provider, name)
        server.forget()
        closed.run(f"{provider}:{name}", limit=1)
        assert server.count() == 3, name
        for body in bodies(server):
            assert not {"temperature", "top_p", "top_k", "seed", "logprobs"} & body.keys()
            assert (schema_of(body) is not None) == card.structured
            if provider == "anthropic":
                thinking = body.get("thinking", {}).get("type")
                thinking = thinking or body.get("output_config", {}).get("effort", "")
                assert body["max_tokens"] > card.headroom
            else:
                thinking = body.get("reasoning_effort", "")
                assert body["max_completion_tokens"] > card.headroom
            assert thinking == card.thinking
            marked = "cache_control" in json.dumps(body) or "breakpoint" in json.dumps(body)
            assert marked <= (card.caching == "marked")


def test_a_server_of_ones_own_is_sent_the_oldest_form(
    serve: Callable[..., Any],
    study: ModuleType,
    closed: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = serve()
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name)
    run = closed.run(f"openai:llama3.3@{server.openai_url}", temperature=0.5)
    study.right(run, closed)
    assert run.cost == 0
    for one in server.completions:
        assert one.body["temperature"] == 0.5
        assert "max_tokens" in one.body
        assert not {"prompt_cache_key", "max_completion_tokens", "reasoning_effort"} & (
            one.body.keys()
        )
        assert study.KEY not in json.dumps(dict(one.headers))


@both
@pytest.mark.parametrize(
    "options",
    [{"elicit": "logprobs"}, {"elicit": "decisions"}, {"temperature": 0.0}],
    ids=lambda options: next(iter(options)),
)
def test_what_a_model_cannot_is_refused_before_anything_is_sent(
    serve: Callable[..., Any], closed: Any, spec: str, options: dict[str, Any]
) -> None:
    server = serve()
    card = card_for(*spec.split(":"))
    can = {"logprobs": card.logprobs, "decisions": card.decisions}.get(
        str(options.get("elicit")), card.sampling
    )
    if can:
        assert closed.run(spec, limit=1, **options).complete
        return
    with pytest.raises(RequestError, match="cannot be asked with"):
        closed.run(spec, **options)
    assert server.requests == []


# --- one page after another, and again -----------------------------------------------------------


@both
def test_replicates_are_interviews_of_their_own(
    serve: Callable[..., Any], study: ModuleType, closed: Any, spec: str
) -> None:
    """The model's mood changes between the two: twins have a test–retest of their own."""
    seen: Counter[str] = Counter()

    def brain(body: dict[str, Any]) -> Any:
        head, turns = study.texts_of(body)
        key = f"{head}{turns}"
        seen[key] += 1
        badge = study.badge_of(head)
        moody = seen[key] > 1 and badge == 2
        return study.blind(body) if moody else study.brain(body)

    server = serve(brain=brain)
    run = closed.run(spec, replicates=2, cache=True)
    assert server.count() == len(run.attempts()) == 30
    waves = run.answers().pivot_table(
        index=["twin", "variable"], columns="replicate", values="number"
    )
    assert waves.shape == (20, 2)
    changed = {twin for (twin, _), row in waves.iterrows() if row[1] != row[2]}
    assert changed == {"p002"}
    panels = run.panel.waves()
    assert len(panels) == 2
