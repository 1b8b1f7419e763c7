"""Human panel × twin panel (× retest panel) into a scorecard. Floor 5; needs only data."""

from .scorecard import GroupScore, Headline, ItemScore, Scorecard, compare

__all__ = ["GroupScore", "Headline", "ItemScore", "Scorecard", "compare"]
