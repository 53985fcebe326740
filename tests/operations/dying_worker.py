"""A worker that begins a job and never comes to its end: python -m tests.operations.dying_worker DATABASE FILE."""

import sys
import time
from pathlib import Path
from typing import Any

from lms.kernel import clock
from lms.kernel.db import Database
from lms.kernel.outbox import work_once


def begin_and_wait(_payload: dict[str, Any]) -> None:
    Path(sys.argv[2]).touch()
    time.sleep(60)


if __name__ == "__main__":
    work_once(Database(sys.argv[1]), {"mail": begin_and_wait}, clock.now)
