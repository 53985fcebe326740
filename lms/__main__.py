"""`python -m lms` is the command `lms`."""

import gc

from lms.cli import main

# What is imported stays for good: the collector need not look through it again and again while courses are loaded.
gc.freeze()
main()
