# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Which persona is worth paying for?
#
# A full record in every prompt costs many times what a line of demographics costs. Whether it is
# worth it is a question with an answer: give twins less and less of the record, and see what is
# lost.
#
# No key is needed here. The first half uses the embedded respondent, which says how much *the
# record* knows about the held-out answers. The second half sends real personas to a scripted
# model, which says what each costs and shows how two runs are compared. **It does not say what a
# language model makes of a persona**: that takes a language model. Put one in the marked line.

# %%
import json
import tempfile
from pathlib import Path

import pandas as pd

import understudy as us
from understudy.compare.differences import differences
from understudy.data.samples import sample_path

whole = us.read(sample_path("synthetic_panel_wave1.sav"))
again = us.read(sample_path("synthetic_panel_wave2.sav"))
panel = whole.people(whole.persons[:300])
asked = ["immigration_culture", "climate_worry", "redistribution"]
survey = us.questionnaire(panel, items=asked)

# %% [markdown]
# ## What does the record know?
#
# The same questions of twins that carry more and more of their people's records. The embedded
# respondent learns from the other people; nobody's own answers are used for their twin.

# %%
demographics = ["age", "gender", "region", "place", "education", "employment", "income"]
records = {
    "demographics": demographics,
    "and trust": [*demographics, *(name for name in panel.names if name.startswith("trust_"))],
    "full record": list(panel.names),
}

cards = {}
for name, kept in records.items():
    known = panel.select([v for v in panel.names if v in {*kept, *asked}])
    twins = us.twins(known, holdout=asked)
    run = us.administer(survey, twins, us.respondent("statistical", learn=known))
    cards[name] = us.compare(run, panel, retest=again)


def guess(card, metric):
    """The headline of the best guess: single persons are predicted by it."""
    return card.headline(metric).references["best guess"]


pd.DataFrame(
    {
        name: {"r": guess(card, "pearson"), "accuracy": guess(card, "accuracy")}
        for name, card in cards.items()
    }
).T.round(3)

# %% [markdown]
# Which of these steps is more than luck? One scorecard less another gives paired differences, with
# intervals over the same resampled people.

# %%
gain = differences(
    cards["full record"], cards["demographics"], names=("full record", "demographics")
)
gain

# %%
gain.plot()

# %% [markdown]
# ## What does a persona cost?
#
# Prices are rehearsed from the prompts that would be sent.

# %%
people = us.twins(panel, holdout=asked)
personas = ["empty", "demographics", "summary", "full-record"]


def model(persona, spec="anthropic:claude-haiku-5-5"):
    """A language model that is told this much; never asked here, so that it needs no key."""
    return us.respondent(spec, persona=persona, key_needed=False)


prices = {persona: us.estimate(survey, people, model(persona)) for persona in personas}
pd.DataFrame(
    {
        persona: {"input tokens": found.input_tokens.likely, "US$": found.cost.likely}
        for persona, found in prices.items()
    }
).T.round(2)

# %% [markdown]
# ## What is it worth?
#
# A scripted model stands in for a real one. It looks for one thing in the persona, where its
# person stands between left and right, and answers two of the questions from that; the third it
# answers by chance. So we know what must come out: something on two items from `full-record`,
# which holds it; less from `summary`, which holds it only for people whom it sets apart; nothing
# from `demographics`. With `empty`, everybody's prompt is the same, and so is the answer: there is
# no r at all.

# %%
LEFT = r"place yourself\? (\(?Far left|[0-3]\b)"
RIGHT = r"place yourself\? (\(?Far right|[7-9]\b|10\b)"


def rule(question, person, codes):
    """One of `codes` where `question` is asked of somebody whose persona says `person`."""
    weights = {json.dumps({"q1": code}): 1 for code in codes}
    return {"match": question, "persona": person, "weights": weights}


SCRIPT = {
    "rules": [
        rule("culture of the country", LEFT, [6, 7, 8, 9]),
        rule("culture of the country", RIGHT, [1, 2, 3, 4]),
        rule("from high incomes", LEFT, [4, 5]),
        rule("from high incomes", RIGHT, [1, 2]),
    ]
}

with tempfile.TemporaryDirectory() as folder:
    script = Path(folder) / "reader.json"
    script.write_text(json.dumps(SCRIPT), encoding="utf-8")
    told = {}
    for persona in personas:
        # A real model goes here: us.respondent("anthropic:NAME", persona=persona)
        reader = us.respondent(f"scripted:{script}", persona=persona, per_call=1)
        told[persona] = us.compare(us.administer(survey, people, reader), panel, retest=again)

pd.DataFrame(
    {persona: {item: card[item].pearson for item in asked} for persona, card in told.items()}
).T.round(2)

# %%
worth = differences(
    told["full-record"], told["demographics"], names=("full record", "demographics")
)
item = worth["immigration_culture"]
print(f"r {item.estimates['pearson']:+.2f}, interval {item.intervals['pearson']}")

# %%
worth

# %% [markdown]
# ## Reading it honestly
#
# - What the embedded respondent gains from a longer record is what other people's answers teach
#   about it. A model may read the record better or worse. It is the bar that a paid run has to
#   clear, and it is free.
# - A difference counts when its interval leaves out 0, and when it is asked of many items, more of
#   them must do so than chance would have it.
# - A longer persona that wins by less than its price is not worth it, however significant.
# - These people are synthetic, and the model was a script. The steps carry over; the numbers do
#   not.
