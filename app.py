"""The WSGI entry point."""

from lms.factory import create_app
from lms.settings import Settings

app = create_app(Settings.from_env())
