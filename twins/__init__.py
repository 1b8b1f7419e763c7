"""A twin from a record: facts, persona text, held-out items, populations. Floor 2."""
