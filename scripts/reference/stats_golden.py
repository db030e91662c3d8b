"""Reference results for crates/stats, from scipy, statsmodels, arch and ruptures.

    python scripts/reference/stats_golden.py [NAME…]   (with the Python of the environment `reference`)

writes crates/stats/tests/golden/*.json, or those of the given names. Each file carries the versions
that made it and, a case each, the input and the expected figures; `null` says that the figure is not
defined. The inputs are random with a fixed seed, and adversarial: tiny and huge units, ties, outliers,
few values. All of them take some ten minutes.
"""

import importlib.metadata
import itertools
import json
import math
import pathlib
import sys
import warnings

import numpy as np
import scipy
import stats_golden_planning
import stats_golden_resampled
import stats_golden_tests
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower, TTestPower
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import ttost_paired
from statsmodels.tsa.stattools import acf

SEED = 20260601
VERSIONS = {name: importlib.metadata.version(name) for name in ("arch", "numpy", "ruptures", "scipy", "statsmodels")}
CASES = 220
OUT = pathlib.Path(__file__).parents[2] / "crates" / "stats" / "tests" / "golden"


def main() -> None:
    warnings.simplefilter("ignore")
    OUT.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1:] or list(FILES)
    unknown = sorted(set(wanted) - set(FILES))
    if unknown:
        sys.exit(f"error: there is no {', '.join(unknown)}\nhint: known are {', '.join(FILES)}")
    for number, (name, cases_of) in enumerate(FILES.items()):
        if name not in wanted:
            continue
        # By the place in the table, so that a new file leaves the older ones as they are: add at the end.
        random = np.random.default_rng([SEED, number])
        document = {
            "made_by": "scripts/reference/stats_golden.py",
            "versions": VERSIONS,
            "cases": list(cases_of(random)),
        }
        text = json.dumps(document, separators=(",", ":"), allow_nan=False)
        (OUT / f"{name}.json").write_text(text.replace('{"', '\n{"', 1 << 30) + "\n")


def side(random, n):
    """Positive costs: mostly mildly lognormal around some unit, at times heavy-tailed or spiked."""
    unit = 10.0 ** random.uniform(-3, 12)
    spread = 10.0 ** random.uniform(-4, 0)
    values = unit * np.exp(spread * random.standard_normal(n))
    kind = random.integers(5)
    if kind == 0:
        values[random.integers(n)] *= 1e3
    elif kind == 1:
        values *= np.exp(spread * np.clip(random.standard_t(2, n), -15, 15))
    return values


def pairs(random, low=2, high=40):
    n = int(random.integers(low, high))
    left = side(random, n)
    if random.integers(2):
        # Nearly equal sides, as an A/A comparison has them.
        return left, left * np.exp(0.01 * random.standard_normal(n))
    return left, side(random, n)


def interval_of(result, level):
    low, high = result.confidence_interval(level)
    return [math.exp(low), math.exp(high)]


def paired_cases(random):
    for _ in range(CASES):
        left, right = pairs(random)
        x, y = np.log(left), np.log(right)
        test = stats.ttest_rel(x, y)
        margin = float(random.choice([1.02, 1.05, 1.10]))
        tost = ttost_paired(left, right, 1 / margin, margin, transform=np.log)
        yield {
            "left": left.tolist(),
            "right": right.tolist(),
            "ratio": stats.gmean(left) / stats.gmean(right),
            "sd": float(np.std(x - y, ddof=1)),
            "p": float(test.pvalue),
            "interval_95": interval_of(test, 0.95),
            "interval_90": interval_of(test, 0.90),
            "margin": margin,
            "p_equivalence": float(tost[0]),
            "hedges_g": hedges(x, y),
            "total": fieller(left, right),
        }


def hedges(x, y):
    """Cohen's d over the pooled sd, times the exact correction as a ratio of gamma functions."""
    df = len(x) + len(y) - 2
    pooled = math.sqrt((np.var(x, ddof=1) * (len(x) - 1) + np.var(y, ddof=1) * (len(y) - 1)) / df)
    # scipy's gamma function where it does not overflow, its logarithm beyond.
    correction = math.exp(scipy.special.gammaln(df / 2) - scipy.special.gammaln((df - 1) / 2)) / math.sqrt(df / 2)
    return float((np.mean(x) - np.mean(y)) / pooled * correction)


def fieller(left, right):
    """The total's ratio, and its bounds as what a t-test of left - ratio * right does not refuse."""
    ratio = float(np.sum(left) / np.sum(right))
    critical = stats.t.ppf(0.975, len(left) - 1)
    unbounded = abs(stats.ttest_1samp(right, 0.0).statistic) <= critical
    if unbounded:
        return {"ratio": ratio, "interval": None}

    def distance(rho):
        return abs(stats.ttest_1samp(left - rho * right, 0.0).statistic) - critical

    step = ratio * 1e-3
    low, high = ratio - step, ratio + step
    while distance(low) < 0:
        step *= 2
        low = ratio - step
    step = ratio * 1e-3
    while distance(high) < 0:
        step *= 2
        high = ratio + step
    bounds = [
        optimize.brentq(distance, low, ratio, xtol=1e-300, rtol=1e-13),
        optimize.brentq(distance, ratio, high, xtol=1e-300, rtol=1e-13),
    ]
    return {"ratio": ratio, "interval": bounds}


def welch_cases(random):
    for _ in range(CASES):
        left, right = side(random, int(random.integers(2, 40))), side(random, int(random.integers(2, 40)))
        test = stats.ttest_ind(np.log(left), np.log(right), equal_var=False)
        yield {
            "left": left.tolist(),
            "right": right.tolist(),
            "ratio": stats.gmean(left) / stats.gmean(right),
            "df": float(test.df),
            "p": float(test.pvalue),
            "interval": interval_of(test, 0.95),
        }


def rank_cases(random):
    for number in range(CASES):
        n = int(random.integers(1, 70))
        values = random.standard_normal(n) + random.uniform(-1, 1)
        yield {
            "values": values.tolist(),
            "p": untied_p(values),
            "estimate": walsh_median(values),
            "interval": signed_rank_interval(values) if n <= 40 and number % 2 == 0 else None,
        }
    for _ in range(CASES // 2):
        # Ties and zeros: every assignment of signs is counted.
        values = random.integers(-3, 5, int(random.integers(1, 13))).astype(float)
        yield {"values": values.tolist(), "p": enumerated_p(values), "estimate": walsh_median(values), "interval": None}


def untied_p(values):
    exact = len(values) <= 50
    result = stats.wilcoxon(values, method="exact" if exact else "asymptotic", correction=False)
    return float(result.pvalue)


def enumerated_p(values):
    values = values[values != 0]
    if len(values) == 0:
        return None
    ranks = stats.rankdata(np.abs(values))
    observed = ranks[values > 0].sum()
    signs = np.array(list(itertools.product([0, 1], repeat=len(values))))
    sums = signs @ ranks
    return float(min(1.0, 2 * min(np.mean(sums <= observed), np.mean(sums >= observed))))


def walsh(values):
    first, second = np.triu_indices(len(values))
    return np.sort((values[first] + values[second]) / 2)


def walsh_median(values):
    return float(np.median(walsh(values)))


def signed_rank_interval(values):
    """All shifts that the exact test keeps at 5 %, found by trying one between each two pairwise means."""
    means = walsh(values)
    between = (means[1:] + means[:-1]) / 2
    kept = [i for i, shift in enumerate(between) if stats.wilcoxon(values - shift, method="exact").pvalue > 0.05]
    outside = stats.wilcoxon(values - means[0] + 1.0, method="exact").pvalue
    if outside > 0.05 or not kept:
        return None
    return [float(means[kept[0]]), float(means[kept[-1] + 1])]


def describe_cases(random):
    for _ in range(CASES):
        values = side(random, int(random.integers(1, 60)))
        n = len(values)
        q1, q3 = np.quantile(values, [0.25, 0.75])
        reach = {factor: factor * (q3 - q1) for factor in (1.5, 3.0)}
        beyond = {factor: (values < q1 - far) | (values > q3 + far) for factor, far in reach.items()}
        yield {
            "values": values.tolist(),
            "mean": float(np.mean(values)),
            "geometric_mean": float(stats.gmean(values)),
            "sd": float(np.std(values, ddof=1)) if n > 1 else None,
            "cv": float(np.std(np.log(values), ddof=1)) if n > 1 else None,
            "quantiles": [[p, float(np.quantile(values, p))] for p in (0.0, 0.05, 0.25, 0.5, 0.75, 0.9, 1.0)],
            "mild": np.flatnonzero(beyond[1.5] & ~beyond[3.0]).tolist() if n >= 4 else None,
            "severe": np.flatnonzero(beyond[3.0]).tolist() if n >= 4 else None,
            "autocorrelation": float(acf(values, nlags=1, fft=False)[1]) if n > 2 else None,
        }


def multiple_cases(random):
    for _ in range(CASES):
        p = random.uniform(0, 1, int(random.integers(1, 60))) ** random.choice([1, 4, 20])
        if random.integers(3) == 0:
            p = np.round(p, 2)
        yield {
            "p": p.tolist(),
            "holm": multipletests(p, method="holm")[1].tolist(),
            "benjamini_hochberg": multipletests(p, method="fdr_bh")[1].tolist(),
        }


def proportion_cases(random):
    counts = [(k, n) for n in (1, 2, 3, 20, 200) for k in {0, 1, n // 2, n - 1, n} if 0 <= k <= n]
    counts += [(int(random.integers(0, n + 1)), int(n)) for n in random.integers(1, 5_000, CASES)]
    for k, n in counts:
        level = float(random.choice([0.90, 0.95, 0.99]))
        yield {
            "hits": int(k),
            "tries": int(n),
            "level": level,
            "wilson": [float(x) for x in proportion_confint(k, n, 1 - level, method="wilson")],
            "clopper_pearson": [float(x) for x in proportion_confint(k, n, 1 - level, method="beta")],
        }


def power_cases(random):
    for _ in range(CASES):
        pairs_n = int(random.integers(2, 300))
        effect = float(10 ** random.uniform(-2, 0.7))
        alpha = float(random.choice([0.01, 0.05, 0.10]))
        yield {
            "n": pairs_n,
            "effect": effect,
            "alpha": alpha,
            "paired": noncentral_power(pairs_n - 1, effect * math.sqrt(pairs_n), alpha),
            "two_sample": noncentral_power(2 * pairs_n - 2, effect * math.sqrt(pairs_n / 2), alpha),
        }


def noncentral_power(df, shift, alpha):
    critical = stats.t.ppf(1 - alpha / 2, df)
    value = stats.nct.sf(critical, df, shift) + stats.nct.cdf(-critical, df, shift)
    return float(value) if math.isfinite(value) else None


def planning_cases(random):
    """Sample sizes and detectable ratios by statsmodels' own search."""
    for _ in range(CASES):
        effect = float(10 ** random.uniform(-1, 0.3))
        exact = TTestPower().solve_power(effect_size=effect, alpha=0.05, power=0.8, alternative="two-sided")
        exact_two = TTestIndPower().solve_power(effect_size=effect, alpha=0.05, power=0.8, alternative="two-sided")
        n = int(random.integers(3, 120))
        sd = float(10 ** random.uniform(-3, -0.5))
        shift = TTestPower().solve_power(nobs=n, alpha=0.05, power=0.8, alternative="two-sided")
        yield {
            "effect": effect,
            "pairs": float(np.atleast_1d(exact)[0]),
            "runs_a_side": float(np.atleast_1d(exact_two)[0]),
            "n": n,
            "sd": sd,
            "detectable_ratio": float(math.exp(np.atleast_1d(shift)[0] * sd)),
        }


def student_cases(random):
    for _ in range(CASES):
        df = float(random.choice([1, 2, 3, 5, 9, 29, 99, 2.06, 1e4, 10 ** random.uniform(0, 5)]))
        t = float(10 ** random.uniform(-3, 4) * random.choice([-1, 1]))
        p = float(random.choice([0.5, 0.9, 0.95, 0.975, 0.995, random.uniform(0.001, 0.999)]))
        yield {
            "df": df,
            "t": t,
            "p_two_sided": float(2 * stats.t.sf(abs(t), df)),
            "probability": p,
            "quantile": float(stats.t.ppf(p, df)),
            "normal_quantile": float(stats.norm.ppf(p)),
        }


def pooled_cases(random):
    for _ in range(CASES):
        cells = [log_ratios(random).tolist() for _ in range(int(random.integers(3, 9)))]
        estimate = float(np.mean([np.mean(cell) for cell in cells]))
        variances = np.array([np.var(cell, ddof=1) / len(cell) for cell in cells])
        dfs = np.array([len(cell) - 1 for cell in cells])
        df = variances.sum() ** 2 / (variances**2 / dfs).sum()
        half = stats.t.ppf(0.975, df) * math.sqrt(variances.sum()) / len(cells)
        yield {
            "cells": cells,
            "ratio": math.exp(estimate),
            "interval": [math.exp(estimate - half), math.exp(estimate + half)],
        }


def log_ratios(random):
    noise = random.standard_normal(int(random.integers(2, 14)))
    return random.normal(0, 0.5) + 10 ** random.uniform(-3, -0.5) * noise


FILES = {
    "paired": paired_cases,
    "welch": welch_cases,
    "rank": rank_cases,
    "describe": describe_cases,
    "multiple": multiple_cases,
    "proportion": proportion_cases,
    "power": power_cases,
    "planning": planning_cases,
    "student": student_cases,
    "pooled": pooled_cases,
    **stats_golden_tests.FILES,
    **stats_golden_resampled.FILES,
    **stats_golden_planning.FILES,
}

if __name__ == "__main__":
    main()
