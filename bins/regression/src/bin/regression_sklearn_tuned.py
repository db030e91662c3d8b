"""Least squares as an expert in Python writes it: the normal equations by BLAS and LAPACK where they
are safe, scikit-learn's own solver where they are not.

The sums are taken of the data as they lie, without a centred copy, and corrected by the means. BLAS
does not spread a product of this shape over threads, so each thread takes its share of the rows.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

import ferrobench_task as task
import numpy as np
import numpy.typing as npt

PROGRAM = task.Program(
    implementation="regression_sklearn_tuned",
    klass="tuned",
    framework="scikit-learn",
    algorithms=["linear"],
    threads_env=["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"],
    requires=["scipy", "threadpoolctl"],
)

Floats = npt.NDArray[np.float64]

# Digits that may be lost: the solution's relative error is about this times 2^-53, 1e-8.
LOSS_MAX = 1e8
# Of them, what the correction by the means may lose before a centred copy is worth its time.
RAW_LOSS_MAX = 1e4
# The smallest singular value has to be this many times the tolerance away from being dropped.
CLEAR_OF_TOLERANCE = 16.0


def work(run: task.Run) -> None:
    from scipy.linalg.blas import dsyrk
    from scipy.linalg.lapack import dpocon, dpotrf, dpotrs
    from sklearn.linear_model import LinearRegression
    from threadpoolctl import threadpool_limits

    parameters = run.hyperparameters(fit_intercept=bool, tol=float)
    fit_intercept, tol = parameters["fit_intercept"], parameters["tol"]
    with run.mark("load"):
        x, y = run.array("x"), run.array("y")
        train, test = run.rows("train"), run.rows("test")
        x_train, y_train, x_test = x[train], y[train], x[test]
    with run.mark("setup"):
        model = LinearRegression(fit_intercept=fit_intercept, tol=tol)
        ones = np.ones(len(y_train))
        pool = ThreadPoolExecutor(run.threads) if run.threads > 1 else None
        if pool:
            threadpool_limits(1)
        bounds = np.linspace(0, len(y_train), run.threads + 1).astype(int)
        shares = [slice(start, end) for start, end in zip(bounds[:-1], bounds[1:], strict=True)]

    def sums(design: Floats, target: Floats) -> tuple[Floats, Floats, Floats]:
        # The transpose of a C-ordered array is Fortran-ordered: BLAS reads it without a copy. Beside
        # other threads numpy's product is the one that releases the interpreter's lock.
        gram = design.T @ design if pool else dsyrk(1.0, design.T)
        return gram, target @ design, ones[: len(design)] @ design

    def moments(design: Floats, target: Floats) -> tuple[Floats, Floats, Floats]:
        if not pool:
            return sums(design, target)
        first, *others = pool.map(lambda share: sums(design[share], target[share]), shares)
        for other in others:
            for total, value in zip(first, other, strict=True):
                total += value
        return first

    def normal_equations() -> tuple[Floats, float] | None:
        """The solution, or nothing where squaring the condition would cost too many digits, or where
        a direction may have to be dropped."""
        rows, columns = x_train.shape
        if rows <= columns:
            return None
        gram, right, total = moments(x_train, y_train)
        y_mean, x_mean, loss = 0.0, np.zeros(columns), 1.0
        if fit_intercept:
            y_mean, x_mean = y_train.mean(), total / rows
            squares = gram.diagonal().copy()
            gram -= np.outer(total, x_mean)
            right -= total * y_mean
            loss = (squares / gram.diagonal()).max()
            if not 0.0 < loss < RAW_LOSS_MAX:
                gram, right, _ = moments(x_train - x_mean, y_train - y_mean)
                loss = 1.0
        lengths = np.sqrt(gram.diagonal())
        if not np.all(lengths > 0.0):
            return None
        gram /= lengths[:, None]
        gram /= lengths
        factor, info = dpotrf(gram, overwrite_a=1)
        if info != 0:
            return None
        inverse_norm = 1.0 / dpocon(factor, 1.0)[0]
        smallest = lengths.min() / np.sqrt(inverse_norm)
        largest = np.linalg.norm(lengths)
        if not (loss * inverse_norm <= LOSS_MAX and smallest > CLEAR_OF_TOLERANCE * tol * largest):
            return None
        coefficients, _ = dpotrs(factor, right / lengths, overwrite_b=1)
        coefficients /= lengths
        return coefficients, float(y_mean - x_mean @ coefficients)

    def fit() -> tuple[Floats, float]:
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            solution = normal_equations()
        if solution is not None:
            return solution
        with threadpool_limits(run.threads):
            model.fit(x_train, y_train)
        return model.coef_, float(model.intercept_)

    for iteration in run.iterations():
        with run.mark("fit", iteration):
            coefficients, intercept = fit()
        with run.mark("predict", iteration):
            predictions = x_test @ coefficients + intercept
    run.output("coefficients", coefficients)
    run.output("intercept", [intercept])
    run.output("predictions", predictions)


if __name__ == "__main__":
    sys.exit(task.main(PROGRAM, work, __file__))
