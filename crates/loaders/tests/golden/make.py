"""Small files in the forms of the published datasets, and what others read from them.

    python make.py          (the project's reference environment, with pyarrow besides)

The values are made up; the forms are those of StatLib, of scikit-learn and of pyarrow. What
california.json and boston.json expect is computed by scikit-learn's own loader, and by the lines
that its documentation gives for Boston.
"""

import io
import json
import tarfile
from pathlib import Path
from unittest import mock

import numpy
import pandas
import pyarrow
import pyarrow.parquet
import sklearn.datasets._california_housing as california

HERE = Path(__file__).parent
ROWS = 6
RAW = [
    "longitude",
    "latitude",
    "housingMedianAge",
    "totalRooms",
    "totalBedrooms",
    "population",
    "households",
    "medianIncome",
    "medianHouseValue",
]
BOSTON = ["CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT", "MEDV"]


def california_rows(random):
    columns = [
        random.uniform(-124, -114, ROWS).round(2),
        random.uniform(32.5, 42, ROWS).round(2),
        random.integers(1, 53, ROWS),
        random.integers(100, 9000, ROWS),
        random.integers(50, 2000, ROWS),
        random.integers(50, 5000, ROWS),
        random.integers(40, 1500, ROWS),
        random.uniform(0.5, 15, ROWS).round(4),
        random.integers(15000, 500001, ROWS),
    ]
    return numpy.column_stack(columns)


def tgz(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.USTAR_FORMAT) as archive:
        folder = tarfile.TarInfo("CaliforniaHousing")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, text in members.items():
            entry = tarfile.TarInfo(f"CaliforniaHousing/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def make_california(random):
    rows = california_rows(random)
    data = "".join(",".join(f"{value:f}" for value in row) + "\n" for row in rows)
    domain = "".join(f"{name}: continuous.\n" for name in RAW)
    (HERE / "cal_housing.data").write_text(data)
    archive = HERE / "cal_housing.tgz"
    archive.write_bytes(tgz({"cal_housing.data": data, "cal_housing.domain": domain}))
    snake = [
        "longitude",
        "latitude",
        "housing_median_age",
        "total_rooms",
        "total_bedrooms",
        "population",
        "households",
        "median_income",
        "median_house_value",
    ]
    frame = pandas.DataFrame(rows, columns=snake)
    frame["ocean_proximity"] = "NEAR BAY"
    frame.to_csv(HERE / "california_kaggle.csv", index=False)

    copy = HERE / "copy.tgz"
    copy.write_bytes(archive.read_bytes())  # the loader removes what it has read
    with (
        mock.patch.object(california, "_fetch_remote", lambda *_, **__: str(copy)),
        mock.patch.object(california.joblib, "dump", lambda *_, **__: None),
        mock.patch.object(california, "exists", lambda _: False),
    ):
        read = california.fetch_california_housing(data_home=HERE / "data_home", as_frame=True)
    (HERE / "data_home").rmdir()
    read.frame.to_csv(HERE / "california_sklearn.csv", index=False)
    expected = {"x": read.data.to_numpy().ravel().tolist(), "y": read.target.tolist(), "features": read.feature_names}
    (HERE / "california.json").write_text(json.dumps(expected) + "\n")


def make_boston(random):
    rows = random.uniform(0, 400, (ROWS, 14)).round(4)
    lines = [" The Boston house-price data of Harrison, D. and Rubinfeld, D.L. (made up for a test)"]
    lines += [f" line {number} of the text" for number in range(2, 8)]
    lines += [f" {name:8} what it is" for name in BOSTON]
    lines += [""]
    assert len(lines) == 22
    for row in rows:
        lines.append("".join(f" {value:8.4f}" for value in row[:11]))
        lines.append("  " + " ".join(f"{value:8.4f}" for value in row[11:]))
    (HERE / "boston").write_text("\n".join(lines) + "\n")
    pandas.DataFrame(rows, columns=[name.lower() for name in BOSTON]).to_csv(HERE / "boston.csv", index=False)

    read = pandas.read_csv(HERE / "boston", sep=r"\s+", skiprows=22, header=None)
    x = numpy.hstack([read.values[::2, :], read.values[1::2, :2]])
    expected = {"x": x.ravel().tolist(), "y": read.values[1::2, 2].tolist(), "features": BOSTON[:-1]}
    (HERE / "boston.json").write_text(json.dumps(expected) + "\n")


def make_parquet():
    def write(name, columns, **options):
        pyarrow.parquet.write_table(pyarrow.table(columns), HERE / f"{name}.parquet", **options)

    numbers = {
        "short": pyarrow.array([1, 2, 3, 4], pyarrow.int32()),
        "whole": pyarrow.array([5, -6, 7, 8], pyarrow.int64()),
        "unsigned": pyarrow.array([5, 6, 7, 8], pyarrow.uint64()),
        "single": pyarrow.array([0.5, 0.25, -1.5, 3.0], pyarrow.float32()),
        "y": pyarrow.array([1.5, 2.5, 3.5, 4.5], pyarrow.float64()),
    }
    for compression in ["none", "snappy", "gzip", "zstd", "lz4", "brotli"]:
        write(f"numbers_{compression}", numbers, compression=compression)
    write("row_groups", numbers, row_group_size=2)
    write(
        "types",
        {
            "y": [1.0, 2.0],
            "word": ["a", "b"],
            "flag": [True, False],
            "day": pyarrow.array([1, 2], pyarrow.date32()),
            "list": [[1.0], [2.0, 3.0]],
            "nested": [{"a": 1}, {"a": 2}],
            "byte": pyarrow.array([1, 2], pyarrow.int8()),
        },
    )
    write("missing", {"y": [1.0, 2.0, 3.0], "a": [1.0, None, 3.0], "b": [1, None, None], "c": [1.0, float("nan"), 2.0]})
    write("too_large", {"y": [1.0, 2.0], "a": [1, 2**53 + 1], "b": pyarrow.array([1, 2**64 - 1], pyarrow.uint64())})


if __name__ == "__main__":
    source = numpy.random.default_rng(7)
    make_california(source)
    make_boston(source)
    make_parquet()
