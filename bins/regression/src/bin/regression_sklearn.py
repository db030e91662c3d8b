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
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for iteration in run.iterations():
            turn = table.turn(iteration)
            with run.mark("fit", iteration):
                model.fit(turn.x_train, turn.y_train)
            with run.mark("predict", iteration):
                predictions = model.predict(turn.x_test)
            run.output("coefficients", model.coef_, turn.fold)
            run.output("intercept", [model.intercept_], turn.fold)
            run.output("predictions", predictions, turn.fold)
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


if __name__ == "__main__":
    sys.exit(task.main(PROGRAM, work, __file__))
