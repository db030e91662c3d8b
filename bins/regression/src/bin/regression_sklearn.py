"""Least squares by scikit-learn, as its documentation calls it."""

import sys

import ferrobench_task as task

PROGRAM = task.Program(
    implementation="regression_sklearn",
    klass="library",
    framework="scikit-learn",
    algorithms=["linear"],
    threads_env=["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"],
)


def work(run: task.Run) -> None:
    from sklearn.linear_model import LinearRegression

    parameters = run.hyperparameters(fit_intercept=bool, tol=float)
    with run.mark("load"):
        x, y = run.array("x"), run.array("y")
        train, test = run.rows("train"), run.rows("test")
        x_train, y_train, x_test = x[train], y[train], x[test]
    with run.mark("setup"):
        model = LinearRegression(fit_intercept=parameters["fit_intercept"], tol=parameters["tol"])
    for iteration in run.iterations():
        with run.mark("fit", iteration):
            model.fit(x_train, y_train)
        with run.mark("predict", iteration):
            predictions = model.predict(x_test)
    run.output("coefficients", model.coef_)
    run.output("intercept", [model.intercept_])
    run.output("predictions", predictions)


if __name__ == "__main__":
    sys.exit(task.main(PROGRAM, work, __file__))
