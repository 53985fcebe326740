"""WeasyPrint as its manual shows it, for the very page of a certificate: new fonts and style sheet each time.

    python -m bench.plain FILE

FILE is a press's job. For each line of input one certificate is written; the answer is the CPU it took in milliseconds.
"""

import json
import sys
import time
from pathlib import Path

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from lms.certification.render.template import Template
from lms.certification.render.typesetter import ADDRESS, QrCode, TemplateFiles, Typesetter


def main(path: str) -> None:
    job = json.loads(Path(path).read_text())
    template, values = Template(job["files"]), job["values"]
    typesetter = Typesetter()
    page = typesetter._jinja.from_string(template.files["page.html"])
    tools = {"fit": typesetter._fitting(1.0), "count_lines": typesetter._count_lines, "scale": 1.0}
    html = page.render({"second": None, "logos": [], **values, **tools})
    for _ in sys.stdin:
        before = time.process_time()
        fonts, files = FontConfiguration(), TemplateFiles(template.files)
        sheet = CSS(string=template.files["page.css"], base_url=ADDRESS, url_fetcher=files, font_config=fonts)
        images = {f"{ADDRESS}qr.svg": QrCode(values["verify_url"])}
        document = HTML(string=html, base_url=ADDRESS, url_fetcher=files)
        document.write_pdf(font_config=fonts, stylesheets=[sheet], cache=images, pdf_variant="pdf/a-3a")
        print((time.process_time() - before) * 1000, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
