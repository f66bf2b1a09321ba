# Every target does its own set-up, from a bare clone on.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CHECKS := $(VENV)/.checks
FUZZ_SECONDS ?= 600
TESTS ?= tests
# One more than there are cores: many tests wait for a site, a browser or a child, and not for a core.
PROCESSES ?= $(shell echo $$(( $$(nproc 2>/dev/null || echo 2) + 1 )))
# The versions of all that is needed with every extra: for the project with what develops it, and for a container without.
LOCKED = $(BIN)/uv pip compile pyproject.toml --extra postgres --extra s3 --extra ray --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --no-header --overrides /dev/stdin
ROOMS := isolation registry crawler matcher reports monitor
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help setup compiled demo test test-servers check unit fuzz lock clean

help:
	@echo "make demo   the whole job on this machine alone, in minutes"
	@echo "make test   every check: style, types, import directions, tests"
	@echo "make test-servers  the tests with every workspace on a PostgreSQL server and in an S3-compatible store; TESTS=folder for some"
	@echo "make setup  the virtual environment in $(VENV), and semblance in it"
	@echo "make fuzz   every parser of outside data, ten minutes each; TARGET=name for one, FUZZ_SECONDS=60 for less"
	@echo "make lock   requirements.lock and deploy/requirements.lock anew from pyproject.toml"

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Semblance needs Python 3.11 or newer; say which: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) --no-deps --require-hashes --requirement requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# A confined process writes nothing, and would compile what it alone imports at every start.
compiled: $(READY)
	@$(BIN)/python -m compileall -q $(ROOMS) benchmarks tests

setup: compiled

demo: compiled
	$(BIN)/semblance demo

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# What reads containers and charts is needed by tests alone, and large: it is no part of the lock.
$(CHECKS): deploy/checks.txt $(READY)
	$(PIP) --no-deps --require-hashes --requirement deploy/checks.txt
	@touch $@

# pytest keeps what it makes of the tests, which costs each of its processes as much as all imports, also where Python is told to keep nothing.
test: compiled $(CHECKS) check
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder

# What a folder holds otherwise lies on a PostgreSQL server and in an S3-compatible store; TESTS=tests/integration/web for a part.
test-servers: compiled $(CHECKS)
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder \
		--workspaces servers --override-ini tmp_path_retention_policy=failed $(TESTS)

unit: $(READY)
	$(BIN)/python -m pytest tests/unit tests/contract

# atheris is needed for this alone, and heavy: it is no part of the lock.
fuzz: $(READY)
	$(PIP) --no-deps --require-hashes --requirement fuzz/requirements.txt
	nice -n 19 $(BIN)/python -m fuzz $(TARGET) --seconds $(FUZZ_SECONDS)

lock: $(READY)
	$(PIP) uv==0.13.9
	echo 'opencv-python ; sys_platform == "never"' | $(LOCKED) --group dev --output-file requirements.lock
	echo 'opencv-python ; sys_platform == "never"' | $(LOCKED) --constraints requirements.lock --output-file deploy/requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
