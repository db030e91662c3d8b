"""Makes the golden npy files beside it with numpy itself (made with numpy 2.x)."""

from pathlib import Path

import numpy

here = Path(__file__).parent
arrays = {
    "f64_2x3": numpy.array([[0.0, -1.5, 2.25], [3.0, 1e300, -0.0]]),
    "i64_3": numpy.array([3, -1, 2**40], dtype="<i8"),
    "i32_scalar": numpy.array(7, dtype="<i4"),
    "f64_fortran": numpy.asfortranarray([[1.0, 2.0], [3.0, 4.0]]),
    "f64_big_endian": numpy.array([1.0], dtype=">f8"),
    "object": numpy.array([{}], dtype=object),
}
for name, array in arrays.items():
    numpy.save(here / f"{name}.npy", array)
with (here / "f32_version2.npy").open("wb") as file:
    numpy.lib.format.write_array(file, numpy.array([1.5], dtype="<f4"), version=(2, 0))
