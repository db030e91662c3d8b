"""What the block store holds of the blocks that one launch folder asked for; used by test-kill.

records.py keys ROOT LAUNCH         cell, arm and round of every final record, sorted
records.py overlaps ROOT LAUNCH     exit 1 where two runs, of finished or interrupted attempts, overlapped
records.py interrupted ROOT LAUNCH  exit 1 where no interrupted attempt was kept
"""

import json
import sys
from itertools import pairwise
from pathlib import Path


def keys_of_blocks(launch: Path) -> list[str]:
    manifests = launch.glob("work/*/*/out/*/manifest.json")
    return sorted({json.loads(manifest.read_text())["key"] for manifest in manifests})


def records(path: Path) -> list[dict]:
    """A process that was killed may have left half a line."""
    return [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]


def final(root: Path, keys: list[str]) -> list[dict]:
    return [record for key in keys for record in records(root / ".ferrobench/blocks" / key / "records.jsonl")]


def interrupted(root: Path, keys: list[str]) -> list[dict]:
    paths = [path for key in keys for path in (root / ".ferrobench/attempts" / key).glob("*/records.jsonl")]
    return [record for path in paths for record in records(path)]


def main(what: str, root: Path, launch: Path) -> int:
    blocks = keys_of_blocks(launch)
    if what == "keys":
        names = [record["identity"] for record in final(root, blocks)]
        for name in sorted(f"{n['cell_id']} {n['arm']} {n['round']}" for n in names):
            sys.stdout.write(name + "\n")
        return 0
    if what == "interrupted":
        return 0 if interrupted(root, blocks) else 1
    timings = [record["timing"] for record in final(root, blocks) + interrupted(root, blocks)]
    spans = sorted((timing["spawn_ns"], timing["exit_ns"]) for timing in timings)
    together = [(one, two) for one, two in pairwise(spans) if two[0] < one[1]]
    for one, two in together:
        sys.stderr.write(f"{one} and {two} ran at the same time\n")
    return 1 if together or not spans else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
