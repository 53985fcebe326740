"""Sets a certificate: template and frozen values in, the bytes of a PDF out. The one module that imports WeasyPrint.

The same template and values always give the same bytes. The file is PDF/A-3a and PDF/UA-1 at once. Fonts, style sheets
and compiled pages are kept between certificates; nothing is fetched from anywhere.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any
from unicodedata import bidirectional
from xml.etree import ElementTree

import fontpkg_amiri
import fontpkg_noto_sans
import pydyf
import segno
from fontTools.ttLib import TTFont
from jinja2 import StrictUndefined
from jinja2 import Template as Page
from jinja2.sandbox import ImmutableSandboxedEnvironment
from PIL import Image
from weasyprint import CSS, DEFAULT_OPTIONS, HTML
from weasyprint.document import Document, DocumentMetadata
from weasyprint.images import RasterImage, SVGImage
from weasyprint.pdf import tags
from weasyprint.pdf.stream import Stream
from weasyprint.text.ffi import harfbuzz_subset
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from lms.certification.render.template import Template

ADDRESS = "https://template.invalid/"
"""Where a template's own files seem to be. Nothing is ever asked from the network."""
SCALES = (1.0, 0.88, 0.76, 0.64, 0.52)
"""How much smaller the fitted lines are tried, one after the other, until all stands on one page."""

INK = (0x1C / 255, 0x27 / 255, 0x33 / 255)

MOST_SQUARES = 97
"""On each side of a QR code. At the 40 mm a template gives it, they are 0.41 mm wide: still read at arm's length. A
statement that takes more, of somebody with very long names, stands in the attachment alone."""

LOGO_PIXELS = (360, 150)
"""Of a photographed logo no more is kept: a template prints it 11 mm high, at 300 dots an inch and more."""

SPECIMEN = (
    '<p lang="{language}" dir="{direction}" style="position: fixed; top: 38%; left: 0; width: 100%; margin: 0;'
    " text-align: center; font: 96pt/1 Amiri, 'Noto Sans'; letter-spacing: 0; color: rgba(201, 138, 18, .38);"
    ' transform: rotate(-16deg)">{word}</p>'
)
"""Laid over a sheet that is none, whatever its template."""

JOINED = 0.85
"""Arabic letters are measured standing alone; joined they run narrower."""

FONT_FOLDERS = (fontpkg_amiri.ROOT / "files", fontpkg_noto_sans.ROOT / "files")

_PDF_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">\
<pdfuaid:part>1</pdfuaid:part></rdf:Description>\
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>The part of PDF/UA that the file conforms to</pdfaProperty:description>\
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description></rdf:RDF>"""


class DoesNotFit(Exception):
    """Not even the smallest lettering brings this certificate on one page."""


class ForeignAddress(Exception):
    """A template asked for something that is not its own file."""


class ArchivalMetadata(DocumentMetadata):  # type: ignore[misc]  # WeasyPrint has no types
    """Says PDF/UA-1 beside the PDF/A-3a that WeasyPrint says; PDF/A wants the added property described too."""

    def generate_rdf_metadata(self, *what: object) -> bytes:
        rdf: bytes = super().generate_rdf_metadata(*what)
        head, end, _ = rdf.rpartition(b"</rdf:RDF>")
        assert end
        return head + _PDF_UA


def _saying_its_language(build: Callable[..., Iterator[pydyf.Dictionary]]) -> Callable[..., Iterator[pydyf.Dictionary]]:
    """WeasyPrint's tags leave out the language of a passage, by which a screen reader chooses its voice."""

    def tagged(box: Any, *rest: Any) -> Iterator[pydyf.Dictionary]:
        shown = getattr(box, "_box", box)  # of what stands absolutely, a placeholder is handed in
        language = shown.element.get("lang") if shown.element is not None else None
        for element in build(box, *rest):
            if language and shown.element_tag not in ("html", "body") and "Lang" not in element:
                element["Lang"] = pydyf.String(language)
            yield element

    return tagged


tags._build_box_tree = _saying_its_language(tags._build_box_tree)


class TemplateFiles(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Hands out the files of the template from memory and refuses every other address."""

    def __init__(self, files: Mapping[str, str]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self._files = files

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:  # noqa: ARG002 - WeasyPrint gives it
        name = url.removeprefix(ADDRESS)
        if not url.startswith(ADDRESS) or name not in self._files:
            raise FatalURLFetchingError(f"A certificate template may use only its own files, not {url!r}.")
        kind = "image/svg+xml" if name.endswith(".svg") else "text/css"
        return URLFetcherResponse(url, self._files[name], {"Content-Type": kind})


class Plate:
    """A drawing of the template, worked out for the first certificate and stamped into all that follow."""

    def __init__(self, name: str, files: Mapping[str, str]) -> None:
        tree = ElementTree.fromstring(files[name])  # noqa: S314 - a designer's own file, in a process with limits
        self._drawing = SVGImage(tree, ADDRESS + name, TemplateFiles(files), None)
        self._stamps: dict[tuple[float, float], list[bytes]] = {}

    def get_intrinsic_size(self, resolution: float, font_size: float) -> tuple[float, float, float]:
        size: tuple[float, float, float] = self._drawing.get_intrinsic_size(resolution, font_size)
        return size

    def draw(self, stream: Stream, width: float, height: float, style: object) -> None:
        with stream.stacked():
            stream.set_alpha(1.0, stroke=True)  # the stamp names these two states, so each page must have them
            stream.set_alpha(1.0)
        stamp = self._stamps.get((width, height))
        if stamp is None:
            start = len(stream.stream)
            self._drawing.draw(stream, width, height, style)
            self._stamps[width, height] = stream.stream[start:]
        else:
            stream.stream.extend(stamp)


class QrCode:
    """A QR code as rectangles, one for each run of dark squares."""

    def __init__(self, address: str, statement: str | None = None) -> None:
        rows = _qr(f"{address}#{statement}" if statement else address)
        self._rows = rows if 0 < len(rows) <= MOST_SQUARES else _qr(address)

    def get_intrinsic_size(self, *_: float) -> tuple[float, float, float]:
        return len(self._rows), len(self._rows), 1

    def draw(self, stream: Stream, width: float, height: float, _: object) -> None:
        with stream.stacked():
            stream.transform(a=width / len(self._rows), d=height / len(self._rows))
            stream.set_color_rgb(*INK)
            for y, row in enumerate(self._rows):
                for x, length in _runs(row):
                    stream.rectangle(x, y, length, 1)
            stream.fill()


def _qr(text: str) -> Sequence[Iterable[int]]:
    """Rows of squares; none where no QR code could hold so much."""
    try:
        # Any of the eight masks can be read; weighing them all would cost a sixth of the whole page.
        rows: Sequence[Iterable[int]] = segno.make(text, error="m", micro=False, boost_error=False, mask=3).matrix
    except segno.DataOverflowError:
        return ()
    return rows


def _runs(row: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Where dark squares begin, and how many stand side by side."""
    start = 0
    for dark, squares in groupby(row):
        length = sum(1 for _ in squares)
        if dark:
            yield start, length
        start += length


class Photograph(RasterImage):  # type: ignore[misc]  # WeasyPrint has no types
    """Pixels, smoothed by no reader: PDF/A forbids it."""

    def get_x_object(self, _: bool, dpi_ratio: float) -> Stream:
        return super().get_x_object(False, dpi_ratio)


Picture = Any
"""A drawing as WeasyPrint takes it, which has no types: `Plate`, `QrCode`, `SVGImage` or `Photograph`."""


def _logo(name: str, kind: str, data: bytes) -> Picture:
    """A partner's logo, its pixels in the colours and the size of print; None when it is no picture after all."""
    try:
        if kind == "image/svg+xml":
            return SVGImage(ElementTree.fromstring(data), ADDRESS, TemplateFiles({}), None)  # noqa: S314 - built by us
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as opened:
            shown = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    except (OSError, ValueError, SyntaxError):
        return None
    shown.thumbnail(LOGO_PIXELS)
    return Photograph(shown, name, None, cache={}, options=DEFAULT_OPTIONS)


@dataclass(frozen=True, slots=True)
class Lettering:
    """A line of text made to fit: its size in points and where it is broken."""

    size: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forme:
    """A template made ready to print from."""

    page: Page
    sheet: CSS
    files: TemplateFiles
    images: dict[str, Picture]
    """The template's own drawings by their address, kept between certificates."""


class Typesetter:
    """Warm: made once a process."""

    def __init__(self) -> None:
        if not harfbuzz_subset:
            raise SystemExit("Certificates need the library libharfbuzz-subset (Debian: libharfbuzz-subset0).")
        self._fonts = FontConfiguration()
        self._title_face = _advances(FONT_FOLDERS[0] / "Amiri-Regular.ttf")
        self._other_face = _advances(FONT_FOLDERS[1] / "NotoSans[wdth,wght].ttf")
        self._formes: dict[str, Forme] = {}
        self._jinja = ImmutableSandboxedEnvironment(
            undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._jinja.filters["direction"] = direction
        self._jinja.filters["face"] = self.face

    def set_certificate(
        self, template: Template, values: Mapping[str, Any], logos: Mapping[str, bytes] | None = None
    ) -> bytes:
        """The certificate as PDF. Raises DoesNotFit, ForeignAddress, and whatever else a broken template raises."""
        digest = template.digest
        identity = hashlib.sha256(f"{digest} {values['code']}".encode()).hexdigest()[:32].encode()
        try:
            forme = self._formes.get(digest) or self._formes.setdefault(digest, self._make_forme(template))
            return _write(self._lay_out(forme, values, logos or {}), identity)
        except FatalURLFetchingError as problem:  # derives from BaseException, so that WeasyPrint itself lets it pass
            raise ForeignAddress(str(problem)) from problem

    def _lay_out(self, forme: Forme, values: Mapping[str, Any], logos: Mapping[str, bytes]) -> Document:
        """In generous lettering, or the largest that keeps all on one page."""
        said = values.get("logos", ())
        marks = {each["sha256"]: _logo(each["sha256"], each["type"], logos[each["sha256"]]) for each in said}
        images: dict[str, Picture] = {
            **forme.images,
            f"{ADDRESS}qr.svg": QrCode(values["verify_url"], values.get("statement")),
            **{f"{ADDRESS}logo/{name}": mark for name, mark in marks.items()},
        }
        # What old certificates do not say yet; and a logo that cannot be drawn leaves its place to the name.
        later = {"second": values.get("second"), "logos": [each for each in said if marks[each["sha256"]]]}
        for scale in SCALES:
            tools = {"fit": self._fitting(scale), "count_lines": self._count_lines, "scale": scale}
            html = forme.page.render({**values, **later, **tools}) + _specimen(values)
            document = HTML(string=html, base_url=ADDRESS, url_fetcher=forme.files).render(
                font_config=self._fonts, stylesheets=[forme.sheet], cache={**images}, pdf_variant="pdf/a-3a"
            )
            if len(document.pages) == 1:
                return document
        raise DoesNotFit(values["code"])

    def _make_forme(self, template: Template) -> Forme:
        files = TemplateFiles(template.files)
        sheet = CSS(string=template.files["page.css"], base_url=ADDRESS, url_fetcher=files, font_config=self._fonts)
        images = {ADDRESS + name: Plate(name, template.files) for name in template.files if name.endswith(".svg")}
        return Forme(self._jinja.from_string(template.files["page.html"]), sheet, files, {**images})

    def face(self, text: str) -> str:
        """`title` when the title face has every letter; `other` otherwise, so that no word mixes two faces."""
        return "title" if all(letter in self._title_face for letter in text) else "other"

    def _fitting(self, scale: float) -> Callable[[str, float, float, float, int], Lettering]:
        """What a template calls `fit`: the size at which a text takes at most so many lines of so many millimetres."""

        def fit(text: str, width: float, largest: float, smallest: float, lines: int = 1) -> Lettering:
            width_in_points = width * 72 / 25.4
            words = text.split()
            broken: tuple[str, ...] = (text,)
            size = largest * scale
            for count in range(1, lines + 1):
                broken = self._balance(words, count)
                size = min(largest * scale, width_in_points / max(self._ems(line) for line in broken))
                if size >= largest * scale * 0.72:
                    break
            return Lettering(round(max(size, smallest * scale), 2), broken)

        return fit

    def _count_lines(self, text: str, width: float, size: float) -> int:
        """What a template calls `count_lines`: how many lines of so many millimetres a text takes at a size."""
        room, lines, used = width * 72 / 25.4 / size, 1, 0.0
        for word in text.split():
            wide = self._ems(word + " ")
            lines, used = (lines, used + wide) if used + wide <= room else (lines + 1, wide)
        return lines

    def _balance(self, words: list[str], count: int) -> tuple[str, ...]:
        """The words in at most so many lines, the longest as short as can be."""
        if count <= 1 or len(words) <= 1:
            return (" ".join(words),)
        tries = ((" ".join(words[:cut]), *self._balance(words[cut:], count - 1)) for cut in range(1, len(words)))
        return min(tries, key=lambda lines: max(self._ems(line) for line in lines))

    def _ems(self, text: str) -> float:
        """How wide a text runs, in ems; a little more than it will."""
        face = self._title_face if self.face(text) == "title" else self._other_face
        joined = JOINED if direction(text) == "rtl" else 1.02
        return joined * sum(face.get(sign, 0.6) for sign in text) or 1.0


def _specimen(values: Mapping[str, Any]) -> str:
    word = values.get("specimen")
    return (
        SPECIMEN.format(word=escape(word), language=values["language"], direction=values["direction"]) if word else ""
    )


def direction(text: str) -> str:
    """The reading direction a text sets by its first letter that has one."""
    for letter in text:
        kind = bidirectional(letter)
        if kind in {"L", "R", "AL"}:
            return "ltr" if kind == "L" else "rtl"
    return "ltr"


def _advances(font: Path) -> dict[str, float]:
    """Width of each letter of a font in ems."""
    with TTFont(font, lazy=True) as opened:
        em, widths = opened["head"].unitsPerEm, opened["hmtx"]
        return {chr(sign): widths[glyph][0] / em for sign, glyph in opened.getBestCmap().items()}


def _write(document: Document, identity: bytes) -> bytes:
    document.metadata = ArchivalMetadata(**vars(document.metadata))
    pdf: bytes = document.write_pdf(pdf_variant="pdf/a-3a", pdf_identifier=identity)
    return pdf
