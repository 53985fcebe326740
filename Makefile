# The commands people type. Each sets up what it needs first; a second call finds it done.
#
#   make demo    the platform on http://127.0.0.1:8000 with its courses and sample people
#   make test    every test, on SQLite and on a real PostgreSQL
#   make check   format, lint, types, import contracts, templates, dead code, dependencies
#   make bench   the benchmarks

SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
ROOT := $(CURDIR)

.DEFAULT_GOAL := help
.PHONY: help demo test test-sqlite test-postgres check bench messages picture requirements

help:
	@sed -n 's/^#   make/make/p' Makefile

demo: .venv/.run
	@exec $(BIN)/lms demo

# Both halves at once, one on each core; what they say comes in one piece from each.
test: .venv/.dev
	@echo "The tests run on SQLite and on PostgreSQL at once; results come when each is done."
	@$(MAKE) --no-print-directory -j2 --output-sync=target test-sqlite test-postgres

test-sqlite: .venv/.dev
	$(BIN)/pytest -q

# The same tests on PostgreSQL, less those that no database can change: journeys in a browser, and what never opens one.
test-postgres: .venv/.dev
	$(BIN)/python -W ignore -m tests.postgres $(BIN)/pytest -q -m "not browser"

check: .venv/.dev
	@$(BIN)/python -m tests.check

bench: .venv/.dev
	@$(BIN)/python -W ignore -m bench

# Collect what is said in code and templates into translations/<language>/LC_MESSAGES/messages.po.
messages: .venv/.dev
	@$(BIN)/python -m tests.messages

# The picture in the README, taken from the running platform.
picture: .venv/.dev
	@$(BIN)/python -m tests.picture

# Pin every dependency of pyproject.toml again, with hashes.
PIN := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate -p 3.11
requirements: .venv/.dev
	$(PIN) pyproject.toml -o requirements/run.txt
	$(PIN) pyproject.toml --group dev -o requirements/dev.txt
	echo uv | $(PIN) - -o requirements/uv.txt

# --- the environment -------------------------------------------------------------------------------------------------

LIBRARIES := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
TEST_PROGRAMS := chromium poppler-utils

# install-packages: the system packages $(1), by apt when we may, else one line that says what to type.
define install-packages
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing $(1)"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(1); } >.venv/apt.log 2>&1 \
	    || { tail -5 .venv/apt.log; false; }; \
	else \
	  echo "Please run: sudo apt-get install $(1)"; false; \
	fi
endef

# The environment with uv inside. Debian splits venv from python3: then we say so, or install it when we may.
.venv/.uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Please run: make PYTHON=python3.12 $(MAKECMDGOALS)"; false; }
	@mkdir -p .venv
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(call install-packages,python3-venv); }
	@test -x $(BIN)/python && $(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

# What the platform runs on, itself found through a path file, and the command `lms`.
.venv/.run: .venv/.uv requirements/run.txt
	@$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/run.txt
	@echo "$(ROOT)" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/masar.pth"
	@printf '#!/bin/sh\nexec "%s" -m lms "$$@"\n' "$(ROOT)/$(BIN)/python" > $(BIN)/lms
	@chmod +x $(BIN)/lms
	@$(BIN)/python -m compileall -q lms
	@$(BIN)/python -m lms.operations.libraries || { $(call install-packages,$(LIBRARIES)); } || echo "Until then no certificate can be printed."
	@touch $@

.venv/.dev: .venv/.run requirements/dev.txt
	@$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m lms.operations.libraries || { $(call install-packages,$(LIBRARIES)); }
	@{ command -v chromium && command -v pdftoppm; } >/dev/null || { $(call install-packages,$(TEST_PROGRAMS)); }
	@touch $@
