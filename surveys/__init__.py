"""Questionnaires, tasks, importers, respondents, fieldwork and its ledger. Floor 4."""
