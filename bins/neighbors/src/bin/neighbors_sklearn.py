"""The k nearest neighbours by scikit-learn, as its documentation calls them."""

import sys
from typing import Any

import ferrobench_task as task
import numpy as np

PROGRAM = task.Program(
    implementation="neighbors_sklearn",
    klass="library",
    framework="scikit-learn",
    algorithms=["knn_classification", "knn_regression"],
    threads_env=["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"],
)


def work(run: task.Run) -> None:
    classifies = run.params["algorithm"] == "knn_classification"
    with run.mark("load"):
        table = run.classes() if classifies else run.table()
    with run.mark("setup"):
        model = model_of(run)
    for iteration in run.iterations():
        turn = table.turn(iteration)
        check_neighbors(model.n_neighbors, len(turn.y_train))
        with run.mark("fit", iteration):
            model.fit(turn.x_train, turn.y_train)
        with run.mark("predict", iteration):
            predictions = model.predict(turn.x_test)
        if classifies:
            run.output("labels", predictions, turn.fold, "i64")
            run.output("scores", scores(model, turn), turn.fold)
        else:
            run.output("predictions", predictions, turn.fold)


def model_of(run: task.Run) -> Any:
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    known = run.hyperparameters(n_neighbors=int, weights=str)
    if run.params["algorithm"] == "knn_classification":
        return KNeighborsClassifier(**known, n_jobs=run.threads)
    return KNeighborsRegressor(**known, n_jobs=run.threads)


def check_neighbors(wanted: int, rows: int) -> None:
    if wanted > rows:
        what = f"`n_neighbors` is {wanted}; the training data have {rows} rows"
        hint = "ask at most as many neighbours as there are rows"
        raise task.BadInput("params.json: hyperparameters", what, hint)


def scores(model: Any, turn: Any) -> Any:
    """A column a class; none of a class's rows may train in a fold."""
    shares = np.zeros((len(turn.x_test), int(turn.y_train.max()) + 1))
    shares[:, model.classes_] = model.predict_proba(turn.x_test)
    return shares


if __name__ == "__main__":
    sys.exit(task.main(PROGRAM, work, __file__))
