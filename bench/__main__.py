"""`make bench`: everything, or the parts that are named."""

import sys

from bench import answers, certificates, cohort, growth, instructions, memory, pages, start, weights, workshop

PARTS = {
    "pages": pages.main,
    "answers": answers.main,
    "certificates": certificates.main,
    "instructions": instructions.main,
    "weights": weights.main,
    "growth": growth.main,
    "cohort": cohort.main,
    "workshop": workshop.main,
    "memory": memory.main,
    "start": start.main,
}


def main(wanted: list[str]) -> int:
    if wanted == ["gate"]:
        return instructions.gate()
    for name in wanted:
        if name not in PARTS:
            print(f"There is no {name!r}; parts are {', '.join(PARTS)} and gate.")
            return 2
    for name in wanted or PARTS:
        PARTS[name]()
        sys.stdout.flush()
    return 0


sys.exit(main(sys.argv[1:]))
