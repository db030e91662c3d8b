"""Principal components by scikit-learn, as its documentation calls them."""

import sys
from typing import Any

import ferrobench_task as task
import numpy as np

PROGRAM = task.Program(
    implementation="pca_sklearn",
    klass="library",
    framework="scikit-learn",
    algorithms=["exact", "randomised"],
    threads_env=["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"],
)


def work(run: task.Run) -> None:
    with run.mark("load"):
        table = run.points()
    with run.mark("setup"):
        model = model_of(run)
    for iteration in run.iterations():
        turn = table.turn(iteration)
        check_components(model.n_components, *turn.x_train.shape)
        with run.mark("fit", iteration):
            model.fit(turn.x_train)
        with run.mark("transform", iteration):
            transformed = model.transform(turn.x_train)
        rest = turn.x_train - model.inverse_transform(transformed)
        run.output("components", model.components_, turn.fold)
        run.output("explained_variance", model.explained_variance_, turn.fold)
        run.output("reconstruction_error", [np.mean(rest**2)], turn.fold)


def model_of(run: task.Run) -> Any:
    from sklearn.decomposition import PCA

    if run.params["algorithm"] == "exact":
        return PCA(**run.hyperparameters(n_components=int), svd_solver="full")
    known = run.hyperparameters(n_components=int, n_oversamples=int, n_iter=int)
    return PCA(
        known["n_components"],
        svd_solver="randomized",
        n_oversamples=known["n_oversamples"],
        iterated_power=known["n_iter"],
        random_state=run.seed % 2**32,
    )


def check_components(wanted: int, rows: int, columns: int) -> None:
    most = min(rows, columns)
    if wanted > most or rows < 2:
        what = f"`n_components` is {wanted}; the data have {rows} rows and {columns} columns"
        hint = f"ask at most as many components as there are of both: {most}; a variance needs two rows"
        raise task.BadInput("params.json: hyperparameters", what, hint)


if __name__ == "__main__":
    sys.exit(task.main(PROGRAM, work, __file__))
