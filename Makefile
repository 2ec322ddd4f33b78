# The environment is .venv; it is made when it is needed and made anew when pyproject.toml changes.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help compare test pytest test-pythons stress lint types format readme clean

BIN := .venv/bin
READY := .venv/.ready
# -n 2: the machine for which every limit of this project is meant has two cores.
PYTEST := $(BIN)/pytest -n 2

help:  ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

compare: $(READY)  ## compare the reference with the newest Go beehive
	$(BIN)/beehive-conformance compare reference go

test: lint types pytest  ## everything that judges this repository; the Go tests run from pytest if there is Go

pytest: $(READY)
	$(PYTEST)

test-pythons: $(READY)  ## the tests of the reference on every CPython that is found
	$(BIN)/python tests/every_python.py

stress: $(READY)  ## a million round trips and more on real threads: is every message accounted for?
	$(BIN)/python benchmarks/reference_stress.py

lint: $(READY)  ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## mypy
	$(BIN)/mypy

format: $(READY)  ## let ruff format everything
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

readme: $(READY)  ## write the table of findings in README.md from the records
	$(BIN)/python tools/readme_findings.py

clean:  ## remove the environment and every cache
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build

$(READY): pyproject.toml
	@command -v python3 >/dev/null || { echo 'python3 is not on the path; Python 3.11 or newer is needed' >&2; exit 2; }
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed, but $$(command -v python3) is $$(python3 -V)" >&2; exit 2; }
	python3 -m venv --clear .venv
	$(BIN)/pip install --quiet -e '.[dev]'
	@touch $@
