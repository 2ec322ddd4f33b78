# The environment is .venv, made anew when a pyproject.toml or the pins change. It holds exactly the versions of
# requirements/pins.txt, so a new release of a dependency changes nothing here.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup compare test test-all test-nightly test-newest test-lowest test-pythons tla stress docs lint types format pins \
  readme clean

BIN := .venv/bin
READY := .venv/.ready
PYTHON ?= python3
PINS := requirements/pins.txt
PROJECTS := pyproject.toml conformance/pyproject.toml
EDITABLE := --no-deps --no-build-isolation -e . -e ./conformance
DOCS_PINS := requirements/docs.txt
UV := $(BIN)/uv --quiet --no-python-downloads
COMPILE := $(UV) pip compile --upgrade --universal --python-version 3.11 --no-header --no-annotate
# A process that runs out of tests takes some from another.
PYTEST := pytest -n auto --dist worksteal
# The tests start Python about a hundred times; without compiled files each start compiles every module again.
unexport PYTHONDONTWRITEBYTECODE
COMPARE := $(BIN)/beehive-conformance compare reference go

help:  ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

setup: $(READY)  ## create the environment in .venv

compare: $(READY)  ## compare the reference with the newest Go beehive
	$(COMPARE)

test: lint types  ## lint, types and every test that is not slow: a minute on two cores
	$(BIN)/$(PYTEST) -m "not slow"

test-all: lint types  ## lint, types and every test, with the coverage of the packages
	$(BIN)/$(PYTEST) --cov --cov-report=term:skip-covered

test-nightly: test-all  ## test-all, then the comparison and the exploration with larger budgets
	$(COMPARE) --thorough
	$(BIN)/beehive-conformance explore core --length 4
	$(BIN)/beehive-conformance explore go --length 3

test-pythons: $(READY)  ## run the tests of the reference on every CPython that is found
	$(BIN)/python tests/every_python.py

test-newest: $(READY)  ## run the tests with the newest versions that pyproject.toml allows
	$(call test_resolved,.venv-newest,$(BIN)/python,highest)

test-lowest: $(READY)  ## run the tests with the oldest versions that pyproject.toml allows, on the oldest Python
	$(call test_resolved,.venv-lowest,3.11,lowest-direct)

# $(1) is the environment, $(2) its Python, $(3) which versions. It is made anew each time: there may be newer ones.
define test_resolved
	$(UV) venv --clear --seed --python $(2) $(1)
	$(UV) pip install --python $(1) --resolution $(3) $(PROJECTS:%=-r %) --all-extras --group dev
	$(UV) pip install --python $(1) $(EDITABLE)
	$(1)/bin/$(PYTEST)
endef

tla: $(READY)  ## check the second model of the spec with TLC, and compare it with the first
	$(BIN)/python tests/beehive_spec/tla_report.py

stress: $(READY)  ## run more than a million round trips on real threads, and account for every message
	$(BIN)/python benchmarks/reference_stress.py

lint: $(READY)  ## check the code with ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## check the types with mypy
	$(BIN)/mypy

format: $(READY)  ## format everything with ruff
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

readme: $(READY)  ## write the table of findings in README.md from the records
	$(BIN)/python tools/readme_findings.py

pins: $(READY)  ## update the exact versions of the environment
	$(COMPILE) $(PROJECTS) --all-extras --group dev --no-emit-package beehive-reference --output-file $(PINS)
	$(COMPILE) $(PROJECTS) --group docs --no-emit-package beehive-reference --output-file $(DOCS_PINS)

docs: .venv-docs/.ready  ## build the site, as one folder of static files
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --strict

# An environment of its own: only the site needs these packages.
.venv-docs/.ready: $(DOCS_PINS) $(READY)
	$(UV) venv --clear --python $(BIN)/python .venv-docs
	$(UV) pip install --python .venv-docs -r $(DOCS_PINS)
	$(UV) pip install --python .venv-docs $(EDITABLE)
	@touch $@

clean:  ## remove the environment and every cache
	rm -rf .venv .venv-newest .venv-lowest .venv-docs site .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build

$(READY): $(PROJECTS) $(PINS)
	@command -v $(PYTHON) >/dev/null || { echo '$(PYTHON) is not on the path; Python 3.11 or newer is needed' >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed, but $$(command -v $(PYTHON)) is $$($(PYTHON) -V)" >&2; exit 2; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet -r $(PINS)
	$(BIN)/pip install --quiet $(EDITABLE)
	@touch $@
