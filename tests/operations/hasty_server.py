"""The mutant of the server: it says "saved" first and commits a moment later."""

import sys
import threading
from datetime import datetime

from sqlalchemy.orm import Session

from lms import cli, factory
from lms.kernel import events

LATER_SECONDS = 0.05


def acknowledge_first(db: Session, within: events.Within, now: datetime) -> None:
    close = db.close
    db.flush()

    def commit() -> None:
        events.finish(db, within, now)
        close()

    db.close = lambda: None  # type: ignore[method-assign]
    threading.Timer(LATER_SECONDS, commit).start()


if __name__ == "__main__":
    factory.finish = acknowledge_first  # type: ignore[attr-defined]
    cli.main(sys.argv[1:])
