"""`make picture`: the picture in the README, taken from the running platform."""

import os
import signal
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from lms.settings import ROOT
from tests.browser import CHROMIUM, QUIET
from tests.journeys.conftest import Served, free_port, wait_until_ready
from tests.journeys.steps import log_in, solid_button

COURSE = "social-protection-why-what-for-whom"
PLACE = ROOT / "docs" / "picture.png"
COLOURS = 96


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data, port = Path(folder), free_port()
        environ = os.environ | {"LMS_DATA_DIR": folder, "LMS_PORT": str(port)}
        with (data / "server.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "lms", "demo"], cwd=ROOT, env=environ, stdout=log, stderr=log
            )
        try:
            served = Served(f"http://127.0.0.1:{port}", data)
            wait_until_ready(served.url, process, data)
            _take(served)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def _take(served: Served) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport={"width": 960, "height": 640})
        log_in(page, served, "ada@example.org")
        page.goto(f"{served.url}/en/courses/{COURSE}/")
        solid_button(page)
        page.wait_for_url(f"**/learn/{COURSE}/")
        wide = _shot(page, f"{served.url}/en/learn/{COURSE}/lesson/why/")
        page.set_viewport_size({"width": 360, "height": 640})
        narrow = _shot(page, f"{served.url}/ar/learn/{COURSE}/lesson/why/")
        browser.close()
    picture = Image.new("RGB", (wide.width + narrow.width + 16, wide.height), "#dcd8cc")
    picture.paste(wide, (0, 0))
    picture.paste(narrow, (wide.width + 16, 0))
    picture.quantize(COLOURS).save(PLACE, optimize=True)


def _shot(page: Page, url: str) -> Image.Image:
    page.goto(url)
    return Image.open(BytesIO(page.screenshot())).convert("RGB")


if __name__ == "__main__":
    main()
