"""Linear models by scikit-learn, as its documentation calls them."""

import sys
import warnings
from typing import Any

import ferrobench_task as task

PROGRAM = task.Program(
    implementation="regression_sklearn",
    klass="library",
    framework="scikit-learn",
    algorithms=["linear", "ridge", "lasso", "elastic_net"],
    threads_env=["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"],
)


def work(run: task.Run) -> None:
    with run.mark("load"):
        table = run.table()
    with run.mark("setup"):
        model = model_of(run)
    planes = {}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for iteration in run.iterations():
            turn = table.turn(iteration)
            with run.mark("fit", iteration):
                model.fit(turn.x_train, turn.y_train)
            with run.mark("predict", iteration):
                predictions = model.predict(turn.x_test)
            run.output("predictions", predictions, turn.fold)
            planes[turn.fold] = (model.coef_, model.intercept_)
    for fold, (coefficients, intercept) in planes.items():
        run.output("objective", [objective(run, table.turn(fold), coefficients, intercept)], fold)
        run.output("coefficients", coefficients, fold)
        run.output("intercept", [intercept], fold)
    if run.params["algorithm"] in ("lasso", "elastic_net"):
        run.fact("sweeps", model.n_iter_)
        run.fact("converged", not any(warning.category.__name__ == "ConvergenceWarning" for warning in told))
    if told:
        run.fact("warnings", sorted({str(warning.message).splitlines()[0] for warning in told}))


def model_of(run: task.Run) -> Any:
    from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge

    match run.params["algorithm"]:
        case "linear":
            return LinearRegression(**run.hyperparameters(fit_intercept=bool, tol=float))
        case "ridge":
            return Ridge(**run.hyperparameters(alpha=float, fit_intercept=bool, max_iter=int, tol=float))
        case "lasso":
            return Lasso(**run.hyperparameters(alpha=float, fit_intercept=bool, max_iter=int, tol=float))
        case _:
            known = {"alpha": float, "l1_ratio": float, "fit_intercept": bool, "max_iter": int, "tol": float}
            return ElasticNet(**run.hyperparameters(**known))


def objective(run: task.Run, turn: task.Turn, coefficients: Any, intercept: float) -> float:
    """What the algorithm minimises, of the plane that was found."""
    import numpy as np

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
