"""Bringing a database to the shape this version of the platform works with."""

from importlib import import_module
from pathlib import Path

from sqlalchemy import Table

from lms.kernel.db import Base, Database
from lms.kernel.models import Epoch
from lms.settings import ROOT


def migrate(database: Database) -> None:
    """Make or change the tables so that they are what the models say. Nothing happens when they are already."""
    for models in sorted((ROOT / "lms").glob("*/models.py")):
        import_module(f"lms.{Path(models).parent.name}.models")
    Base.metadata.create_all(database.engine, tables=_whole_tables())
    with database.session(write=True) as db:
        if db.get(Epoch, 1) is None:
            db.add(Epoch(id=1, number=1))
        db.commit()


def _whole_tables() -> list[Table]:
    """Tables whose references all exist; only until every floor has its tables."""
    tables = dict(Base.metadata.tables)
    while True:
        broken = [
            name
            for name, table in tables.items()
            if any(key.target_fullname.partition(".")[0] not in tables for key in table.foreign_keys)
        ]
        if not broken:
            return list(tables.values())
        for name in broken:
            del tables[name]
