"""Principal components as an expert calls scikit-learn: the eigenvectors of the covariance where there
are more rows than columns, no second look at data that are known to be finite, and powers without
a factorisation each where there are few of them."""

import sys
from typing import Any

import ferrobench_task as task
import numpy as np

PROGRAM = task.Program(
    implementation="pca_sklearn_tuned",
    klass="tuned",
    framework="scikit-learn",
    algorithms=["exact", "randomised"],
    threads_env=["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"],
)

# Below this share of the largest variance, the squares have lost too many digits.
LEAST_SHARE = 1e-8


def work(run: task.Run) -> None:
    with run.mark("load"):
        table = run.points()
    with run.mark("setup"):
        import sklearn

        sklearn.set_config(assume_finite=True)
        model = model_of(run, *table.turn(0).x_train.shape)
    for iteration in run.iterations():
        turn = table.turn(iteration)
        check_components(model.n_components, *turn.x_train.shape)
        with run.mark("fit", iteration):
            model.fit(turn.x_train)
            if lost_digits(model):
                model.set_params(svd_solver="full").fit(turn.x_train)
        with run.mark("transform", iteration):
            transformed = model.transform(turn.x_train)
        rest = turn.x_train - model.inverse_transform(transformed)
        run.output("components", model.components_, turn.fold)
        run.output("explained_variance", model.explained_variance_, turn.fold)
        run.output("reconstruction_error", [np.mean(rest**2)], turn.fold)


def model_of(run: task.Run, rows: int, columns: int) -> Any:
    from sklearn.decomposition import PCA

    if run.params["algorithm"] == "exact":
        solver = "covariance_eigh" if rows > columns else "full"
        return PCA(**run.hyperparameters(n_components=int), svd_solver=solver)
    known = run.hyperparameters(n_components=int, n_oversamples=int, n_iter=int)
    return PCA(
        known["n_components"],
        svd_solver="randomized",
        n_oversamples=known["n_oversamples"],
        iterated_power=known["n_iter"],
        power_iteration_normalizer="LU" if known["n_iter"] > 2 else "none",
        random_state=run.seed % 2**32,
    )


def lost_digits(model: Any) -> bool:
    """Of the components that are kept, or by centring squares of data far from the origin."""
    if model.svd_solver != "covariance_eigh":
        return False
    variances = model.explained_variance_
    raw = variances[0] + model.mean_ @ model.mean_
    return not variances[-1] > LEAST_SHARE * raw


def check_components(wanted: int, rows: int, columns: int) -> None:
    most = min(rows, columns)
    if wanted > most or rows < 2:
        what = f"`n_components` is {wanted}; the data have {rows} rows and {columns} columns"
        hint = f"ask at most as many components as there are of both: {most}; a variance needs two rows"
        raise task.BadInput("params.json: hyperparameters", what, hint)


if __name__ == "__main__":
    sys.exit(task.main(PROGRAM, work, __file__))
