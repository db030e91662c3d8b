"""Forests and boosting as an expert calls scikit-learn: forests in the single precision that their trees
compare in, boosting column by column as it bins, and neither with a second look at data known to be finite."""

import sys
from typing import Any

import ferrobench_task as task
import numpy as np

PROGRAM = task.Program(
    implementation="trees_sklearn_tuned",
    klass="tuned",
    framework="scikit-learn",
    algorithms=[
        "random_forest_classification",
        "random_forest_regression",
        "hist_gradient_boosting_classification",
        "hist_gradient_boosting_regression",
    ],
    threads_env=["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"],
)


def work(run: task.Run) -> None:
    classifies = run.params["algorithm"].endswith("_classification")
    with run.mark("load"):
        table = run.classes() if classifies else run.table()
    with run.mark("setup"):
        import sklearn

        sklearn.set_config(assume_finite=True)
        model = model_of(run)
    for iteration in run.iterations():
        turn = table.turn(iteration)
        with run.mark("fit", iteration):
            model.fit(laid_out(run, turn.x_train), turn.y_train)
        with run.mark("predict", iteration):
            predictions = model.predict(turn.x_test)
        if classifies:
            run.output("labels", predictions, turn.fold, "i64")
            run.output("scores", scores(model, turn), turn.fold)
        else:
            run.output("predictions", predictions, turn.fold)
        run.fact("leaves", leaves(model))


def laid_out(run: task.Run, x: Any) -> Any:
    return np.asfortranarray(x) if boosts(run) else x.astype(np.float32)


def boosts(run: task.Run) -> bool:
    return bool(run.params["algorithm"].startswith("hist_gradient_boosting"))


def model_of(run: task.Run) -> Any:
    return boosting_of(run) if boosts(run) else forest_of(run)


def forest_of(run: task.Run) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    known = run.hyperparameters(
        n_estimators=int, max_depth=int | None, max_features=str, min_samples_leaf=int, bootstrap=bool
    )
    chosen = known | {
        "max_features": "sqrt" if known["max_features"] == "sqrt" else 1.0,
        "n_jobs": run.threads,
        "random_state": run.seed % 2**32,
    }
    if run.params["algorithm"] == "random_forest_classification":
        return RandomForestClassifier(**chosen)
    return RandomForestRegressor(**chosen)


def boosting_of(run: task.Run) -> Any:
    """Early stopping, which scikit-learn begins with 10,000 rows, would be other work than the others do."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    known = run.hyperparameters(
        max_iter=int,
        learning_rate=float,
        max_leaf_nodes=int | None,
        max_depth=int | None,
        min_samples_leaf=int,
        l2_regularization=float,
        max_bins=int,
    )
    chosen = known | {"early_stopping": False, "random_state": run.seed % 2**32}
    if run.params["algorithm"] == "hist_gradient_boosting_classification":
        return HistGradientBoostingClassifier(**chosen)
    return HistGradientBoostingRegressor(**chosen)


def leaves(model: Any) -> int:
    if hasattr(model, "estimators_"):
        return sum(int(tree.get_n_leaves()) for tree in model.estimators_)
    return sum(int(tree.get_n_leaf_nodes()) for trees in model._predictors for tree in trees)


def scores(model: Any, turn: Any) -> Any:
    """A column a class; none of a class's rows may train in a fold."""
    shares = np.zeros((len(turn.x_test), int(turn.y_train.max()) + 1))
    # Boosting tells two shares where a single class trained.
    shares[:, model.classes_] = model.predict_proba(turn.x_test)[:, : len(model.classes_)]
    return shares


if __name__ == "__main__":
    sys.exit(task.main(PROGRAM, work, __file__))
