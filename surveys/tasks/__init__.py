"""Behavioural-economics tasks, one per file."""
