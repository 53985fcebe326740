"""Which files the database names: what a backup must hold and a restore must find."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.catalog.models import CourseLanguage, Edition
from lms.certification.queries import printed_files
from lms.coursework.queries import named_digests


def named_files(db: Session) -> set[str]:
    """SHA-256 of every file that some row points to."""
    found = {digest for manifest in db.scalars(select(Edition.manifest)) for digest in manifest.values()}
    found |= printed_files(db) | named_digests(db)
    return found | set(db.scalars(select(CourseLanguage.catalogue).where(CourseLanguage.catalogue.is_not(None))))


def kept_files(folder: Path) -> Iterator[Path]:
    """Every file of the store in this folder; drafts of a write that died are none."""
    return (path for path in sorted(folder.glob("??/*")) if path.suffix != ".part")
