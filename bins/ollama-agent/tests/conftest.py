"""The twins' shared modules are on the path, as `measure` puts them there."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "crates/task/python"), str(ROOT / "bins/ollama-agent/src/bin")]
