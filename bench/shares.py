"""What a certificate's time goes into: the typesetter's steps, each without those inside it, and the signature.

    python -m bench.shares FILE

FILE is a press's job. Run as a press runs; prints milliseconds of CPU for one warm certificate, step by step, as JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import weasyprint.document
import weasyprint.pdf
from joserfc.jwk import ECKey
from weasyprint import HTML
from weasyprint.document import Document, Page

from lms.certification.render import __main__ as press
from lms.certification.render.template import Template
from lms.certification.render.typesetter import QrCode, Typesetter
from lms.certification.signing import pdf as desk

MANY = 60
REST = "the rest"
IN_WORDS = {"issuer": "Masar Learning", "field": "Signature of the issuer", "credential": "What it says"}


class Stopwatch:
    """Steps inside one another: the time of the inner one is not the outer one's."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._open = [REST]
        self._since = time.process_time()

    def switch(self, to: str | None) -> None:
        """Into a step; None: out of the one that is running."""
        now = time.process_time()
        self.spent[self._open[-1]] = self.spent.get(self._open[-1], 0.0) + now - self._since
        self._since = now
        if to is None:
            self._open.pop()
        else:
            self._open.append(to)

    def watch(self, step: str, owner: Any, name: str) -> None:
        whole: Callable[..., Any] = getattr(owner, name)

        @wraps(whole)
        def timed(*args: Any, **kwargs: Any) -> Any:
            self.switch(step)
            try:
                return whole(*args, **kwargs)
            finally:
                self.switch(None)

        setattr(owner, name, timed)


def main(path: str) -> None:
    job = json.loads(Path(path).read_text())
    template, values = Template(job["files"]), job["values"]
    watch, typesetter = Stopwatch(), Typesetter()
    credential, key = (
        json.dumps(values).encode(),
        ECKey.generate_key("P-256", private=True).as_pem(private=True).decode(),
    )
    moment = datetime(2026, 11, 25, tzinfo=UTC)

    def print_one() -> None:
        printed = typesetter.set_certificate(template, values)
        desk.sign(printed, credential, key, desk.Words(**IN_WORDS), moment)

    print_one()
    press._settle()
    page = typesetter._formes[template.digest].page
    watch.watch("words into the page (Jinja)", type(page), "render")
    watch.watch("reading the page", HTML, "__init__")
    watch.watch("styles", weasyprint.document, "get_all_computed_styles")
    watch.watch("boxes", weasyprint.document, "build_formatting_structure")
    watch.watch("layout, with shaping of letters", Document, "_render")
    watch.watch("drawing", Page, "paint")
    watch.watch("square code", QrCode, "__init__")
    watch.watch("square code", QrCode, "draw")
    watch.watch("subsets of the fonts", weasyprint.pdf, "build_fonts_dictionary")
    watch.watch("tags", weasyprint.pdf, "add_tags")
    watch.watch("PDF/A and writing the file", Document, "write_pdf")
    watch.watch("signing", desk, "sign")
    watch.switch(REST)
    watch.spent.clear()
    for _ in range(MANY):
        print_one()
    watch.switch(None)
    print(json.dumps({step: spent / MANY * 1000 for step, spent in watch.spent.items()}))


if __name__ == "__main__":
    main(sys.argv[1])
