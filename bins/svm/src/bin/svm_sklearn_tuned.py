"""Support vector machines by scikit-learn as an expert would have them: with memory for the kernel's
whole matrix, and with the machines of several classes on threads, since libsvm and liblinear let go of
the interpreter while they solve. One machine alone has no more to tune: libsvm knows no threads."""

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import combinations
from typing import Any

import ferrobench_task as task

PROGRAM = task.Program(
    implementation="svm_sklearn_tuned",
    klass="tuned",
    framework="scikit-learn",
    algorithms=["svc", "nusvc", "linearsvc", "svr"],
    threads_env=["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"],
)
KERNEL = {"kernel": str, "gamma": float | str, "degree": int, "coef0": float, "tol": float}
# MiB: libsvm takes what it needs of them and no more.
CACHE = 1000


def work(run: task.Run) -> None:
    numbers = run.params["algorithm"] == "svr"
    with run.mark("load"):
        table = run.table() if numbers else run.classes()
    with run.mark("setup"):
        make = maker(run)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for iteration in run.iterations():
            turn = table.turn(iteration)
            refuse(run, turn)
            with run.mark("fit", iteration), failing():
                model = fit(run, make, turn)
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


def maker(run: task.Run) -> Callable[..., Any]:
    """Makes an estimator with the run's hyperparameters, some of them in others' place."""
    from sklearn.svm import SVC, SVR, LinearSVC, NuSVC

    match run.params["algorithm"]:
        case "svc":
            kind, given = SVC, classifier(run, run.hyperparameters(c=float, probability=bool, **KERNEL))
        case "nusvc":
            kind, given = NuSVC, classifier(run, run.hyperparameters(nu=float, probability=bool, **KERNEL))
        case "linearsvc":
            known = {"c": float, "loss": str, "intercept_scaling": float, "tol": float, "max_iter": int}
            kind, given = LinearSVC, renamed(run.hyperparameters(**known)) | {"random_state": run.seed % 2**32}
        case _:
            kind, given = SVR, renamed(run.hyperparameters(c=float, epsilon=float, **KERNEL))
    if kind is not LinearSVC:
        given["cache_size"] = CACHE
    return lambda **others: kind(**given | others)


def fit(run: task.Run, make: Callable[..., Any], turn: task.Turn) -> Any:
    import numpy as np

    several = run.params["algorithm"] != "svr" and len(np.unique(turn.y_train)) > 2
    threads = run.params["threads"]
    if not several or threads == 1 or run.params["hyperparameters"].get("probability"):
        return make().fit(turn.x_train, turn.y_train)
    if run.params["algorithm"] == "linearsvc":
        return Rest(make, turn, threads)
    return Pairs(make, turn, threads, run.params["hyperparameters"])


def side_by_side(threads: int, work: Callable[[Any], Any], of: Iterable[Any]) -> list[Any]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, of))


class Pairs:
    """Classes one against one, each pair a machine of its own, as libsvm does it, but on threads."""

    def __init__(self, make: Callable[..., Any], turn: task.Turn, threads: int, given: dict[str, Any]) -> None:
        import numpy as np

        self.threads, self.classes_ = threads, np.unique(turn.y_train)
        rows = [np.flatnonzero(turn.y_train == label) for label in self.classes_]
        self.pairs = list(combinations(range(len(self.classes_)), 2))
        # `scale` is of all rows, not of the pair's.
        width = {"gamma": 1.0 / (turn.x_train.shape[1] * (turn.x_train.var() or np.inf))}
        others = width if given["gamma"] == "scale" and width["gamma"] > 0 else {}

        def one(pair: tuple[int, int]) -> Any:
            both = np.concatenate([rows[pair[0]], rows[pair[1]]])
            model = make(**others).fit(turn.x_train[both], turn.y_train[both])
            return model, both[model.support_]

        fitted = side_by_side(threads, one, self.pairs)
        self.models = [model for model, _ in fitted]
        self.support_ = np.unique(np.concatenate([support for _, support in fitted]))

    def decisions(self, x: Any) -> Any:
        """Positive for a pair's second class."""
        import numpy as np

        return np.column_stack(side_by_side(self.threads, lambda model: model.decision_function(x), self.models))

    def predict(self, x: Any) -> Any:
        import numpy as np

        decisions, votes = self.decisions(x), np.zeros((len(x), len(self.classes_)), dtype=np.int64)
        for column, (first, second) in enumerate(self.pairs):
            votes[:, first] += decisions[:, column] < 0
            votes[:, second] += decisions[:, column] >= 0
        return self.classes_[votes.argmax(axis=1)]

    def decision_function(self, x: Any) -> Any:
        from sklearn.utils.multiclass import _ovr_decision_function

        decisions = self.decisions(x)
        return _ovr_decision_function(decisions > 0, decisions, len(self.classes_))


class Rest:
    """One class against the rest, each a machine of its own."""

    def __init__(self, make: Callable[..., Any], turn: task.Turn, threads: int) -> None:
        import numpy as np

        self.classes_ = np.unique(turn.y_train)
        models = side_by_side(threads, lambda label: make().fit(turn.x_train, turn.y_train == label), self.classes_)
        self.coef_ = np.vstack([model.coef_ for model in models])
        self.intercept_ = np.concatenate([model.intercept_ for model in models])

    def predict(self, x: Any) -> Any:
        return self.classes_[self.decision_function(x).argmax(axis=1)]

    def decision_function(self, x: Any) -> Any:
        return x @ self.coef_.T + self.intercept_


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
    if isinstance(model, Pairs):
        return -model.decisions(turn.x_test)
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
