"""`make bench`: everything, or the parts that are named."""

import sys

from bench import instructions, pages

PARTS = {
    "pages": pages.main,
    "instructions": instructions.main,
}


def main(wanted: list[str]) -> int:
    if wanted == ["gate"]:
        return instructions.gate()
    for name in wanted or list(PARTS):
        if name not in PARTS:
            print(f"There is no {name!r}; parts are {', '.join(PARTS)}.")
            return 2
        PARTS[name]()
    return 0


sys.exit(main(sys.argv[1:]))
