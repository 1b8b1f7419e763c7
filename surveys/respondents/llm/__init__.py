"""The language-model respondent: how it is asked, and how its answers are read."""
