"""A certificate template: a folder of certificate.toml, page.html, page.css and drawings, read into memory whole."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE_TYPES = {".toml", ".html", ".css", ".svg"}
LARGEST_FILE = 256 * 1024
MOST_SIGNATURES = 3
MOST_LANGUAGES = 2


class TemplateRefused(Exception):
    """A template folder cannot be used; the message says which file and why."""


@dataclass(frozen=True, slots=True)
class Template:
    files: Mapping[str, str]
    """Text of each file by its name."""

    @property
    def digest(self) -> str:
        """Identity of exactly these files: what an issued certificate was set in."""
        content = json.dumps(dict(self.files), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()

    @property
    def name(self) -> str:
        return str(tomllib.loads(self.files["certificate.toml"])["name"])

    @property
    def bilingual(self) -> bool:
        """Prints a second language beside the first, and is for nothing else."""
        return tomllib.loads(self.files["certificate.toml"]).get("languages") == MOST_LANGUAGES

    @property
    def signatures(self) -> tuple[Mapping[str, str], ...]:
        """Up to three people who sign, as {name, role}."""
        return tuple(tomllib.loads(self.files["certificate.toml"]).get("signatures", ()))


def load_template(folder: Path) -> Template:
    """Read a template folder. Raises TemplateRefused."""
    if not folder.is_dir():
        raise TemplateRefused(f"There is no certificate template {folder.name!r}.")
    template = Template({path.name: _read(path) for path in sorted(folder.iterdir()) if not path.name.startswith(".")})
    for needed in ("certificate.toml", "page.html", "page.css"):
        if needed not in template.files:
            raise TemplateRefused(f"{folder.name}/{needed} is missing.")
    _check_settings(folder.name, template)
    return template


def _read(path: Path) -> str:
    if path.suffix not in FILE_TYPES or not path.is_file() or path.is_symlink():
        raise TemplateRefused(
            f"{path.parent.name}/{path.name}: a template holds only {', '.join(sorted(FILE_TYPES))} files."
        )
    if path.stat().st_size > LARGEST_FILE:
        raise TemplateRefused(f"{path.parent.name}/{path.name} is larger than {LARGEST_FILE // 1024} KB.")
    return path.read_text(encoding="utf-8")


def _check_settings(slug: str, template: Template) -> None:
    try:
        settings = tomllib.loads(template.files["certificate.toml"])
    except tomllib.TOMLDecodeError as problem:
        raise TemplateRefused(f"{slug}/certificate.toml: {problem}") from problem
    signatures = settings.get("signatures", [])
    if not isinstance(settings.get("name"), str) or not isinstance(signatures, list):
        raise TemplateRefused(f"{slug}/certificate.toml needs a name, and signatures as a list if it has any.")
    if settings.get("languages", 1) not in range(1, MOST_LANGUAGES + 1):
        raise TemplateRefused(f"{slug}/certificate.toml: languages is 1 or {MOST_LANGUAGES}.")
    if len(signatures) > MOST_SIGNATURES or any(set(each) != {"name", "role"} for each in signatures):
        raise TemplateRefused(
            f"{slug}/certificate.toml: up to {MOST_SIGNATURES} signatures, each with a name and a role."
        )
