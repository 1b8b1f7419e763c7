"""What a task measures, and what people do; see `data/references.py`, where these live so that
comparing needs no questionnaires."""

from __future__ import annotations

from ...data.references import Mark, Measure, Reference, Statistic, estimate, in_arm

__all__ = ["Mark", "Measure", "Reference", "Statistic", "estimate", "in_arm"]
