"""`make check`: every tool that reads the code without running it, side by side; a line each, then what failed."""

import os
import subprocess
import sys
import sysconfig
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sysconfig.get_path("scripts"))
CHECKS = {
    "types": ["mypy"],
    "dead code": ["vulture"],
    "floors and rooms": ["lint-imports"],
    "templates": ["djlint", "lms", "certificates", "--lint", "--quiet"],
    "dangerous calls": ["bandit", "-q", "-ll", "-c", "pyproject.toml", "-r", "lms"],
    "dependencies": ["deptry", "."],
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
}


@dataclass(frozen=True, slots=True)
class Checked:
    name: str
    passed: bool
    seconds: float
    said: str


def run(name: str) -> Checked:
    program, *arguments = CHECKS[name]
    began = time.perf_counter()
    done = subprocess.run(
        [PROGRAMS / program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"NO_COLOR": "1"},
    )
    return Checked(name, done.returncode == 0, time.perf_counter() - began, f"{done.stdout}{done.stderr}".strip())


def main() -> int:
    began = time.perf_counter()
    failed = []
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for checked in pool.map(run, CHECKS):
            sys.stdout.write(
                f"{'ok    ' if checked.passed else 'FAILED'} {checked.name:<18} {checked.seconds:5.1f} s\n"
            )
            sys.stdout.flush()
            if not checked.passed:
                failed.append(checked)
    for checked in failed:
        sys.stdout.write(f"\n--- {checked.name}: {' '.join(CHECKS[checked.name])}\n{checked.said}\n")
    sys.stdout.write(
        f"\n{len(CHECKS) - len(failed)} passed, {len(failed)} failed ({time.perf_counter() - began:.0f} s)\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
