"""Golden values of src/random.rs, from the text of its comments and RFC 8439's ChaCha (8 rounds,
64-bit counter, stream 0), with no code in common: prints the constants that its test holds."""

import hashlib
import math
import struct

WORD = 0xFFFFFFFF


def rotate(value: int, by: int) -> int:
    return ((value << by) | (value >> (32 - by))) & WORD


def quarter(s: list[int], a: int, b: int, c: int, d: int) -> None:
    for x, y, z, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        s[x] = (s[x] + s[y]) & WORD
        s[z] = rotate(s[z] ^ s[x], by)


def words(key: bytes):
    counter = 0
    while True:
        constant, words = struct.unpack("<4I", b"expand 32-byte k"), struct.unpack("<8I", key)
        start = [*constant, *words, counter & WORD, counter >> 32, 0, 0]
        s = list(start)
        for _ in range(4):
            for column in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)):
                quarter(s, *column)
            for diagonal in ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
                quarter(s, *diagonal)
        yield from ((a + b) & WORD for a, b in zip(s, start, strict=True))
        counter += 1


class Random:
    def __init__(self, purpose: list[str], seed: int) -> None:
        self.words = words(hashlib.sha256("".join(f"{word}\n" for word in [*purpose, str(seed)]).encode()).digest())
        self.spare: float | None = None

    def bits(self) -> int:
        low, high = next(self.words), next(self.words)
        return low | high << 32

    def below(self, bound: int) -> int:
        while True:
            product = self.bits() * bound
            if product % 2**64 >= 2**64 % bound:
                return product >> 64

    def uniform(self) -> float:
        return (self.bits() >> 11) / 2**53

    def normal(self) -> float:
        if self.spare is not None:
            spare, self.spare = self.spare, None
            return spare
        while True:
            u, v = 2 * self.uniform() - 1, 2 * self.uniform() - 1
            radius = u * u + v * v
            if 0 < radius < 1:
                scale = math.sqrt(-2 * math.log(radius) / radius)
                self.spare = v * scale
                return u * scale

    def shuffle(self, items: list[int]) -> None:
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]


def main() -> None:
    random = Random(["golden", "random"], 7)
    print("const GOLDEN_BITS: [u64; 3] =", [random.bits() for _ in range(3)])
    print("const GOLDEN_BELOW: [u64; 8] =", [random.below(10) for _ in range(8)])
    print("const GOLDEN_NORMAL: [f64; 5] =", [random.normal() for _ in range(5)])
    order = list(range(10))
    random.shuffle(order)
    print("const GOLDEN_ORDER: [u32; 10] =", order)

    seed, rows, columns = 42, 3, 2
    coefficients = Random(["data", "synthetic_linear", "coefficients"], seed)
    w = [coefficients.normal() for _ in range(columns)]
    intercept = coefficients.normal()
    x_stream = Random(["data", "synthetic_linear", "x"], seed)
    noise = Random(["data", "synthetic_linear", "noise"], seed)
    x = [[x_stream.normal() for _ in range(columns)] for _ in range(rows)]
    y = [sum(a * b for a, b in zip(row, w, strict=True)) + intercept + 0.5 * noise.normal() for row in x]
    print("const GOLDEN_X: [f64; 6] =", [value for row in x for value in row])
    print("const GOLDEN_Y: [f64; 3] =", y)

    split = list(range(10))
    Random(["split", "holdout"], 42).shuffle(split)
    print("const GOLDEN_TRAIN: [i64; 8] =", split[:8])
    print("const GOLDEN_TEST: [i64; 2] =", split[8:])
    split = list(range(11))
    Random(["split", "cv5"], 42).shuffle(split)
    print("const GOLDEN_FOLDS: [&[i64]; 5] =", [split[:3], split[3:5], split[5:7], split[7:9], split[9:]])

    rows, columns = 2, 6
    x_stream = Random(["data", "synthetic_nonlinear", "x"], seed)
    noise = Random(["data", "synthetic_nonlinear", "noise"], seed)
    x = [[x_stream.uniform() for _ in range(columns)] for _ in range(rows)]
    y = [10 * math.sin(math.pi * r[0] * r[1]) + 20 * (r[2] - 0.5) ** 2 + 10 * r[3] + 5 * r[4] for r in x]
    print("synthetic_nonlinear: const GOLDEN_X: [f64; 12] =", [value for row in x for value in row])
    print("const GOLDEN_Y: [f64; 2] =", [value + 0.5 * noise.normal() for value in y])

    rows, columns, informative, correlation = 2, 5, 2, 0.5
    places = list(range(columns))
    Random(["data", "synthetic_sparse", "places"], seed).shuffle(places)
    coefficients = Random(["data", "synthetic_sparse", "coefficients"], seed)
    w = [0.0] * columns
    for place in places[:informative]:
        drawn = coefficients.normal()
        w[place] = drawn + math.copysign(1.0, drawn)
    intercept = coefficients.normal()
    x_stream = Random(["data", "synthetic_sparse", "x"], seed)
    noise = Random(["data", "synthetic_sparse", "noise"], seed)
    x = []
    for _ in range(rows):
        row = [x_stream.normal()]
        for _ in range(columns - 1):
            row.append(correlation * row[-1] + math.sqrt(1 - correlation**2) * x_stream.normal())
        x.append(row)
    y = [sum(a * b for a, b in zip(row, w, strict=True)) + intercept + 0.5 * noise.normal() for row in x]
    print("synthetic_sparse: const GOLDEN_X: [f64; 10] =", [value for row in x for value in row])
    print("const GOLDEN_Y: [f64; 2] =", y)

    classes(seed)


def golden(name: str, x: list[list[float]], y: list[int]) -> None:
    values = [value for row in x for value in row]
    print(f"{name}: const GOLDEN_X: [f64; {len(values)}] =", values)
    print(f"const GOLDEN_Y: [f64; {len(y)}] =", [float(value) for value in y])


def classes(seed: int) -> None:
    name, count, informative, half_side = "synthetic_classification", 2, 2, 1.5
    stream = Random(["data", name, "corners"], seed)
    corners: list[int] = []
    while len(corners) < 2 * count:
        drawn = stream.below(2**informative)
        if drawn not in corners:
            corners.append(drawn)
    points, labels = Random(["data", name, "x"], seed), Random(["data", name, "labels"], seed)
    x, y = [], []
    for row in range(5):
        bits = corners[row % len(corners)]
        centre = [half_side if bits & 2**column else -half_side for column in range(informative)] + [0.0]
        x.append([value + points.normal() for value in centre])
        y.append(labels.below(count) if labels.uniform() < 0.5 else row % count)
    golden(name, x, y)

    name = "synthetic_blobs"
    stream, points = Random(["data", name, "centers"], seed), Random(["data", name, "x"], seed)
    centers = [[10 * (2 * stream.uniform() - 1) for _ in range(2)] for _ in range(2)]
    golden(name, [[c + 0.5 * points.normal() for c in centers[row % 2]] for row in range(3)], [0, 1, 0])

    name = "synthetic_moons"
    places, noise = Random(["data", name, "places"], seed), Random(["data", name, "noise"], seed)
    x = []
    for row in range(3):
        t = math.pi * places.uniform()
        place = (math.cos(t), math.sin(t)) if row % 2 == 0 else (1 - math.cos(t), 0.5 - math.sin(t))
        x.append([value + 0.5 * noise.normal() for value in place])
    golden(name, x, [0, 1, 0])

    name = "synthetic_circles"
    places, noise = Random(["data", name, "places"], seed), Random(["data", name, "noise"], seed)
    x = []
    for row in range(3):
        t, radius = 2 * math.pi * places.uniform(), (1, 0.5)[row % 2]
        x.append([value + 0.25 * noise.normal() for value in (radius * math.cos(t), radius * math.sin(t))])
    golden(name, x, [0, 1, 0])


if __name__ == "__main__":
    main()
