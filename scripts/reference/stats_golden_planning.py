"""Further reference results for crates/stats, written by stats_golden.py: distributions, what numbers of
rounds can show, the machine's resolution, warm-up, intervals of ranks, sequences and selections. Where
no library has a figure, it is found from its definition: by search, by quadrature, by trying all.
"""

import math

import numpy as np
import ruptures
from scipy import optimize, stats
from stats_golden_tests import two_sides, values_of
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_ind
from statsmodels.tsa.stattools import acf

CASES = 210
NODES, WEIGHTS = np.polynomial.legendre.leggauss(220)


def between(low, high):
    """Gauss and Legendre's nodes and weights of an interval."""
    return low + (high - low) * (NODES + 1) / 2, WEIGHTS * (high - low) / 2


def distribution_cases(random):
    for _ in range(CASES):
        above, below = float(random.integers(1, 12)), float(random.integers(1, 60))
        f, x = float(10 ** random.uniform(-2, 2)), float(10 ** random.uniform(-2, 2))
        tries, share = int(random.integers(1, 400)), float(random.uniform(0.01, 0.99))
        k, probability = int(random.integers(0, tries + 1)), float(random.uniform(0.001, 0.999))
        groups, df = int(random.integers(2, 9)), float(random.choice([2, 5, 9, 30, 120]))
        q, correlation = float(random.uniform(0.2, 7)), float(random.choice([0.5, random.uniform(0, 0.9)]))
        yield {
            "f": [f, above, below, float(stats.f.sf(f, above, below)), float(stats.f.cdf(f, above, below))],
            "chi_squared": [x, above, float(stats.chi2.sf(x, above))],
            "chi_squared_quantile": [probability, below, float(stats.chi2.ppf(probability, below))],
            "binomial": [k, tries, share, float(stats.binom.cdf(k, tries, share))],
            "range": [q, groups, df, float(stats.studentized_range.cdf(q, groups, df))],
            "dunnett": [q / 2, groups - 1, correlation, df, dunnett(q / 2, groups - 1, correlation, df)],
        }


def dunnett(t, comparisons, correlation, df):
    """P(all |T| ≤ t): over the common reference's own deviate, and over the estimated spread."""
    z, of_z = between(-9, 9)
    s, of_s = between(*stats.chi.ppf([1e-15, 1 - 1e-15], df) / math.sqrt(df))
    own = math.sqrt(1 - correlation)
    bound = t * s[:, None] / own
    shared = math.sqrt(correlation) * z / own
    inside = (stats.norm.cdf(bound + shared) - stats.norm.cdf(-bound + shared)) ** comparisons
    given_spread = inside @ (of_z * stats.norm.pdf(z))
    return float(of_s * stats.chi.pdf(s * math.sqrt(df), df) * math.sqrt(df) @ given_spread)


def claim_cases(random):
    # The 80 % quantile of |Z| + Z', of independent standard normals.
    z, of_z = between(0, 9)
    beyond_itself = round(
        optimize.brentq(lambda q: 2 * of_z * stats.norm.pdf(z) @ stats.norm.cdf(q - z) - 0.8, 0, 5), 2
    )
    for _ in range(CASES):
        margin, effect = float(random.uniform(1.01, 1.3)), float(10 ** random.uniform(-1.2, 0.4))
        claims, gate = int(random.integers(1, 30)), float(random.uniform(1.0, 1.1))
        n, pairs = int(random.integers(3, 80)), int(random.integers(2, 120))
        ratio = float(random.uniform(1 / margin, margin))
        yield claim(margin, effect, claims, n, gate, beyond_itself) | {
            "pairs": pairs,
            "ratio": ratio,
            "equivalence": equivalence(pairs, margin, math.log(margin) / effect, ratio),
        }


def claim(margin, effect, claims, n, gate, beyond_itself):
    sd = math.log(margin) / effect
    runs_effect = optimize.brentq(lambda d: two_sample(n, d, 0.05) - 0.8, 1e-3, 12)
    pairs_effect = optimize.brentq(lambda d: paired(n, d, 0.05) - 0.8, 1e-3, 12)
    beyond = stats.t.ppf(0.8, n - 1) * sd / math.sqrt(n)
    by_chance = least(lambda n: paired(n, effect, 0.05 / claims) >= 0.8)
    resolved = least(lambda n: effect * math.sqrt(n) >= stats.t.ppf(0.975, n - 1) + beyond_itself)
    return {
        "margin": margin,
        "sd": sd,
        "claims": claims,
        "n": n,
        "gate": gate,
        "detectable_unpaired": math.exp(runs_effect * sd),
        "detectable_beyond": max(math.exp(pairs_effect * sd), gate * math.exp(beyond)),
        "rounds_for": least(lambda n: paired(n, effect, 0.05) >= 0.8),
        "runs_for": least(lambda n: two_sample(n, effect, 0.05) >= 0.8),
        "rounds_to_claim": max(by_chance, resolved),
        "rounds_for_equivalence": least(lambda n: equivalence(n, margin, sd, 1.0) >= 0.9),
        "simultaneous_level": 1 - float(multipletests([0.5] * claims, alpha=0.05, method="bonferroni")[3]),
    }


def paired(n, effect, alpha):
    return noncentral(n - 1, effect * math.sqrt(n), alpha)


def two_sample(n, effect, alpha):
    return noncentral(2 * n - 2, effect * math.sqrt(n / 2), alpha)


def noncentral(df, shift, alpha):
    critical = stats.t.ppf(1 - alpha / 2, df)
    power = stats.nct.sf(critical, df, shift) + stats.nct.cdf(-critical, df, shift)
    # scipy gives up far out, where the normal deviate alone decides.
    return power if math.isfinite(power) else float(stats.norm.sf(critical - shift))


def least(suffices):
    """The smallest number from 2 on that suffices, of a condition that then stays true."""
    high = 2
    while not suffices(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return max(high, 2)


def equivalence(pairs, margin, sd, ratio):
    """Of all variances that may be found, those at which the mean can lie inside both bounds."""
    df, error = pairs - 1, sd / math.sqrt(pairs)
    critical, theta, mean = stats.t.ppf(0.95, df), math.log(margin), math.log(ratio)
    largest = (theta / (critical * error)) ** 2 * df

    def inside(variance):
        reach = theta - critical * error * np.sqrt(variance / df)
        return stats.norm.cdf((reach - mean) / error) - stats.norm.cdf((-reach - mean) / error)

    low, high = 0.0, min(largest, float(stats.chi2.ppf(1 - 1e-15, df)))
    # In roots, so that the density of one degree of freedom has no pole.
    root, of_root = between(math.sqrt(low), math.sqrt(high))
    return float(of_root * stats.chi.pdf(root, df) @ inside(root**2))


def count_cases(random):
    for _ in range(CASES):
        start, iteration = (float(10 ** random.uniform(-2, 2)) for _ in range(2))
        among, within = (float(10 ** random.uniform(-3, 1)) for _ in range(2))
        percentile, confidence = float(random.uniform(0.5, 0.99)), float(random.uniform(0.8, 0.99))
        over, probability = int(random.integers(0, 6)), float(random.uniform(0.02, 0.98))
        level = float(random.choice([0.9, 0.95, 0.99]))
        queries = np.arange(over + 1, 6_000)
        numbers = np.arange(1, 2_000)
        neither = np.maximum(probability**numbers, (1 - probability) ** numbers) <= (1 - level) / 2
        yield {
            "costs": [start, iteration, among, within],
            "iterations": iterations_worth(start, iteration, among, within),
            "percentile": percentile,
            "over": over,
            "confidence": confidence,
            "queries": int(queries[stats.binom.cdf(over, queries, 1 - percentile) <= 1 - confidence][0]),
            "probability": probability,
            "level": level,
            "values": int(numbers[neither][0]),
        }


def iterations_worth(start, iteration, among, within):
    """Least variance of the mean times the time that it took, over iterations a process."""

    def cost(log_iterations):
        iterations = math.exp(log_iterations)
        return math.log((start + iterations * iteration) * (among + within / iterations))

    found = optimize.minimize_scalar(cost, bounds=(-30, 30), method="bounded", options={"xatol": 1e-12})
    return math.exp(found.x)


def resolution_cases(random):
    for number in range(CASES):
        blocks = []
        for _ in range(int(random.integers(1, 31 if number % 6 == 0 else 6))):
            n, bias = int(random.integers(2, 20)), random.choice([0.0, 0.0, 0.0, 0.02])
            logs = np.round(bias + 0.01 * values_of(random, n).clip(-50, 50), 6)
            # Every round alike: no test, and different where the ratio is not 1.
            blocks.append(np.full(n, random.choice([0.0, 0.1])) if random.integers(12) == 0 or number == 0 else logs)
        reaches, called, missed = [], 0, 0
        for logs in blocks:
            half = {level: 0.0 for level in (0.95, 0.99)}
            different = bool(abs(logs[0]) > 1e-12)
            if np.std(logs) > 1e-15:
                test = stats.ttest_1samp(logs, 0.0)
                different = bool(test.pvalue < 0.05)
                half = {level: float(np.diff(test.confidence_interval(level))[0]) / 2 for level in half}
            mean = float(np.mean(logs))
            reaches.append(abs(mean) + half[0.95])
            called += different
            missed += abs(mean) > half[0.99]
        rate = stats.binomtest(called, len(blocks)).proportion_ci(0.95, method="exact")
        yield {
            "blocks": [logs.tolist() for logs in blocks],
            "ratio": math.exp(float(np.median(reaches))),
            "called_different": called,
            "doubtful": bool(rate.low > 0.05 or missed > 0),
        }


def course_cases(random):
    for number in range(CASES):
        durations = []
        level, spread = random.uniform(1, 2), random.uniform(0.002, 0.2)
        for _ in range(int(random.integers(1, 4))):
            durations.append(level * (1 + spread * random.standard_normal(int(random.integers(30, 90)))))
            level *= random.choice([1.0, 1.02, 1.5, 0.6])
        durations = np.abs(np.concatenate(durations))
        if number % 40 == 0:
            durations = np.full(150, 3.0)
        few = np.abs(1 + random.uniform(0.005, 0.1) * random.standard_normal(int(random.integers(30, 100))))
        few[: len(few) // 2] *= random.choice([1.0, 1.0, 1.03, 1.3])
        if number % 3 == 0:
            few[0] *= random.choice([1.2, 3.0])
        course = course_of(durations) if len(durations) >= 100 else None
        yield {"durations": durations.tolist(), "course": course, "few": few.tolist(), "faults": faults_of(few)}


def course_of(durations):
    """Steady is what keeps its level, to 5 %, from before the last quarter on."""
    if np.ptp(durations) == 0:
        return ["flat", 0]
    scaled = (durations - durations.mean()) / durations.std()
    penalty = 15 * math.log(len(durations))
    ends = ruptures.Pelt(model="normal", min_size=2, jump=1).fit(scaled).predict(pen=penalty)
    means = [stretch.mean() for stretch in np.split(durations, ends[:-1])]
    other = [abs(mean / means[-1] - 1) > 0.05 for mean in means]
    if not any(other):
        return ["flat", 0]
    settled = ends[len(other) - 1 - other[::-1].index(True)]
    if settled > len(durations) - len(durations) // 4:
        return ["no steady state", 0]
    return ["warm-up" if means[0] >= means[-1] else "slowdown", int(settled)]


def faults_of(durations):
    """pyperf's limits, of the earlier half against the later one: how many are broken."""
    early, late = np.split(durations, [len(durations) // 2])
    q1, q3 = np.quantile(late, [0.25, 0.75])
    broken = int(durations[0] > q3 + 1.5 * (q3 - q1))
    for figure, down, up in (
        (np.mean, -0.5, 0.1),
        (lambda side: np.quantile(side, 0.25), -0.05, 0.05),
        (lambda side: np.quantile(side, 0.75), -0.05, 0.05),
        (stats.median_abs_deviation, -0.1, 0.1),
    ):
        broken += not down <= figure(early) / figure(late) - 1 <= up
    return broken


def shift_cases(random):
    """The shifts that Wilcoxon's exact test keeps, and Brunner and Munzel's interval from all pairs."""
    for _ in range(CASES):
        n = int(random.integers(6, 40))
        values = random.standard_normal(n) if random.integers(2) else random.standard_t(1.5, n)
        first, second = np.triu_indices(n)
        means = np.sort((values[first] + values[second]) / 2)
        left, right = two_sides(random, low=2)
        yield {
            "values": values.tolist(),
            "estimate": float(np.median(means)),
            "interval": kept_shifts(values, means),
            "left": left.tolist(),
            "right": right.tolist(),
            "superiority": superiority(left, right),
        }


def kept_shifts(values, means):
    """From one end: the first shift between two pairwise means that is kept at 5 %."""

    def kept(shift):
        return stats.wilcoxon(values - shift, method="exact").pvalue > 0.05

    shifts = (means[1:] + means[:-1]) / 2
    middle = len(shifts) // 2
    low = least_place(lambda place: kept(shifts[place]), 0, middle)
    high = least_place(lambda place: kept(shifts[-1 - place]), 0, middle)
    return [float(means[low]), float(means[-1 - high])]


def least_place(holds, low, high):
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def superiority(left, right):
    wins = np.heaviside(np.subtract.outer(left, right), 0.5)
    errors = [np.var(wins.mean(axis=axis), ddof=1) / wins.shape[1 - axis] for axis in (1, 0)]
    squared = sum(errors)
    if squared < 1e-15:
        return None
    df = squared**2 / sum(e**2 / (count - 1) for e, count in zip(errors, wins.shape, strict=True))
    half = stats.t.ppf(0.975, df) * math.sqrt(squared)
    return [float(wins.mean()), max(0.0, float(wins.mean() - half)), min(1.0, float(wins.mean() + half))]


def sequence_cases(random):
    for number in range(CASES):
        values = np.cumsum(values_of(random, int(random.integers(3, 80)))) if number % 3 == 0 else None
        values = values_of(random, int(random.integers(3, 80))) if values is None else values
        if number % 50 == 1:
            values = np.full(5, 2.5)
        level, tightest = float(random.choice([0.9, 0.95, 0.99])), int(random.integers(5, 100))
        sd, n = np.std(values, ddof=1), len(values)
        half = sd * boundary(n, 1 - level, tightest) / n
        resemblance = float(acf(values, nlags=1, fft=False)[1]) if np.ptp(values) > 0 else None
        # What is left of the variance's reciprocal, all lags of an autoregression summed up.
        lags = None if resemblance is None else np.clip(resemblance, 0, 0.999) ** np.arange(1, 40_000)
        seen = np.abs(values_of(random, int(random.integers(1, 60))))
        beyond, probability = int(random.integers(0, 8)), float(random.choice([0.5, 0.9, 0.95, random.uniform()]))
        quantile = float(np.quantile(np.append(seen, [1e300] * beyond), probability))
        yield {
            "values": values.tolist(),
            "level": level,
            "tightest": tightest,
            "interval": [float(np.mean(values) - half), float(np.mean(values) + half)],
            "effective_n": None if lags is None else float(n / (1 + 2 * lags.sum())),
            "seen": seen.tolist(),
            "beyond": beyond,
            "probability": probability,
            "quantile": quantile if quantile < 1e200 else None,
        }


def boundary(n, alpha, tightest):
    """The sum of n standard deviates at which a wager, spread over all drifts by a normal density, has
    grown to 1/alpha: Robbins' mixture itself, by quadrature.
    """
    rho = math.sqrt((-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / tightest)

    def surplus(total):
        peak, width = total / (n + rho**-2), 1 / math.sqrt(n + rho**-2)

        def log_wager(drift):
            return drift * total - drift**2 * n / 2 + stats.norm.logpdf(drift, scale=rho)

        drift, of_drift = between(peak - 10 * width, peak + 10 * width)
        grown = log_wager(drift)
        return grown.max() + math.log(of_drift @ np.exp(grown - grown.max())) + math.log(alpha)

    return optimize.brentq(surplus, 0, 1e4 * math.sqrt(n), xtol=1e-13, rtol=1e-13)


def unpaired_cases(random):
    for _ in range(CASES):
        sides = [10 * np.exp(0.1 * values_of(random, int(random.integers(2, 30))).clip(-9, 9)) for _ in range(2)]
        margin = float(random.choice([1.02, 1.05, 1.10]))
        degenerate = all(np.ptp(side) < 1e-12 * side.max() for side in sides)
        found = ttost_ind(*sides, 1 / margin, margin, usevar="unequal", transform=np.log)
        candidates = [
            np.round(random.uniform(-0.1, 0.1) + 0.05 * random.standard_normal(int(random.integers(4, 30))), 4)
            for _ in range(6)
        ]
        chosen = min(range(6), key=lambda place: np.mean(candidates[place][0::2]))
        others = candidates[chosen][1::2]
        interval = stats.ttest_1samp(others, 0.0).confidence_interval(0.95)
        yield {
            "left": sides[0].tolist(),
            "right": sides[1].tolist(),
            "margin": margin,
            "p_equivalence": None if degenerate else float(found[0]),
            "candidates": [logs.tolist() for logs in candidates],
            "chosen": chosen,
            "ratio_when_chosen": math.exp(np.mean(candidates[chosen][0::2])),
            "ratio": math.exp(np.mean(others)),
            "interval": [math.exp(interval.low), math.exp(interval.high)],
            "n": len(others),
        }


def exact_cases(random):
    """Small tables, for which scipy's search of the worst common share is quick."""
    for _ in range(CASES):
        tries = random.integers(1, 13, 2)
        hits = [int(random.integers(0, count + 1)) for count in tries]
        table = np.array([hits, tries - hits])
        alike = sum(hits) in (0, tries.sum())
        yield {
            "counts": [hits[0], int(tries[0]), hits[1], int(tries[1])],
            "boschloo": 1.0 if alike else float(stats.boschloo_exact(table, n=128).pvalue),
        }


FILES = {
    "distributions": distribution_cases,
    "claims": claim_cases,
    "counts": count_cases,
    "resolution": resolution_cases,
    "courses": course_cases,
    "shifts": shift_cases,
    "sequences": sequence_cases,
    "unpaired": unpaired_cases,
    "exact": exact_cases,
}
