"""The k nearest neighbours as an expert calls scikit-learn: a k-d tree only in few dimensions, where
it is the faster one, and no second look at data that are known to be finite."""

import sys
from typing import Any

import ferrobench_task as task
import numpy as np

PROGRAM = task.Program(
    implementation="neighbors_sklearn_tuned",
    klass="tuned",
    framework="scikit-learn",
    algorithms=["knn_classification", "knn_regression"],
    threads_env=["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"],
)

# scikit-learn itself chooses the tree up to 15; between the two its brute force is several times as fast.
TREE_COLUMNS_MAX = 7


def work(run: task.Run) -> None:
    classifies = run.params["algorithm"] == "knn_classification"
    with run.mark("load"):
        table = run.classes() if classifies else run.table()
    with run.mark("setup"):
        import sklearn

        sklearn.set_config(assume_finite=True)
        model = model_of(run, table.turn(0).x_train.shape[1])
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


def model_of(run: task.Run, columns: int) -> Any:
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    known = run.hyperparameters(n_neighbors=int, weights=str)
    chosen = {"algorithm": "kd_tree" if columns <= TREE_COLUMNS_MAX else "brute", "n_jobs": run.threads}
    if run.params["algorithm"] == "knn_classification":
        return KNeighborsClassifier(**known, **chosen)
    return KNeighborsRegressor(**known, **chosen)


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
