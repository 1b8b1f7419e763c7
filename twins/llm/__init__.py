"""Language models that can voice a twin: what is said to them, and who carries it there."""
