"""Interviews held: pages to respondents, checked replies to the ledger, progress to people."""
