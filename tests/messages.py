"""`make messages`: what is said in code and templates, collected into every language's messages.po.

The same code gives the same bytes: in the order of files and lines, without line numbers and dates, nothing guessed.
A sentence that is no longer said keeps its translation at the end of the file, for the day it comes back.
"""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from lms.settings import ROOT

KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "lazy_gettext": None}
NOT_OURS = {"var", "tests", "bench", "build", "node_modules"}


def collect() -> Catalog:
    """Every sentence that is marked, in the order of files and lines."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = Catalog(charset="utf-8")
    for name, line, message, comments, context in sorted(
        extract_from_dir(
            ROOT,
            methods,
            options,
            KEYWORDS,
            ("Translators:",),
            directory_filter=lambda folder: not Path(folder).name.startswith(".") and Path(folder).name not in NOT_OURS,
        ),
        key=lambda each: (each[0], each[1], str(each[2])),
    ):
        found.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return found


def renewed(path: Path, found: Catalog) -> bytes:
    """The file of one language with exactly the sentences that were found, and the translations it had."""
    old = path.read_bytes()
    header = old.partition(b"\n\n")[0]
    known = read_po(BytesIO(old), locale=path.parent.parent.name, abort_invalid=True)
    new = Catalog(locale=path.parent.parent.name, charset="utf-8")
    for message in found:
        if message.id:
            before = _before(known, message)
            new.add(
                message.id,
                before.string if before and type(before.id) is type(message.id) else None,
                message.locations,
                message.flags,
                message.auto_comments,
                before.user_comments if before else (),
                context=message.context,
            )
    for message in [*known, *known.obsolete.values()]:
        if message.id and any(_strings(message)) and new.get(message.id, message.context) is None:
            new.obsolete[new._key_for(message.id, message.context)] = message
    body = BytesIO()
    write_po(body, new, width=100, omit_header=True, include_lineno=False)
    return header + b"\n\n" + body.getvalue().strip() + b"\n"


def _before(known: Catalog, message: Message) -> Message | None:
    return known.get(message.id, message.context) or known.obsolete.get(known._key_for(message.id, message.context))


def _strings(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def main() -> None:
    found = collect()
    for path in sorted((ROOT / "translations").glob("*/LC_MESSAGES/messages.po")):
        data = renewed(path, found)
        path.write_bytes(data)
        known = read_po(BytesIO(data), locale=path.parent.parent.name)
        missing = sum(1 for message in known if message.id and not all(_strings(message)))
        sys.stdout.write(f"{path.parent.parent.name}: {len(found)} sentences, {missing} without a translation\n")


if __name__ == "__main__":
    main()
