"""What a page weighs on the line: everything a browser fetches, heads included, on the first visit and on the next."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

from bench.beside import Both, both_serving
from bench.client import Answer, Client
from bench.ground import begin_quiz
from bench.table import Table, verdict

FIRST, FIRST_AIM, MOST_REQUESTS = 40, 25, 6
NEXT, NEXT_AIM = 8, 4
UNKNOWN = "7K3M-9QXT-2B4V-HW8R-5PNE-C6JD-01AZ"
IMPORTED = re.compile(r'\bimport\s[^"\';]*["\']([^"\']+)["\']|url\(["\']?([^"\')]+)')


def main() -> None:
    table = Table(
        "Weights on the line in KB",
        ["page", "first visit", "requests", "must", "aim", "", "next visit", "requests", "must", "aim", ""],
    )
    with both_serving() as both:
        with both.learner() as client:
            question = begin_quiz(client, both.slug).page
            pages = [("lesson", both.lesson), ("quiz question", question)]
            for name, path in pages:
                table.add(name, *_weigh(both, path, logged_in=True))
        for name, path in [
            ("catalogue", "/en/courses/"),
            ("verification", f"/en/verify/{UNKNOWN}"),
        ]:
            table.add(name, *_weigh(both, path, logged_in=False))
    print(table)


def _weigh(both: Both, path: str, *, logged_in: bool) -> list[str]:
    with Client(both.ours.port, both.cookie if logged_in else "") as client:
        browser = Browser(client)
        first, next_visit = browser.visit(path), browser.visit(path)
    requests_fit = first.requests <= MOST_REQUESTS
    return [
        f"{first.kb:.1f}", str(first.requests), f"{FIRST} in {MOST_REQUESTS}", f"{FIRST_AIM}",
        verdict(first.kb, FIRST, FIRST_AIM) if requests_fit else "OVER",
        f"{next_visit.kb:.1f}", str(next_visit.requests), f"{NEXT} in 1", f"{NEXT_AIM}",
        verdict(next_visit.kb, NEXT, NEXT_AIM) if next_visit.requests == 1 else "OVER",
    ]  # fmt: skip


@dataclass(slots=True)
class Visit:
    size: int = 0
    requests: int = 0

    @property
    def kb(self) -> float:
        return self.size / 1000


@dataclass(slots=True)
class Browser:
    """Fetches what a page names, and what that names, and keeps what may be kept."""

    client: Client
    kept: set[str] = field(default_factory=set)

    def visit(self, path: str) -> Visit:
        visit, waiting, seen = Visit(), [path], set()
        while waiting:
            address = waiting.pop()
            if address in seen or address in self.kept:
                continue
            seen.add(address)
            answer = self.client.ask(self.client.request("GET", address), (200, 404))
            visit.size, visit.requests = visit.size + answer.size, visit.requests + 1
            if "immutable" in answer.headers.get("cache-control", ""):
                self.kept.add(address)
            waiting += [urljoin(address, each) for each in _named(answer) if not each.startswith("data:")]
        return visit


def _named(answer: Answer) -> list[str]:
    if answer.headers["content-type"].startswith("text/html"):
        reader = Reader()
        reader.feed(answer.text)
        return reader.named
    if answer.headers["content-type"].startswith(("text/css", "text/javascript", "application/javascript")):
        return [found[1] or found[2] for found in IMPORTED.finditer(answer.text)]
    return []


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.named: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "link" and found.get("rel") in {"stylesheet", "icon", "modulepreload"}:
            self.named.append(found.get("href") or "")
        elif tag in {"script", "img", "source"} and found.get("src"):
            self.named.append(found["src"] or "")
