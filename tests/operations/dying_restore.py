"""A restore that is killed before it begins anew: python -m tests.operations.dying_restore FOLDER, with LMS_* set."""

import os
import signal
import sys
from pathlib import Path

from lms.kernel import clock
from lms.kernel.db import Database
from lms.operations import schema
from lms.operations.restore import restore_backup
from lms.settings import Settings


def migrate_and_die(database: Database) -> None:
    schema.migrate(database)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    restore_backup(Path(sys.argv[1]), Settings.from_env(), migrate_and_die, clock.now())
