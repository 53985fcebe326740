"""Whether this process could do its work if somebody asked it now."""

import tempfile

from sqlalchemy.exc import SQLAlchemyError

from lms.kernel.db import Database
from lms.operations.schema import is_current, is_half_restored
from lms.settings import Settings


def what_is_not_ready(database: Database, settings: Settings) -> list[str]:
    """A sentence for each thing that is missing; empty when all is well."""
    reasons = []
    try:
        with database.session(write=False) as db:
            if is_half_restored(db.connection()):
                reasons.append("A restore into this database was not finished: restore into a new one.")
            elif not is_current(db.connection()):
                reasons.append("The database has another schema than this version works with: lms migrate.")
    except SQLAlchemyError:
        reasons.append("The database does not answer.")
    try:
        with tempfile.TemporaryFile(dir=settings.data_dir) as file:
            file.write(b"ready")
    except OSError as error:
        reasons.append(f"The data folder cannot be written: {error.strerror}.")
    return reasons
