"""Panels into respondent files: one writer per format."""
