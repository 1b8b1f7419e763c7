"""A local server that speaks the protocols of Anthropic and of OpenAI, for tests and benchmarks."""
