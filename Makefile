# make demo: the main job, on real processes.   make test: everything that must hold.
# Both set themselves up: a virtual environment in .venv, with what pyproject.toml names.

PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready
BIN := $(VENV)/bin
QUIET := --quiet --disable-pip-version-check
# The tests of a file stay in one process and in order: a walk is asked afterwards where it has been.
# The long ones, which are few to a file, must not begin last.
SPREAD := -n logical --dist loadfile --no-loadscope-reorder

.PHONY: demo test unit shaken live chaos fuzz lint types format bench clean audit

demo: $(READY)
	$(BIN)/python examples/demo.py

# First what computes, then what waits for real processes: one would make the other late.
test: lint types unit shaken live

unit: $(READY)
	$(BIN)/pytest -q $(SPREAD) -m "not live and not chaos and not fuzz"

# What fails among those that use real processes, whose deadlines a busy machine may miss, is tried
# once more, alone.
AGAIN := $(BIN)/pytest -q --last-failed --last-failed-no-failures none

# The short forms of chaos and fuzz, half a minute together.
shaken: $(READY)
	$(BIN)/pytest -q -n logical --dist worksteal -m "chaos or fuzz" || $(AGAIN) -m "chaos or fuzz"

# The long ones: hours. OVERSEER_SEED=N repeats a run, OVERSEER_CHAOS_RUNS=N and
# OVERSEER_FUZZ_DOCUMENTS=N make it shorter; docs/reliability.md has the figures.
chaos: $(READY)
	OVERSEER_CHAOS=long $(BIN)/pytest -q -s -m chaos tests/chaos

fuzz: $(READY)
	OVERSEER_FUZZ=long $(BIN)/pytest -q -s -m fuzz tests/fuzz

live: $(READY)
	$(BIN)/pytest -q $(SPREAD) -m live || $(AGAIN) -m live

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

audit: $(READY)
	.ci/audit

types: $(READY)
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	for one in benchmarks/*.py; do $(BIN)/python $$one || exit 1; done

# Versions and hashes of everything, from requirements-dev.lock; .ci/lock writes it anew.
$(READY): pyproject.toml requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "overseer needs Python 3.11 or later; name one: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
		|| { echo "Python has no venv: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install $(QUIET) --require-hashes --requirement requirements-dev.lock \
		&& $(BIN)/pip install $(QUIET) --no-deps --no-build-isolation --editable . \
		|| { echo "the versions of requirements-dev.lock cannot be installed here; taking those that pyproject.toml allows"; \
		$(BIN)/pip install $(QUIET) --editable '.[dev]'; }
	@touch $(READY)

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
