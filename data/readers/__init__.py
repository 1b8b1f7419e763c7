"""Respondent files into panels: one reader per format."""
