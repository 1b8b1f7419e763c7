"""Interview protocols that ship: YAML files, one each."""
