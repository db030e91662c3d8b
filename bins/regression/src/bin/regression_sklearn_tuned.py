"""Least squares as an expert in Python writes it: the normal equations by BLAS and LAPACK where the
condition allows, scikit-learn's own solver where it does not."""

import sys

import ferrobench_task as task
import numpy as np

PROGRAM = task.Program(
    implementation="regression_sklearn_tuned",
    klass="tuned",
    framework="scikit-learn",
    algorithms=["linear"],
    threads_env=["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"],
    requires=["scipy"],
)

# Of the scaled Gram matrix, the square of the data's: beyond it Cholesky would lose the digits that
# the parity rule asks for.
GRAM_CONDITION_MAX = 1e8


def work(run: task.Run) -> None:
    from scipy.linalg.blas import dsyrk
    from scipy.linalg.lapack import dpocon, dpotrf, dpotrs
    from sklearn.linear_model import LinearRegression

    parameters = run.hyperparameters(fit_intercept=bool)
    fit_intercept = parameters["fit_intercept"]
    with run.mark("load"):
        x, y = run.array("x"), run.array("y")
        train, test = run.rows("train"), run.rows("test")
        x_train, y_train, x_test = x[train], y[train], x[test]
    with run.mark("setup"):
        model = LinearRegression(fit_intercept=fit_intercept, copy_X=True)

    def fit() -> tuple[np.ndarray, float]:
        rows, columns = x_train.shape
        x_mean = x_train.mean(axis=0) if fit_intercept else np.zeros(columns)
        y_mean = y_train.mean() if fit_intercept else 0.0
        centred = x_train - x_mean if fit_intercept else x_train
        # The transpose of a C-ordered array is Fortran-ordered: BLAS reads it without a copy.
        gram = dsyrk(1.0, centred.T, lower=1)
        scale = np.sqrt(gram.diagonal())
        if rows > columns and np.all(scale > 0.0):
            gram /= scale[:, None]
            gram /= scale
            norm = np.abs(np.tril(gram) + np.tril(gram, -1).T).sum(axis=0).max()
            factor, info = dpotrf(gram, lower=1, overwrite_a=1)
            if info == 0:
                reciprocal, _ = dpocon(factor, norm, uplo="L")
                if reciprocal * GRAM_CONDITION_MAX > 1.0:
                    right = centred.T @ (y_train - y_mean) / scale
                    coefficients, _ = dpotrs(factor, right, lower=1, overwrite_b=1)
                    coefficients /= scale
                    return coefficients, float(y_mean - x_mean @ coefficients)
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
