"""Further reference results for crates/stats, written by stats_golden.py: ranks, permutations, tables,
spreads, quantiles, factors, many groups, change points, rewards, folds, survival, series, resampling.
"""

import itertools
import math

import numpy as np
import pandas as pd
import ruptures
from arch.bootstrap import optimal_block_length
from scipy import optimize, stats
from statsmodels.duration.survfunc import SurvfuncRight, survdiff
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

CASES = 210


def values_of(random, n):
    """Normal, heavy-tailed, tied or huge values."""
    kind = random.integers(4)
    values = random.standard_normal(n)
    if kind == 1:
        values = random.standard_t(1.5, n)
    elif kind == 2:
        values = np.round(2 * values)
    elif kind == 3:
        values = values * 10.0 ** random.uniform(-6, 9)
    return values


def two_sides(random, low=2, high=30):
    left = values_of(random, int(random.integers(low, high)))
    right = values_of(random, int(random.integers(low, high)))
    return left, right + random.choice([0.0, 1.0])


def rank_sum_cases(random):
    for number in range(CASES):
        left, right = two_sides(random, high=8 if number % 3 == 0 else 45)
        both = np.concatenate([left, right])
        tied = len(np.unique(both)) < len(both)
        few = len(both) <= 50
        if len(np.unique(both)) == 1:
            p = None
        elif tied and few:
            p = counted_rank_sums(left, right) if math.comb(len(both), len(left)) <= 5_000 else "unchecked"
        else:
            method = "exact" if few else "asymptotic"
            p = float(stats.mannwhitneyu(left, right, method=method, use_continuity=False).pvalue)
        u = float(stats.mannwhitneyu(left, right, method="asymptotic").statistic)
        yield {"left": left.tolist(), "right": right.tolist(), "p": p, "above": u, **brunner_munzel(left, right)}


def counted_rank_sums(left, right):
    """Every choice of the left side's ranks, each equally likely."""
    ranks = stats.rankdata(np.concatenate([left, right]))
    observed = ranks[: len(left)].sum()
    sums = np.array([sum(choice) for choice in itertools.combinations(ranks, len(left))])
    return float(min(1.0, 2 * min(np.mean(sums <= observed), np.mean(sums >= observed))))


def brunner_munzel(left, right):
    result = stats.brunnermunzel(left, right)
    # Sides that do not overlap have no spread of placements.
    p = float(result.pvalue) if math.isfinite(result.statistic) else None
    return {"p_brunner_munzel": p}


def permutation_cases(random):
    for _ in range(CASES):
        differences = values_of(random, int(random.integers(2, 12)))
        left, right = two_sides(random, high=6)
        flips = None
        if np.any(differences != 0):
            flips = stats.permutation_test(
                (differences,), lambda x, axis: np.sum(x, axis=axis), permutation_type="samples", n_resamples=np.inf
            ).pvalue
        exchanged = None
        if len(np.unique(np.concatenate([left, right]))) > 1:
            exchanged = stats.permutation_test(
                (left, right), lambda x, y, axis: np.mean(x, axis=axis) - np.mean(y, axis=axis), n_resamples=np.inf
            ).pvalue
        yield {
            "differences": differences.tolist(),
            "sign_flips": None if flips is None else float(flips),
            "left": left.tolist(),
            "right": right.tolist(),
            "exchanged": None if exchanged is None else float(exchanged),
        }


def yekutieli_cases(random):
    for _ in range(CASES):
        p = random.uniform(0, 1, int(random.integers(1, 40))) ** random.choice([1, 4, 20])
        yield {"p": p.tolist(), "benjamini_yekutieli": multipletests(p, method="fdr_by")[1].tolist()}


def contingency_cases(random):
    fixed = [(13, 18, 7, 18), (0, 5, 5, 5), (0, 3, 0, 3), (1, 1, 0, 1), (20, 20, 10, 20)]
    for number in range(CASES):
        m, n = int(random.integers(1, 40)), int(random.integers(1, 40))
        hits, other = int(random.integers(0, m + 1)), int(random.integers(0, n + 1))
        if number < len(fixed):
            hits, m, other, n = fixed[number]
        table = [[hits, m - hits], [other, n - other]]
        all_alike = hits + other in (0, m + n)
        newcombe = confint_proportions_2indep(hits, m, other, n, compare="diff", method="newcomb", alpha=0.05)
        b, c = int(random.integers(0, 30)), int(random.integers(0, 30))
        yield {
            "counts": [hits, m, other, n],
            "fisher": float(stats.fisher_exact(table).pvalue),
            # Here the two samples are the table's columns.
            "boschloo": float(stats.boschloo_exact(np.transpose(table), n=64).pvalue)
            if number % 5 == 0 and not all_alike
            else None,
            "newcombe": [float(x) for x in newcombe],
            "chi_squared": None if all_alike else float(stats.chi2_contingency(table, correction=False).pvalue),
            "expected_min": None if all_alike else float(stats.contingency.expected_freq(table).min()),
            "unequal": [b, c],
            "mcnemar": float(mcnemar([[0, b], [c, 0]], exact=True).pvalue) if b + c else None,
        }


def spread_cases(random):
    for _ in range(CASES):
        n = int(random.integers(4, 40))
        left = random.standard_normal(n) * 10.0 ** random.uniform(-1, 1)
        right = random.standard_normal(n) + random.uniform(-1, 1) * left
        groups = [random.standard_normal(int(random.integers(3, 20))) * random.uniform(0.5, 3) for _ in range(3)]
        chi = stats.chi2.ppf([0.975, 0.025], n - 1)
        yield {
            "left": left.tolist(),
            "right": right.tolist(),
            "ratio": float(np.std(left, ddof=1) / np.std(right, ddof=1)),
            "pitman_morgan": float(stats.pearsonr(left + right, left - right).pvalue),
            "interval": spread_interval(left, right),
            "sd_interval": [float(np.std(left, ddof=1) * math.sqrt((n - 1) / c)) for c in chi],
            "groups": [group.tolist() for group in groups],
            "brown_forsythe": float(stats.levene(*groups, center="median").pvalue),
        }


def spread_interval(left, right):
    """The ratios of spreads that the test does not refuse when one side is scaled by them."""

    def refused(log_ratio):
        scaled = left / math.exp(log_ratio)
        return stats.pearsonr(scaled + right, scaled - right).pvalue - 0.05

    middle = math.log(np.std(left, ddof=1) / np.std(right, ddof=1))
    bounds = [optimize.brentq(refused, *ends, xtol=1e-14) for ends in ((middle - 9, middle), (middle, middle + 9))]
    return [math.exp(bound) for bound in bounds]


def order_cases(random):
    for _ in range(CASES):
        values = values_of(random, int(random.integers(2, 120)))
        probability = float(random.choice([0.5, 0.25, 0.9, 0.95, random.uniform(0.02, 0.98)]))
        interval = stats.quantile_test(values, p=probability).confidence_interval(0.95)
        bounded = math.isfinite(interval.low) and math.isfinite(interval.high)
        yield {
            "values": values.tolist(),
            "probability": probability,
            "harrell_davis": float(stats.mstats.hdquantiles(values, prob=[probability])[0]),
            "interval": [float(interval.low), float(interval.high)] if bounded else None,
        }


def factor_cases(random):
    for _ in range(CASES):
        a, b, size = (int(random.integers(2, 5)) for _ in range(3))
        y = random.standard_normal((a, b, size)) + random.standard_normal((a, 1, 1)) * random.choice([0, 1])
        y = y * 10.0 ** random.uniform(-3, 3)
        levels = [values_of(random, int(random.integers(2, 9))).tolist() for _ in range(int(random.integers(2, 6)))]
        row, column, _ = np.indices(y.shape)
        frame = pd.DataFrame({"y": y.ravel(), "row": row.ravel(), "column": column.ravel()})
        table = anova_lm(ols("y ~ C(row) * C(column)", frame).fit())
        flat = y.reshape(a * b, size)
        yield {
            "cells": y.tolist(),
            "two_way": {name: effect_of(table, place) for place, name in enumerate(["rows", "columns", "interaction"])},
            "levels": levels,
            "one_way_p": float(stats.f_oneway(*levels).pvalue),
            "components": components_of(flat),
        }


def effect_of(table, place):
    own, noise, total = table["sum_sq"].iloc[place], table["mean_sq"].iloc[3], table["sum_sq"].sum()
    omega = (own - table["df"].iloc[place] * noise) / (total + noise)
    return [float(table["PR(>F)"].iloc[place]), float(max(0.0, omega))]


def components_of(groups):
    """Restricted maximum likelihood of equal groups, its likelihood maximised numerically."""
    k, n = groups.shape
    scale = float(np.std(groups))
    y = (groups - groups.mean()) / scale
    within = float(np.sum((y - y.mean(axis=1, keepdims=True)) ** 2))
    between = float(n * np.sum(y.mean(axis=1) ** 2))

    def minus_twice(logs):
        run, group = math.exp(logs[0]), math.exp(logs[1])
        shared = run + n * group
        return k * (n - 1) * math.log(run) + (k - 1) * math.log(shared) + within / run + between / shared

    starts = [(-0.5, s) for s in (-1.0, -8.0, -25.0)]
    options = {"xatol": 1e-10, "fatol": 1e-13, "maxiter": 20_000, "maxfev": 20_000}
    found = min(
        (optimize.minimize(minus_twice, start, method="Nelder-Mead", options=options) for start in starts),
        key=lambda result: result.fun,
    )
    sds = [scale * math.exp(log / 2) for log in found.x]
    p = stats.f.cdf(between / (k - 1) / (within / (k * (n - 1))), k - 1, k * (n - 1))
    return {"sd_run": sds[0], "sd_configuration": sds[1], "scale": scale, "p_too_even": float(p)}


def many_cases(random):
    for number in range(CASES):
        k, n = int(random.integers(3, 7)), int(random.integers(3, 25))
        shared, slope = random.standard_normal((n, 1)) * 3, random.uniform(0, 1)
        blocks = random.standard_normal((n, k)) + shared + np.arange(k) * slope
        if number % 3 == 0:
            blocks = np.round(blocks)
        ranks = np.apply_along_axis(stats.rankdata, 1, blocks)
        error = math.sqrt(k * (k + 1) / (12 * n))
        means = ranks.mean(axis=0)
        pairs = [
            [float(stats.studentized_range.sf(abs(means[i] - means[j]) / error, k, np.inf)) for j in range(i)]
            for i in range(k)
        ]
        groups = [random.standard_normal(int(random.integers(3, 9))) + random.uniform(0, 2) for _ in range(3)]
        tukey = stats.tukey_hsd(*groups).pvalue
        yield {
            "blocks": blocks.tolist(),
            "friedman": float(stats.friedmanchisquare(*blocks.T).pvalue),
            "mean_ranks": means.tolist(),
            "nemenyi": pairs,
            "critical_difference": float(stats.studentized_range.ppf(0.95, k, np.inf) * error),
            "groups": [group.tolist() for group in groups],
            "tukey": [[float(tukey[i, j]) for j in range(i)] for i in range(3)],
            **in_blocks(blocks, with_dunnett=number % 10 == 1),
        }


def in_blocks(blocks, with_dunnett):
    n, k = blocks.shape
    means = blocks.mean(axis=0)
    left = blocks - blocks.mean(axis=1, keepdims=True) - means + blocks.mean()
    df = (n - 1) * (k - 1)
    noise = np.sum(left**2) / df
    if noise < 1e-20:
        return {"tukey_in_blocks": None, "dunnett_in_blocks": None}
    q = np.abs(means[:, None] - means) / math.sqrt(noise / n)
    pairs = [[float(stats.studentized_range.sf(q[i, j], k, df)) for j in range(i)] for i in range(k)]
    dunnett = None
    if with_dunnett:
        # All contrasts with the first column are correlated by a half.
        t = np.abs(means[1:] - means[0]) / math.sqrt(2 * noise / n)
        shape = np.full((k - 1, k - 1), 0.5) + 0.5 * np.eye(k - 1)
        law = stats.multivariate_t(shape=shape, df=df, allow_singular=False, seed=1)
        dunnett = [float(1 - law.cdf([x] * (k - 1), lower_limit=[-x] * (k - 1), maxpts=200_000 * k)) for x in t]
    return {"tukey_in_blocks": pairs, "dunnett_in_blocks": dunnett}


def change_point_cases(random):
    for _ in range(CASES):
        stretches = []
        for _ in range(int(random.integers(1, 5))):
            length = int(random.integers(15, 60))
            stretches.append(random.normal(random.uniform(-5, 5), random.uniform(0.2, 2), length))
        values = np.concatenate(stretches)
        # The reference adds 1e-6 to each variance: on this scale, nothing.
        scaled = (values - values.mean()) / values.std()
        found = ruptures.Pelt(model="normal", min_size=2, jump=1).fit(scaled).predict(pen=15 * math.log(len(values)))
        yield {"values": [round(float(x), 6) for x in values], "changes": found[:-1]}


def aggregate_cases(random):
    for _ in range(CASES):
        tasks = [two_sides(random, low=3, high=20) for _ in range(int(random.integers(1, 5)))]
        values = values_of(random, int(random.integers(1, 60)))
        thresholds = np.sort(values_of(random, 5))
        wanted = float(np.max(values) - random.uniform(0, 1))
        better = [stats.mannwhitneyu(x, y, method="asymptotic").statistic / (len(x) * len(y)) for x, y in tasks]
        yield {
            "values": values.tolist(),
            "interquartile_mean": float(stats.trim_mean(values, 0.25)),
            "thresholds": thresholds.tolist(),
            "profile": [float(np.mean(values > threshold)) for threshold in thresholds],
            "wanted": wanted,
            "optimality_gap": float(wanted - np.mean(np.minimum(values, wanted))),
            "tasks": [[x.tolist(), y.tolist()] for x, y in tasks],
            "probability_of_improvement": float(np.mean(better)),
        }


def fold_cases(random):
    for _ in range(CASES):
        differences = random.normal(random.choice([0.0, 1.0]), 1.0, (5, 2)) * 10.0 ** random.uniform(-4, 2)
        squares = np.sum(np.var(differences, axis=1, ddof=1))
        splits = random.standard_normal(int(random.integers(2, 30))) + random.choice([0.0, 1.0])
        share = float(random.choice([1 / 9, 0.25, 1.0]))
        n = len(splits)
        t = np.mean(splits) / math.sqrt(np.var(splits, ddof=1) * (1 / n + share))
        yield {
            "differences": differences.tolist(),
            "t": float(2 * stats.t.sf(abs(differences[0, 0] / math.sqrt(squares / 5)), 5)),
            "f": float(stats.f.sf(np.sum(differences**2) / (2 * squares), 10, 5)),
            "splits": splits.tolist(),
            "test_share": share,
            "corrected_t": float(2 * stats.t.sf(abs(t), n - 1)),
        }


def survival_cases(random):
    for number in range(CASES):
        sides = []
        for _ in range(2):
            n = int(random.integers(3, 30))
            times = np.ceil(random.exponential(10, n)) if number % 2 else random.exponential(10, n)
            sides.append((times, random.integers(0, 4, n) > 0))
        (left, left_reached), (right, right_reached) = sides
        if not (left_reached.any() and right_reached.any()):
            left_reached[0] = right_reached[0] = True
        curve = SurvfuncRight(left, left_reached.astype(int))
        _, p = survdiff(
            np.concatenate([left, right]),
            np.concatenate([left_reached, right_reached]).astype(int),
            np.array([0] * len(left) + [1] * len(right)),
        )
        halved = curve.surv_times[curve.surv_prob <= 0.5 + 1e-12]
        yield {
            "left": [[float(t), bool(r)] for t, r in zip(left, left_reached, strict=True)],
            "right": [[float(t), bool(r)] for t, r in zip(right, right_reached, strict=True)],
            "times": curve.surv_times.tolist(),
            "shares": curve.surv_prob.tolist(),
            "median": float(halved[0]) if len(halved) else None,
            "log_rank": float(p) if math.isfinite(p) else None,
        }


def series_cases(random):
    for _ in range(CASES):
        n = int(random.integers(20, 200))
        resemblance = random.uniform(-0.5, 0.95)
        values = [float(random.standard_normal())]
        for _ in range(n - 1):
            values.append(resemblance * values[-1] + float(random.standard_normal()))
        yield {"values": values, "stretch": float(optimal_block_length(np.array(values))["stationary"].iloc[0])}


def bootstrap_cases(random):
    """The corrected interval from given resamples, and whole bootstraps to compare within their noise."""
    for number in range(CASES):
        n = int(random.integers(10, 40))
        values = np.exp(random.uniform(0.05, 0.8) * random.standard_normal(n))
        kept = stats.bootstrap((values,), np.mean, n_resamples=99, rng=random, method="BCa")
        interval = kept.confidence_interval
        whole = None
        if number % 4 == 0:
            whole = {}
            for name, method in (("percentile", "percentile"), ("bca", "BCa")):
                found = stats.bootstrap((values,), stats.gmean, n_resamples=9_999, rng=random, method=method)
                whole[name] = [float(x) for x in found.confidence_interval]
        yield {
            "values": values.tolist(),
            "resampled": kept.bootstrap_distribution.tolist(),
            "bca": [float(interval.low), float(interval.high)],
            "whole": whole,
        }


FILES = {
    "rank_sum": rank_sum_cases,
    "permutation": permutation_cases,
    "yekutieli": yekutieli_cases,
    "contingency": contingency_cases,
    "spread": spread_cases,
    "order": order_cases,
    "factors": factor_cases,
    "many": many_cases,
    "change_points": change_point_cases,
    "aggregate": aggregate_cases,
    "folds": fold_cases,
    "survival": survival_cases,
    "series": series_cases,
    "bootstrap": bootstrap_cases,
}
