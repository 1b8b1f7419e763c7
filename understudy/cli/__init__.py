"""Batch commands, one module each."""
