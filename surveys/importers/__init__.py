"""Questionnaires from other programs, one importer per format."""
