"""Further reference results for crates/stats, written by stats_golden.py: everything that is drawn at
random. The numbers are drawn again here by the published generator, so that each figure is compared to
its last digits and not within the noise of resampling; arch and scipy do the rest where they can.
"""

import types

import numpy as np
from arch.bootstrap import IIDBootstrap, IndependentSamplesBootstrap, optimal_block_length
from scipy import stats
from stats_golden_tests import values_of

CASES = 210
LEVEL = 0.95
GOLDEN_RATIO = np.uint64(0x9E3779B97F4A7C15)
HALF, LOW = np.uint64(32), np.uint64(0xFFFFFFFF)


def mixed(value):
    """Steele, Lea and Flood (2014): the generator's mixing function."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def counted(start, count):
    return mixed(np.asarray(start, np.uint64)[..., None] + GOLDEN_RATIO * np.arange(1, count + 1, dtype=np.uint64))


def check_generator():
    """The sequence that the generator's authors' code gives from 1234567."""
    known = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    if counted(1234567, 5).tolist() != known:
        raise ArithmeticError("this is not SplitMix64")


def bits(seed, streams, count):
    """`count` numbers of each stream, a row each."""
    seed = np.array([seed], np.uint64)
    return counted(mixed(mixed(seed + GOLDEN_RATIO) + np.asarray(streams, np.uint64) * GOLDEN_RATIO), count)


def inverted(seed):
    return seed ^ 0xFFFFFFFFFFFFFFFF


def place(number, count):
    """A place among `count` from the upper half of a number."""
    return (((number >> HALF) * np.uint64(count)) >> HALF).astype(np.int64)


def uniform(number):
    return ((number >> np.uint64(11)).astype(float) + 0.5) / 2.0**53


def places(seed, resamples, count):
    return place(bits(seed, np.arange(resamples), count), count)


def two_a_number(seed, resamples, count):
    """Places as a study's cells draw them: two from each number, its lower half first."""
    numbers = bits(seed, np.arange(resamples), (count + 1) // 2)
    halves = np.stack([numbers & LOW, numbers >> HALF], axis=2).reshape(resamples, -1)[:, :count]
    return ((halves * np.uint64(count)) >> HALF).astype(np.int64)


class Given(IIDBootstrap):
    """arch's bootstrap, with places that were drawn elsewhere."""

    def of(self, rows):
        self.rows = iter(rows)
        return self

    def update_indices(self):
        return next(self.rows)


class GivenSamples(IndependentSamplesBootstrap):
    """The same for several samples, each with places of its own."""

    def of(self, rows):
        self.rows = iter(rows)
        return self

    def update_indices(self):
        return next(self.rows), {}


def percentiles(bootstrap, statistic, resamples):
    return [float(x) for x in bootstrap.conf_int(statistic, resamples, method="percentile", size=LEVEL).ravel()]


def seed_of(random):
    return int(random.integers(2**53))


def number_cases(random):
    check_generator()
    for _ in range(CASES):
        seed, stream, count = seed_of(random), int(random.integers(2**40)), int(random.integers(1, 2**20))
        drawn = bits(seed, [stream], 8)[0]
        # Box and Muller's first of each pair.
        first, second = uniform(drawn[0::2]), uniform(drawn[1::2])
        order = list(range(9))
        for last, number in zip(range(8, 0, -1), drawn, strict=True):
            other = int(place(number, last + 1))
            order[last], order[other] = order[other], order[last]
        yield {
            "seed": seed,
            "stream": stream,
            "count": count,
            "bits": [str(number) for number in drawn],
            "uniform": uniform(drawn).tolist(),
            "below": place(drawn, count).tolist(),
            "normal": (np.sqrt(-2 * np.log(first)) * np.cos(2 * np.pi * second)).tolist(),
            "shuffled": order,
        }


def cell(random, low, high):
    """Rounds of a cell: alike, heavy-tailed, tied, all equal but one, without any spread."""
    n = int(random.integers(low, high))
    spread = 10.0 ** random.uniform(-3, -0.3)
    left = 10.0 ** random.uniform(-3, 9) * np.exp(spread * random.standard_normal(n))
    right = 10.0 ** random.uniform(-3, 9) * np.exp(spread * random.standard_normal(n))
    kind = random.integers(8)
    if kind == 0:
        left *= np.exp(np.clip(spread * random.standard_t(1.5, n), -9, 9))
    elif kind == 1:
        left, right = random.integers(3, 7, n).astype(float), random.integers(3, 7, n).astype(float)
    elif kind == 2:
        left, right = np.full(n, 2.0), np.full(n, 3.0)
        left[0] = 2.5
    elif kind == 3:
        right = left * 2.0
    return left, right


def total_cases(random):
    resamples = 199
    for number in range(CASES):
        cells = [cell(random, 8 if number % 4 == 0 else 10, 30) for _ in range(int(random.integers(1, 4)))]
        if number == 1:
            # More than are resampled at once.
            cells = [cell(random, 2, 5) for _ in range(300)]
        seed = seed_of(random)
        pairs = [np.column_stack(sides) for sides in cells]
        yield {
            "cells": [[left.tolist(), right.tolist()] for left, right in cells],
            "seed": seed,
            "resamples": resamples,
            "studentised": [studentised(rounds, seed, resamples) for rounds in pairs] if number != 1 else None,
            "together": totals_together(pairs, seed, resamples),
        }


def studentised(pairs, seed, resamples):
    n = len(pairs)
    # With each round's value on the delta method's line about the means of all rounds.
    rounds = np.column_stack([pairs / pairs.mean(axis=0), np.diff(pairs / pairs.mean(axis=0), axis=1)])
    error = sd(rounds[:, 2]) / np.sqrt(n)
    if n < 10 or error < 1e-14:
        return None

    def t(drawn):
        left, right, _ = drawn.mean(axis=0)
        off, own = np.log(left / right), sd(drawn[:, 2]) / np.sqrt(n)
        if own < 1e-12:
            return 0.0 if abs(off) < 1e-12 else np.copysign(np.inf, off)
        return off / own

    drawn = Given(rounds).of(two_a_number(seed, resamples, n)).apply(t, resamples).ravel()
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    bounds = np.divide(*pairs.mean(axis=0)) * np.exp(-np.array([high, low]) * error)
    return bounds.tolist() if np.all((bounds > 0) & np.isfinite(bounds)) else None


def totals_together(cells, seed, resamples):
    """Strata that share their draws, each resample taking one of every cell's own."""
    means = [pairs[two_a_number(seed, resamples, len(pairs))].mean(axis=1) for pairs in cells]
    picks = place(bits(inverted(seed), np.arange(resamples), len(cells)), resamples)
    sums = sum(of_cell[picks[:, number]] for number, of_cell in enumerate(means))
    resampled = sums[:, 0] / sums[:, 1]
    estimate, influences = infinitesimal(cells)
    squares = sum(np.sum(of_cell**2) / len(of_cell) ** 2 for of_cell in influences)
    # Resamples that are the sample itself, up to rounding, count half.
    alike = np.isclose(resampled, estimate, rtol=1e-12, atol=0)
    share = float(np.mean(np.where(alike, 0.5, resampled < estimate)))
    if squares <= 1e-28 * estimate**2 or not 0 < share < 1:
        return None
    acceleration = sum(np.sum(of_cell**3) / len(of_cell) ** 3 for of_cell in influences) / (6 * squares**1.5)
    z = stats.norm.ppf(share) + stats.norm.ppf([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    bounds = np.quantile(resampled, stats.norm.cdf(stats.norm.ppf(share) + z / (1 - acceleration * z)))
    return bounds.tolist()


def infinitesimal(cells):
    """The ratio of totals, and its derivative by the weight of each round: Efron's infinitesimal
    jackknife, by a complex step.
    """

    def ratio(means):
        total = sum(means)
        return total[0] / total[1]

    means = [pairs.mean(axis=0).astype(complex) for pairs in cells]
    step = 1e-30
    influences = []
    for number, pairs in enumerate(cells):
        of_cell = []
        for pair in pairs:
            moved = [*means[:number], means[number] + 1j * step * (pair - means[number].real), *means[number + 1 :]]
            of_cell.append(ratio(moved).imag / step)
        influences.append(np.array(of_cell))
    return float(ratio(means).real), influences


def generalising_cases(random):
    resamples = 149
    for number in range(CASES):
        shared = 0.0 if number % 7 == 0 else random.uniform(0, 0.5)
        cells = []
        for _ in range(int(random.integers(8 if number % 10 == 0 else 10, 16))):
            n = int(random.integers(2, 16))
            noise = np.zeros(n) if number % 7 == 0 else 0.1 * values_of(random, n)
            cells.append(np.clip(shared * random.standard_normal() + noise, -50, 50))
        seed = seed_of(random)
        interval = None
        if len(cells) >= 10:
            means = np.array([logs[two_a_number(seed, resamples, len(logs))].mean(axis=1) for logs in cells])
            numbers = bits(inverted(seed), np.arange(resamples), 2 * len(cells))
            drawn = means[place(numbers[:, 0::2], len(cells)), place(numbers[:, 1::2], resamples)]
            interval = np.exp(np.quantile(drawn.mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])).tolist()
        yield {
            "cells": [logs.tolist() for logs in cells],
            "seed": seed,
            "resamples": resamples,
            "interval": interval,
        }


def drawn_cases(random):
    """Single samples, samples by task, pairs of samples by task, and requests with their tokens."""
    resamples = 99
    for number in range(CASES):
        values = values_of(random, int(random.integers(10, 40)))
        # Ties are taken apart: whether a resample's sd is the sample's own would hang on rounding.
        values = values + 1e-3 * np.std(values) * random.standard_normal(len(values))
        if number % 30 == 0:
            values = np.full(12, 3.5)
        seed = seed_of(random)
        tasks = [values_of(random, int(random.integers(2, 12))) for _ in range(int(random.integers(1, 5)))]
        sides = [
            (values_of(random, int(random.integers(2, 12))), values_of(random, int(random.integers(2, 12))))
            for _ in range(int(random.integers(1, 4)))
        ]
        requests = [values_of(random, int(random.integers(1, 9))) for _ in range(int(random.integers(10, 25)))]
        yield {
            "values": values.tolist(),
            "seed": seed,
            "resamples": resamples,
            "sd": whole(values, seed, resamples),
            "tasks": [runs.tolist() for runs in tasks],
            "interquartile_mean": by_task(tasks, interquartile_mean, seed, resamples),
            "sides": [[left.tolist(), right.tolist()] for left, right in sides],
            "improvement": by_task([runs for pair in sides for runs in pair], improvement, seed, resamples),
            "requests": [tokens.tolist() for tokens in requests],
            "token_p90": of_requests(requests, seed, resamples),
        }


def sd(values, axis=-1):
    return np.std(values, axis=axis, ddof=1)


def whole(values, seed, resamples):
    rows = places(seed, resamples, len(values))
    kept = types.SimpleNamespace(bootstrap_distribution=sd(values[rows]))
    share = stats.percentileofscore(kept.bootstrap_distribution, sd(values), kind="mean")
    bca = None
    if np.ptp(values) > 0 and 0 < share < 100:
        found = stats.bootstrap((values,), sd, n_resamples=0, bootstrap_result=kept, method="BCa")
        bca = [float(x) for x in found.confidence_interval]
    return {"percentile": percentiles(Given(values).of(rows), sd, resamples), "bca": bca}


def by_task(samples, statistic, seed, resamples):
    numbers = bits(seed, np.arange(resamples), sum(len(runs) for runs in samples))
    ends = np.cumsum([len(runs) for runs in samples])[:-1]
    rows = [
        [place(part, len(runs)) for part, runs in zip(np.split(row, ends), samples, strict=True)] for row in numbers
    ]
    return percentiles(GivenSamples(*samples).of(rows), statistic, resamples)


def interquartile_mean(*tasks):
    return stats.trim_mean(np.concatenate(tasks), 0.25)


def improvement(*sides):
    """Left and right in turn: how often left is the larger, a tie counting half, averaged over the tasks."""
    tasks = zip(sides[0::2], sides[1::2], strict=True)
    return np.mean([np.mean(np.heaviside(np.subtract.outer(left, right), 0.5)) for left, right in tasks])


def of_requests(requests, seed, resamples):
    def p90(drawn):
        return np.quantile(np.concatenate([requests[number] for number in drawn]), 0.9)

    rows = places(seed, resamples, len(requests))
    return percentiles(Given(np.arange(len(requests))).of(rows), p90, resamples)


def resembling_cases(random):
    resamples = 99
    for _ in range(CASES):
        n, resemblance = int(random.integers(20, 50)), random.uniform(-0.4, 0.9)
        logs = [float(random.standard_normal())]
        for _ in range(n - 1):
            logs.append(resemblance * logs[-1] + float(random.standard_normal()))
        logs, seed = 0.05 * np.array(logs), seed_of(random)
        length = max(1.0, float(optimal_block_length(logs)["stationary"].iloc[0]))
        rows = [stretches(row, n, length) for row in bits(seed, np.arange(resamples), 2 * n + 1)]
        interval = percentiles(Given(logs).of(rows), np.mean, resamples)
        yield {"logs": logs.tolist(), "seed": seed, "resamples": resamples, "interval": np.exp(interval).tolist()}


def stretches(numbers, n, length):
    """Politis and Romano (1994): a stretch goes on with probability 1 − 1/length, round the end."""
    numbers = iter(numbers)
    row = [int(place(next(numbers), n))]
    for _ in range(n - 1):
        row.append(int(place(next(numbers), n)) if uniform(next(numbers)) < 1 / length else (row[-1] + 1) % n)
    return np.array(row)


def shuffled_cases(random):
    """Permutations that are too many to be tried one and all."""
    tried = 199
    for number in range(CASES):
        differences = values_of(random, int(random.integers(17, 40))) + random.choice([0.0, 0.5])
        left = values_of(random, int(random.integers(10, 16)))
        right = values_of(random, int(random.integers(10, 16))) + random.choice([0.0, 0.5])
        if number % 50 == 0:
            differences = np.zeros(20)
        seed = seed_of(random)
        numbers = counted(mixed(mixed(np.array([seed], np.uint64) + GOLDEN_RATIO)), tried * 40)[0]
        yield {
            "differences": differences.tolist(),
            "left": left.tolist(),
            "right": right.tolist(),
            "seed": seed,
            "tried": tried,
            "sign_flips": flipped_p(differences, numbers[:tried]) if np.any(differences) else None,
            "exchanged": exchanged_p(left, right, iter(numbers), tried),
        }


def flipped_p(differences, numbers):
    """One number an arrangement, a bit a sign."""
    signs = 1 - 2 * ((numbers[:, None] >> np.arange(len(differences), dtype=np.uint64)) & np.uint64(1)).astype(float)
    slack = 1e-12 * np.sum(np.abs(differences))
    beyond = np.sum(np.abs(signs @ differences) >= abs(np.sum(differences)) - slack)
    return float((beyond + 1) / (len(numbers) + 1))


def exchanged_p(left, right, numbers, tried):
    both = np.concatenate([left, right])
    both = both - both.mean()
    observed, slack = both[: len(left)].sum(), 1e-12 * np.abs(both).sum()
    sums = []
    for _ in range(tried):
        for last in range(len(both) - 1, 0, -1):
            other = int(place(next(numbers), last + 1))
            both[[last, other]] = both[[other, last]]
        sums.append(both[: len(left)].sum())
    sums = np.array(sums)
    smaller = min(np.sum(sums <= observed + slack), np.sum(sums >= observed - slack))
    return float(min(1.0, 2 * (smaller + 1) / (tried + 1)))


FILES = {
    "numbers": number_cases,
    "totals": total_cases,
    "generalising": generalising_cases,
    "drawn": drawn_cases,
    "resembling": resembling_cases,
    "shuffled": shuffled_cases,
}
