"""Questionnaire files: read with line numbers, written back, described by a JSON Schema."""
