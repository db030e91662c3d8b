"""Linear models as an expert in Python writes them: second moments by BLAS, without a centred copy,
then LAPACK for least squares and ridge, and scikit-learn's coordinate descent on the moments for
lasso and elastic net. Where that is not safe, scikit-learn's own estimator.

BLAS does not spread a product of this shape over threads, so each thread takes its share of the rows.
"""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import ferrobench_task as task
import numpy as np
import numpy.typing as npt

PROGRAM = task.Program(
    implementation="regression_sklearn_tuned",
    klass="tuned",
    framework="scikit-learn",
    algorithms=["linear", "ridge", "lasso", "elastic_net"],
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


@dataclass
class Fitted:
    coefficients: Floats
    intercept: float
    facts: dict[str, Any]


@dataclass
class Moments:
    """X'X and X'y of the centred data; of the data as they are without an intercept."""

    gram: Floats
    right: Floats
    x_mean: Floats
    y_mean: float
    # By how much centring the sums magnified the rounding errors of the worst column.
    loss: float

    def fitted(self, coefficients: Floats, **facts: Any) -> Fitted:
        return Fitted(coefficients, float(self.y_mean - self.x_mean @ coefficients), facts)


Fit = Callable[[Floats, Floats], Fitted]


def work(run: task.Run) -> None:
    with run.mark("load"):
        table = run.table()
    with run.mark("setup"):
        fit = fit_of(run, Summing(run.threads))
    planes = {}
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        for iteration in run.iterations():
            turn = table.turn(iteration)
            with run.mark("fit", iteration):
                fitted = fit(turn.x_train, turn.y_train)
            with run.mark("predict", iteration):
                predictions = turn.x_test @ fitted.coefficients + fitted.intercept
            run.output("predictions", predictions, turn.fold)
            planes[turn.fold] = fitted
        for fold, plane in planes.items():
            run.output("objective", [objective(run, table.turn(fold), plane.coefficients, plane.intercept)], fold)
            run.output("coefficients", plane.coefficients, fold)
            run.output("intercept", [plane.intercept], fold)
    for name, value in fitted.facts.items():
        run.fact(name, value)


class Summing:
    """The moments of a table, each thread its share of the rows."""

    def __init__(self, threads: int) -> None:
        from scipy.linalg.blas import dsyrk
        from threadpoolctl import threadpool_limits

        self.threads = threads
        self.dsyrk = dsyrk
        self.pool = ThreadPoolExecutor(threads) if threads > 1 else None
        if self.pool:
            threadpool_limits(1)

    def moments(self, x: Floats, y: Floats, fit_intercept: bool) -> Moments:
        gram, right, total = self.sums(x, y)
        if not fit_intercept:
            return Moments(gram, right, np.zeros(len(right)), 0.0, 1.0)
        rows, y_mean = len(y), float(y.mean())
        x_mean = total / rows
        squares = gram.diagonal().copy()
        gram -= np.outer(total, x_mean)
        right -= total * y_mean
        # A column of zeros has no digits to lose; one of which nothing is left, or less, has lost them all.
        left = np.maximum(gram.diagonal(), 0.0)
        loss = float(np.where(squares > 0.0, squares / left, 1.0).max())
        if not loss < RAW_LOSS_MAX:
            # About the first row, so that a constant column is centred to nothing, not to rounding.
            x_mean = x[0] + (x - x[0]).mean(axis=0)
            gram, right, _ = self.sums(x - x_mean, y - y_mean)
            loss = 1.0
        if y.min() == y.max():
            # What is left of the products with a constant target is rounding.
            right[:] = 0.0
        return Moments(gram, right, x_mean, y_mean, loss)

    def sums(self, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
        if not self.pool:
            return self.share(x, y)
        bounds = np.linspace(0, len(y), self.threads + 1).astype(int)
        shares = [slice(start, end) for start, end in zip(bounds[:-1], bounds[1:], strict=True)]
        first, *others = self.pool.map(lambda share: self.share(x[share], y[share]), shares)
        for other in others:
            for total, value in zip(first, other, strict=True):
                total += value
        return first

    def share(self, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
        # The transpose of a C-ordered array is Fortran-ordered: BLAS reads it without a copy. Beside
        # other threads numpy's product is the one that releases the interpreter's lock.
        gram = x.T @ x if self.pool else self.dsyrk(1.0, x.T)
        return gram, y @ x, np.ones(len(y)) @ x


def fit_of(run: task.Run, summing: Summing) -> Fit:
    from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge

    match run.params["algorithm"]:
        case "linear":
            given = run.hyperparameters(fit_intercept=bool, tol=float)
            return solving(LinearRegression(**given), summing, given["fit_intercept"], 0.0, given["tol"])
        case "ridge":
            given = run.hyperparameters(alpha=float, fit_intercept=bool, max_iter=int, tol=float)
            return solving(Ridge(**given), summing, given["fit_intercept"], given["alpha"], 0.0)
        case "lasso":
            given = run.hyperparameters(alpha=float, fit_intercept=bool, max_iter=int, tol=float)
            return descending(Lasso(**given), summing, given | {"l1_ratio": 1.0})
        case _:
            known = {"alpha": float, "l1_ratio": float, "fit_intercept": bool, "max_iter": int, "tol": float}
            given = run.hyperparameters(**known)
            return descending(ElasticNet(**given), summing, given)


def solving(model: Any, summing: Summing, fit_intercept: bool, alpha: float, tol: float) -> Fit:
    """The normal equations where they are safe."""
    from scipy.linalg.lapack import dpocon, dpotrf, dpotrs
    from threadpoolctl import threadpool_limits

    def normal_equations(x: Floats, y: Floats) -> Fitted | None:
        """The solution, or nothing where squaring the condition would cost too many digits, or where
        a direction may have to be dropped."""
        if len(y) <= x.shape[1]:
            return None
        moments = summing.moments(x, y, fit_intercept)
        gram = moments.gram
        gram.flat[:: len(gram) + 1] += alpha
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
        if not (moments.loss * inverse_norm <= LOSS_MAX and smallest > CLEAR_OF_TOLERANCE * tol * largest):
            return None
        coefficients, _ = dpotrs(factor, moments.right / lengths, overwrite_b=1)
        coefficients /= lengths
        return moments.fitted(coefficients, method="normal equations")

    def fit(x: Floats, y: Floats) -> Fitted:
        fitted = normal_equations(x, y)
        if fitted is None:
            with threadpool_limits(summing.threads):
                model.fit(x, y)
            fitted = Fitted(model.coef_, float(model.intercept_), {"method": "scikit-learn"})
        return fitted

    return fit


def descending(model: Any, summing: Summing, given: dict[str, Any]) -> Fit:
    """Coordinate descent on the moments; on the residuals, as scikit-learn does it, where there are
    more columns than rows."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import enet_path

    def on_moments(x: Floats, y: Floats) -> Fitted:
        moments = summing.moments(x, y, given["fit_intercept"])
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            # With the input taken as it is, of `x` only the shape is looked at, and of `y` the square.
            _, coefficients, _, sweeps = enet_path(
                x,
                y - moments.y_mean,
                l1_ratio=given["l1_ratio"],
                alphas=[given["alpha"]],
                precompute=np.ascontiguousarray(mirrored(moments.gram)),
                Xy=moments.right,
                max_iter=given["max_iter"],
                tol=given["tol"],
                check_input=False,
                return_n_iter=True,
            )
        converged = not any(issubclass(warning.category, ConvergenceWarning) for warning in told)
        return moments.fitted(coefficients[:, 0], sweeps=sweeps[0], converged=converged, method="gram")

    def on_residuals(x: Floats, y: Floats) -> Fitted:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            model.fit(x, y)
        converged = not any(issubclass(warning.category, ConvergenceWarning) for warning in told)
        facts = {"sweeps": model.n_iter_, "converged": converged, "method": "residuals"}
        return Fitted(model.coef_, float(model.intercept_), facts)

    return lambda x, y: on_moments(x, y) if len(y) >= x.shape[1] else on_residuals(x, y)


def mirrored(upper: Floats) -> Floats:
    """BLAS fills one triangle of a symmetric product."""
    return np.triu(upper) + np.triu(upper, 1).T


def objective(run: task.Run, turn: task.Turn, coefficients: Floats, intercept: float) -> float:
    """What the algorithm minimises, of the plane that was found."""
    given = run.params["hyperparameters"]
    squared_errors = float(np.sum((turn.y_train - turn.x_train @ coefficients - intercept) ** 2))
    squares, absolutes = float(coefficients @ coefficients), float(np.abs(coefficients).sum())
    match run.params["algorithm"]:
        case "linear":
            return squared_errors
        case "ridge":
            return squared_errors + given["alpha"] * squares
        case _:
            l1_ratio = given.get("l1_ratio", 1.0)
            penalty = l1_ratio * absolutes + (1.0 - l1_ratio) * squares / 2.0
            return squared_errors / (2 * len(turn.y_train)) + given["alpha"] * penalty


if __name__ == "__main__":
    sys.exit(task.main(PROGRAM, work, __file__))
