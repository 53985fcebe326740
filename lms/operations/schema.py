"""Bringing a database to the shape this version of the platform works with."""

from importlib import import_module
from pathlib import Path

from lms.kernel.db import Base, Database
from lms.kernel.models import Epoch
from lms.settings import ROOT


def migrate(database: Database) -> None:
    """Make or change the tables so that they are what the models say. Nothing happens when they are already."""
    for models in sorted((ROOT / "lms").glob("*/models.py")):
        import_module(f"lms.{Path(models).parent.name}.models")
    Base.metadata.create_all(database.engine)
    with database.session(write=True) as db:
        if db.get(Epoch, 1) is None:
            db.add(Epoch(id=1, number=1))
        db.commit()
