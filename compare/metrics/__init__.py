"""Pure array functions, one family of metrics per file. See `weights` for the shapes."""

from .agreement import accuracy, cell_accuracy, cell_exact, exact_agreement
from .association import fisher_mean, midranks, pearson, spearman
from .bootstrap import (
    bca_interval,
    bootstrap_interval,
    distance_interval,
    jackknife_error,
    jackknife_weights,
    percentile_interval,
    resamples,
)
from .dispersion import (
    entropy,
    entropy_ratio,
    extreme_share,
    glass_delta,
    modal_share,
    sd,
    sd_ratio,
)
from .distance import (
    counts_at,
    jensen_shannon,
    shares_of,
    total_variation,
    wasserstein,
    wasserstein_values,
)
from .reliability import Normalised, SplitHalf, half_splits, normalised_accuracy, split_half
from .weights import ratio, shares, weighted_mean

__all__ = [
    "Normalised",
    "SplitHalf",
    "accuracy",
    "bca_interval",
    "bootstrap_interval",
    "cell_accuracy",
    "cell_exact",
    "counts_at",
    "distance_interval",
    "entropy",
    "entropy_ratio",
    "exact_agreement",
    "extreme_share",
    "fisher_mean",
    "glass_delta",
    "half_splits",
    "jackknife_error",
    "jackknife_weights",
    "jensen_shannon",
    "midranks",
    "modal_share",
    "normalised_accuracy",
    "pearson",
    "percentile_interval",
    "ratio",
    "resamples",
    "sd",
    "sd_ratio",
    "shares",
    "shares_of",
    "spearman",
    "split_half",
    "total_variation",
    "wasserstein",
    "wasserstein_values",
    "weighted_mean",
]
