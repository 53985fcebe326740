"""Every table of the platform, in one place: whoever needs them all imports this."""

from importlib import import_module

from lms.kernel.db import Base
from lms.settings import ROOT

for _models in sorted((ROOT / "lms").glob("*/models.py")):
    import_module(f"lms.{_models.parent.name}.models")

METADATA = Base.metadata
