"""A worker that is killed as it keeps the nth file of an archive: dying_archivist DATABASE FOLDER N."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from lms import consequences
from lms.certification import archives
from lms.kernel import clock
from lms.kernel.db import Database
from lms.kernel.files import FileStore
from lms.kernel.outbox import work_once
from lms.settings import Settings


class LastFiles(FileStore):
    """Dies with the nth: a certificate when it is kept but nobody told the database; the archive half written."""

    left = int(sys.argv[3]) if len(sys.argv) > 3 else 0

    def put(self, data: bytes) -> str:
        digest = super().put(data)
        self._count()
        return digest

    def put_written(self, write: Callable[[BinaryIO], None]) -> str:
        def half(out: BinaryIO) -> None:
            write(out)
            self._count()

        return super().put_written(half)

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    archives.EACH_JOB = 2
    archives.AT_ONCE = 1
    database, folder = Database(sys.argv[1]), Path(sys.argv[2])
    settings = Settings(data_dir=folder, database_url=sys.argv[1], base_url="http://localhost", secret_key="a" * 40)
    handlers = consequences.after(settings, database, LastFiles(folder / "files"), clock.now)
    while work_once(database, handlers, clock.now):
        pass
