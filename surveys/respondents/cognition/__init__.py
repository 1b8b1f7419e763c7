"""How parametric people decide: their parameters, their noise, and models that tasks share."""
