"""The bundled synthetic sample and the generator that made it."""
