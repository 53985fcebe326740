"""Files in which translations travel to other tools and come back, a module for each format.

A writer makes bytes of a bundle, the same bytes of the same bundle; a reader makes of bytes what they hand in. Knows no
database: whether what was handed in fits is for `service.importing` to say.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lms.catalog.source.problems import Flaw, Unreadable
from lms.kernel.i18n import _, format_size
from lms.workshop.exchange import po, xliff, xlsx
from lms.workshop.exchange.bundle import Bundle, Incoming

LARGEST = 4_000_000


@dataclass(frozen=True, slots=True)
class Format:
    mimetype: str
    write: Callable[[Bundle], bytes]
    read: Callable[[bytes], Incoming]


FORMATS = {
    "xlf": Format("application/xliff+xml", xliff.write, xliff.read),
    "po": Format("text/x-gettext-translation", po.write, po.read),
    "xlsx": Format(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        xlsx.write,
        xlsx.read,
    ),
}
"""By the ending of a file's name."""


def ending(name: str) -> str:
    """Which format a file's name asks for; raises Unreadable when it is none of ours."""
    _stem, point, found = name.lower().rpartition(".")
    found = "xlf" if found == "xliff" else found
    if not point or found not in FORMATS:
        raise Unreadable([Flaw(1, 1, _("Only files whose names end in .xlf, .po or .xlsx can be read."))])
    return found


def read_file(name: str, data: bytes) -> Incoming:
    """What a file hands in; raises Unreadable with its flaws by line."""
    kind = FORMATS[ending(name)]
    if len(data) > LARGEST:
        raise Unreadable([Flaw(1, 1, _("The file is larger than %(size)s.", size=format_size(LARGEST)))])
    return kind.read(data)
