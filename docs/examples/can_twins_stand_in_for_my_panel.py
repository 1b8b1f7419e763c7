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
# # Can twins stand in for my panel?
#
# The only way to know is to hold out answers that people have given, let their twins give them,
# and compare. This notebook does so on a synthetic panel that ships with understudy; with your own
# file, nothing changes but the first line.

# %%
import tempfile
from pathlib import Path

import understudy as us
from understudy.compare.report import write_report
from understudy.data.samples import sample_path

panel = us.read(sample_path("synthetic_panel_wave1.sav"))
again = us.read(sample_path("synthetic_panel_wave2.sav"))  # the same people, asked again later

# %% [markdown]
# ## Hold out, and ask
#
# No twin may see what it is asked, nor what would give it away: items of the same wording and
# declared siblings are hidden with it.

# %%
held_out = ["block:policy", "trust_police", "dictator_give"]
people = us.twins(panel, holdout=held_out)
survey = us.questionnaire(panel, items=held_out)
run = us.administer(survey, people, us.respondent("statistical", learn=panel))
run

# %% [markdown]
# ## Compare, and read the words first
#
# Every score stands between what is reached without knowing the person (a constant, an answer
# drawn at random, the twins' answers shuffled among the people) and what the people themselves
# reach when they are asked again.

# %%
card = us.compare(run, panel, retest=again, by=["gender", "education"])
for line in card.verdict:
    print("-", line)

# %%
card

# %% [markdown]
# Three questions, three answers:
#
# 1. **Shares and means?** Read the SD ratio and the distances, beside what halves of the people
#    are apart. Shuffled persons score the same: a good distance is no evidence about individuals.
# 2. **Single persons?** Read r, of the best guess, beside the retest. On attitudes .2 to .4 is
#    what records usually give; on decisions in games close to nothing.
# 3. **Relations between variables?** Read how items hang together. Twins drawn from the same
#    traits may hang together too well.

# %%
columns = ["n", "accuracy", "accuracy_constant", "accuracy_retest", "pearson", "sd_ratio"]
card.to_pandas()[columns].round(2)

# %% [markdown]
# ## Look

# %%
card.plot()

# %%
card.plot("redistribution")

# %% [markdown]
# ## For whom?
#
# Twins that serve most people well may serve some badly. Small subgroups come with wide intervals,
# and below ten people with no score at all.

# %%
card.plot(kind="groups", metric="accuracy")

# %% [markdown]
# ## Keep it
#
# One self-contained file, readable on paper and on a phone, with seed and versions in it.

# %%
with tempfile.TemporaryDirectory() as folder:
    report = Path(folder) / "report.html"
    write_report(card, report, context={"Respondent": "statistical"})
    print(f"{report.stat().st_size / 1000:.0f} kB")

# %% [markdown]
# ## So, can they?
#
# Not by a single number. A fair reading of a scorecard like this one: for shares of the whole
# sample, within the distances printed; for single persons, not; for a new question, only as far as
# it resembles those held out. The sample here is synthetic: its scores say that the machinery
# works, and nothing about your panel.
