"""Metrics over plain arrays, one family per file."""
