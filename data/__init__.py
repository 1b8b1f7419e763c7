"""Respondent files, codebooks, panels, privacy, samples, and the error tree. Floor 1."""
