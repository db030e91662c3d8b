"""The twins' shared module is on the path, as `measure` puts it there, and has its numpy."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "crates" / "task" / "python"))

import ferrobench_task

ferrobench_task.load_numpy()
