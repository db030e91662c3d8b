"""Support vector machines by scikit-learn, as its documentation calls them."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ferrobench_task as task

PROGRAM = task.Program(
    implementation="svm_sklearn",
    klass="library",
    framework="scikit-learn",
    algorithms=["svc", "nusvc", "linearsvc", "svr"],
    threads_env=["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"],
)
KERNEL = {"kernel": str, "gamma": float | str, "degree": int, "coef0": float, "tol": float}


def work(run: task.Run) -> None:
    numbers = run.params["algorithm"] == "svr"
    with run.mark("load"):
        table = run.table() if numbers else run.classes()
    with run.mark("setup"):
        model = model_of(run)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for iteration in run.iterations():
            turn = table.turn(iteration)
            refuse(run, turn)
            with run.mark("fit", iteration), failing():
                model.fit(turn.x_train, turn.y_train)
            with run.mark("predict", iteration):
                predictions = model.predict(turn.x_test)
            if numbers:
                run.output("predictions", predictions, turn.fold)
            else:
                run.output("labels", predictions, turn.fold, "i64")
                run.output("scores", scores(run, model, turn), turn.fold)
            if run.params["algorithm"] == "linearsvc":
                run.output("objective", [objective(run, model, turn)], turn.fold)
            else:
                run.output("support_vectors", [len(model.support_)], turn.fold)
            if run.params["algorithm"] in ("svc", "nusvc"):
                run.output("decisions", decisions(model, turn), turn.fold)
    run.fact("converged", not any(warning.category.__name__ == "ConvergenceWarning" for warning in told))
    if told:
        run.fact("warnings", sorted({str(warning.message).splitlines()[0] for warning in told}))


def model_of(run: task.Run) -> Any:
    from sklearn.svm import SVC, SVR, LinearSVC, NuSVC

    match run.params["algorithm"]:
        case "svc":
            return SVC(**classifier(run, run.hyperparameters(c=float, probability=bool, **KERNEL)))
        case "nusvc":
            return NuSVC(**classifier(run, run.hyperparameters(nu=float, probability=bool, **KERNEL)))
        case "linearsvc":
            known = {"c": float, "loss": str, "intercept_scaling": float, "tol": float, "max_iter": int}
            return LinearSVC(**renamed(run.hyperparameters(**known)), random_state=run.seed % 2**32)
        case _:
            return SVR(**renamed(run.hyperparameters(c=float, epsilon=float, **KERNEL)))


def classifier(run: task.Run, given: dict[str, Any]) -> dict[str, Any]:
    """`probability` is deprecated in 1.9 and warns; without it nothing is drawn at random."""
    if not given.pop("probability"):
        return renamed(given)
    return renamed(given) | {"probability": True, "random_state": run.seed % 2**32}


def renamed(given: dict[str, Any]) -> dict[str, Any]:
    gamma = given.get("gamma", "scale")
    if isinstance(gamma, str) and gamma not in ("auto", "scale"):
        what = f"unknown gamma `{gamma}`, expected `auto`, `scale` or a number"
        raise task.BadInput("params.json: hyperparameters", what)
    return {"C" if name == "c" else name: value for name, value in given.items()}


def refuse(run: task.Run, turn: task.Turn) -> None:
    """What scikit-learn refuses while it fits, in the same words from all implementations."""
    import numpy as np

    if run.params["algorithm"] == "svr":
        return
    counts = np.unique(turn.y_train, return_counts=True)[1]
    if len(counts) < 2:
        raise task.BadInput("data", "The number of classes has to be greater than one; got 1 class")
    if run.params["algorithm"] == "nusvc":
        nu, pairs = run.params["hyperparameters"]["nu"], np.add.outer(counts, counts) / 2.0
        np.fill_diagonal(pairs, 0.0)
        if (nu * pairs > np.minimum.outer(counts, counts)).any():
            hint = "nu is at most twice the share of the smaller class, for each pair of classes"
            raise task.BadInput("params.json: hyperparameters", "specified nu is infeasible", hint)


@contextmanager
def failing() -> Iterator[None]:
    """What scikit-learn finds wrong with its own result is a failure of the work."""
    try:
        yield
    except ValueError as error:
        raise task.Failed(str(error)) from error


def scores(run: task.Run, model: Any, turn: task.Turn) -> Any:
    """One column a class, the larger the likelier."""
    import numpy as np

    if run.params["hyperparameters"].get("probability"):
        return model.predict_proba(turn.x_test)
    decisions = model.decision_function(turn.x_test)
    return np.column_stack([-decisions, decisions]) if decisions.ndim == 1 else decisions


def decisions(model: Any, turn: task.Turn) -> Any:
    """One column a pair of classes, positive for the first; with one pair scikit-learn turns the sign."""
    values = model.set_params(decision_function_shape="ovo").decision_function(turn.x_test)
    model.set_params(decision_function_shape="ovr")
    return -values[:, None] if values.ndim == 1 else values


def objective(run: task.Run, model: Any, turn: task.Turn) -> float:
    """What `linearsvc` minimises, summed over the classes."""
    import numpy as np

    given = run.params["hyperparameters"]
    classes = model.classes_ if len(model.classes_) > 2 else model.classes_[1:]
    signs = np.where(turn.y_train[:, None] == classes[None, :], 1.0, -1.0)
    slack = np.maximum(0.0, 1.0 - signs * (turn.x_train @ model.coef_.T + model.intercept_))
    loss = slack.sum() if given["loss"] == "hinge" else np.square(slack).sum()
    penalty = np.square(model.coef_).sum() + np.square(model.intercept_ / given["intercept_scaling"]).sum()
    return float(penalty / 2.0 + given["c"] * loss)


if __name__ == "__main__":
    sys.exit(task.main(PROGRAM, work, __file__))
