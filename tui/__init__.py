"""The terminal app. Floor 6."""
