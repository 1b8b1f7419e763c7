"""The critic: what is wrong with an answer of an interview, by rules and by a second model."""
