"""Interview backstories. Floor 3."""
