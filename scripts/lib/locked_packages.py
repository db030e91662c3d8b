"""Whether what is there is what a lock pins: exit 0, or 1 with the first differences.

    python locked_packages.py LOCK PYTHON_OR_REQUIREMENTS

LOCK holds lines `name==version`. The other is an interpreter, whose installed packages are looked
at, or a file of requirements. More packages than the lock's may be there.
"""

import re
import subprocess
import sys
from pathlib import Path

PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
INSTALLED = "import importlib.metadata as m\nfor d in m.distributions(): print(f'{d.name}=={d.version}')"
SHOWN_MAX = 3


def pins(text: str) -> dict[str, set[str]]:
    """Versions by name, spelt as PEP 503 says; a lock may have one for each version of Python."""
    versions: dict[str, set[str]] = {}
    for name, version in PIN.findall(text):
        versions.setdefault(re.sub(r"[-_.]+", "-", name).lower(), set()).add(version)
    return versions


def found(there: Path) -> dict[str, set[str]]:
    if there.suffix == ".txt":
        return pins(there.read_text(encoding="utf-8"))
    return pins(subprocess.run([there, "-c", INSTALLED], capture_output=True, check=True, text=True).stdout)


def main(lock: Path, there: Path) -> int:
    wanted, own = pins(lock.read_text(encoding="utf-8")), found(there)
    differences = [
        f"{name} {' or '.join(own.get(name, ['missing']))} where the lock has {' or '.join(sorted(versions))}"
        for name, versions in sorted(wanted.items())
        if not own.get(name, set()) & versions
    ]
    more = f" and {len(differences) - SHOWN_MAX} more" if len(differences) > SHOWN_MAX else ""
    sys.stdout.write(", ".join(differences[:SHOWN_MAX]) + more + "\n")
    return 1 if differences or not wanted else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
