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
# # Pilot a questionnaire tonight
#
# A questionnaire is written, fieldwork is next month, and nobody has answered it yet. This
# notebook asks it of twins of 600 people and looks at what comes back: before anything is spent,
# and with every answer saying what it rests on.
#
# The people are synthetic (a sample that ships with understudy), so that the notebook runs
# anywhere, without a key and without a network. Put your own files in their place.

# %%
import understudy as us
from understudy.data.samples import sample_path

panel = us.read(sample_path("synthetic_panel_wave1.sav"))
survey = us.questionnaire(sample_path("synthetic_questionnaire.yaml"))
people = us.twins(panel)
panel, survey, people

# %% [markdown]
# ## Ask it
#
# The embedded respondent learns from the panel and, for items the panel never held, from a small
# human pilot of a hundred people. It reads no wordings: what nobody ever answered it cannot know.

# %%
pilot = us.read(sample_path("synthetic_pilot.csv"))
run = us.administer(survey, people, us.respondent("statistical", learn=panel, learn_from=pilot))
run

# %% [markdown]
# ## What do the answers rest on?
#
# Before the answers themselves: how many rest on the small pilot, how many on a declared relative
# of the question, and what was refused, with the sentence that says why.

# %%
{basis.value: count for basis, count in run.basis_counts().items()}

# %%
for name, why in run.meta["preparation"]["refused"].items():
    print(f"{name}: {why}")

# %% [markdown]
# ## Look at the answers
#
# `run.panel` is a panel like any other: labels, missing answers with their reasons, ready to be
# written as .sav for whoever writes the report.

# %%
answers = run.to_pandas(labels=True)
answers["four_day_week"].value_counts(sort=False, normalize=True).round(2)

# %%
answers.groupby(panel.to_pandas(labels=True)["gender"], observed=True)["phone_interest"].agg(
    ["mean", "std", "count"]
).round(2)

# %% [markdown]
# A question on which hardly anybody differs will cost fieldwork and tell nothing. The share of the
# most frequent answer is a quick look:

# %%
shares = {
    name: answers[name].value_counts(normalize=True).max()
    for name in ("four_day_week", "ai_worry", "bike_lanes", "coffee_brand")
}
{name: round(float(share), 2) for name, share in shares.items()}

# %% [markdown]
# ## Would a language model have more to say?
#
# It could answer the open question and react to the experiment, which the embedded respondent
# refuses to. What it would cost is rehearsed, not guessed; nothing is sent, no key is needed.

# %%
price = us.estimate(survey, people, "anthropic:claude-haiku-5-5")
price

# %%
price.to_pandas()

# %% [markdown]
# A rehearsal with a scripted model (valid answers by chance) sends every page through the same
# machinery, so that routing, options and parsing are tried out before money is. Its answers mean
# nothing.

# %%
rehearsal = us.administer(survey, people, "scripted:", limit=25)
rehearsal.dispositions()

# %%
first = people.ids[0]
for shown in rehearsal.shown(first):
    print(shown.text)

# %% [markdown]
# ## What this does not tell you
#
# The scores of such a pilot cannot be had before people answer. Ask a hundred of them, and
# compare: `us.compare(run, people_panel)`. The notebook *Can twins stand in for my panel?* shows
# how to read what it says.
