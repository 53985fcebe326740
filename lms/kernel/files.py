"""Files by content: stored once under their hash, on disk before any row may name them."""

import os
from collections.abc import Callable
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4


class FileStore:
    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, digest: str) -> Path:
        """Where the file with this SHA-256 (hex) lies."""
        return self._root / digest[:2] / digest

    def put(self, data: bytes) -> str:
        """Keep these bytes; give their SHA-256 in hex. On the disk when this returns."""
        digest = sha256(data).hexdigest()
        path = self.path(digest)
        if path.exists():
            return digest
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{digest}.{os.getpid()}.{id(data)}.part")
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _put_in_place(draft, path)
        return digest

    def put_written(self, write: Callable[[BinaryIO], None]) -> str:
        """The same for what is too large for memory: `write` writes it."""
        self._root.mkdir(parents=True, exist_ok=True)
        draft = self._root / f"{uuid4().hex}.part"
        try:
            with draft.open("w+b") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
                file.seek(0)
                digest = file_digest(file, "sha256").hexdigest()
            path = self.path(digest)
            path.parent.mkdir(parents=True, exist_ok=True)
            _put_in_place(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        return digest

    def remove(self, digest: str) -> None:
        """Let go of a file that no row names any more."""
        self.path(digest).unlink(missing_ok=True)

    def get(self, digest: str) -> bytes:
        return self.path(digest).read_bytes()


def _put_in_place(draft: Path, path: Path) -> None:
    draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
