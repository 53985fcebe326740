"""Files by content: stored once under their hash, on disk before any row may name them."""

import os
from hashlib import sha256
from pathlib import Path


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
        draft.rename(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return digest

    def get(self, digest: str) -> bytes:
        return self.path(digest).read_bytes()
