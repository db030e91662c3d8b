"""Exports one of the datasets that scikit-learn carries: x.npy and y.npy into a folder.

Prints scikit-learn's version. What is exported is checked again by `prepare data`.
"""

import sys
from pathlib import Path

import numpy
import sklearn
import sklearn.datasets


def numbers(name: str, values: object) -> numpy.ndarray:
    """The values as f64 in C order; text and objects are refused, not converted."""
    array = numpy.asarray(values)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"`{name}` holds {array.dtype}, which is not numeric")
    return numpy.ascontiguousarray(array, dtype="<f8")


def main() -> int:
    loader, folder = sys.argv[1], Path(sys.argv[2])
    load = getattr(sklearn.datasets, loader, None)
    if not loader.startswith("load_") or load is None:
        print(f"error: scikit-learn {sklearn.__version__} has no `{loader}`", file=sys.stderr)
        return 2
    try:
        x, y = (numbers(name, values) for name, values in zip("xy", load(return_X_y=True), strict=True))
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    numpy.save(folder / "x.npy", x, allow_pickle=False)
    numpy.save(folder / "y.npy", y, allow_pickle=False)
    sys.stdout.write(f"{sklearn.__version__}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
