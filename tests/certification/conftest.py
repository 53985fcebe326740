"""A press that stays warm for all tests, and veraPDF's rules beside it."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lms.certification.render.press import Press

BrokenRules = Callable[[bytes], list[str]]


@pytest.fixture(scope="session")
def press() -> Iterator[Press]:
    press = Press()
    yield press
    press.close()


@pytest.fixture(scope="session")
def broken_rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokenRules]:
    """Which rules of PDF/A-3a and PDF/UA-1 a file breaks, as veraPDF judges."""
    file = tmp_path_factory.mktemp("verapdf") / "judged.pdf"
    command = [sys.executable, str(Path(__file__).with_name("verapdf.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as judge:
        assert judge.stdin
        assert judge.stdout

        def broken(pdf: bytes) -> list[str]:
            assert judge.stdin
            assert judge.stdout
            file.write_bytes(pdf)
            judge.stdin.write(f"{file}\n")
            judge.stdin.flush()
            answer: dict[str, list[str]] = json.loads(judge.stdout.readline())
            return [line for lines in answer.values() for line in lines]

        yield broken
        judge.stdin.close()
