"""Question types, one per file."""
