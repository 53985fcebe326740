"""The shared libraries that certificates are set with.

`python -m lms.operations.libraries` says by its exit code whether they are here.
"""

import sys
from ctypes.util import find_library

NEEDED = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",  # without it a certificate takes five times as long
}
"""Library and the Debian package it comes in."""


def missing_packages() -> list[str]:
    """Debian packages to install before certificates can be printed well."""
    return [package for library, package in NEEDED.items() if find_library(library) is None]


if __name__ == "__main__":
    sys.exit(1 if missing_packages() else 0)
