"""A template folder is taken whole or refused with a sentence."""

import shutil
from pathlib import Path

import pytest

from lms.certification.render.template import Template, TemplateRefused, load_template
from lms.settings import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "certificates" / "classic", tmp_path / "mine"))


def test_the_digest_names_the_content(folder: Path) -> None:
    template = load_template(folder)
    assert template.name == "Classic"
    assert template.signatures == ()
    assert template.digest == Template(dict(reversed(template.files.items()))).digest
    (folder / "page.css").write_text(template.files["page.css"] + " ")
    assert load_template(folder).digest != template.digest


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("page.html", None, "page.html is missing"),
        ("certificate.toml", "name = ", "certificate.toml:"),
        ("certificate.toml", "title = 'x'", "needs a name"),
        ("certificate.toml", "name = 'x'\n" + "[[signatures]]\nname='a'\nrole='b'\n" * 4, "up to 3"),
        ("certificate.toml", "name = 'x'\n[[signatures]]\nname='a'\n", "a name and a role"),
        ("run.py", "print()", "holds only"),
        ("page.css", "x" * 300_000, "larger than"),
    ],
)
def test_what_is_wrong_is_said(folder: Path, name: str, text: str | None, told: str) -> None:
    (folder / name).unlink() if text is None else (folder / name).write_text(text)
    with pytest.raises(TemplateRefused, match=told):
        load_template(folder)


def test_links_out_of_the_folder_are_refused(folder: Path) -> None:
    (folder / "more.css").symlink_to("/etc/passwd")
    with pytest.raises(TemplateRefused):
        load_template(folder)
    with pytest.raises(TemplateRefused, match="no certificate template"):
        load_template(folder.parent / "nowhere")
