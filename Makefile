# make install | demo [DETACH=1] | down | test | test-all | check | bench | accuracy, and the thesis' walk (walk.mk).
# AIRSIDE_HOME and AIRSIDE_{GATEWAY,API,CONSOLE}_PORT say which installation; PYTHON says which Python makes the environment.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help install install-dev demo down test test-all check format bench accuracy lock

help:
	@echo "make demo              the airport behind the mesh, in the foreground; Ctrl-C ends it (DETACH=1: in the background)"
	@echo "make down              end the installation"
	@echo "make test              everything but the long tests (make test-all: those too; make check: the quick part)"
	@echo "make install           only set up $(VENV), with the command $(BIN)/airside"
	@echo "make bench, accuracy   measure"
	@echo "make deploy-app-default, health, load, cpanel-50-50, ...   the thesis' walk: see walk.mk"

# --- the environment: made once, remade when what it is made of changes

install: $(VENV)/installed

$(VENV)/installed: requirements.txt pyproject.toml apps/airport/pyproject.toml
	@./.ci/venv "$(PYTHON)" "$(VENV)"
	@echo "installing into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e . -e apps/airport
	@touch $@

install-dev: $(VENV)/installed-dev

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	@echo "installing what tests need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# --- the demo

demo: install
	@exec $(BIN)/airside demo airport $(if $(filter-out 0 no,$(DETACH)),--detach)

down: install
	@$(BIN)/airside down

# --- the tests; pytest's closing line is the last that each prints

check: install-dev
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-logo >/dev/null || $(BIN)/lint-imports --no-logo
	@$(BIN)/mypy --no-error-summary
	@$(PYTEST) -q -n auto --dist loadgroup -m "not integration and not envoy and not e2e and not long"

test: install-dev
	@./.ci/packages
	@$(PYTEST) -q -n auto --dist loadgroup -m "not long"

test-all: install-dev
	@./.ci/packages
	@$(PYTEST) -q -n auto --dist loadgroup

format: install-dev
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

# --- measuring

bench: install-dev
	@$(BIN)/python -m benchmarks

accuracy: install
	@$(BIN)/python -m airport.vision.accuracy

# --- the locked versions: from PyPI alone, with the hashes of all its files, so that they hold on every platform

LOCK := PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= PIP_EXTRA_INDEX_URL= CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes \
	--strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links $(LOCKFLAGS)

# each by name: `all` would make the airport a requirement of itself
EXTRAS := $(foreach extra,calls database pages vision,--extra $(extra))

lock: install-dev
	$(LOCK) --build-deps-for editable $(EXTRAS) -o requirements.txt pyproject.toml apps/airport/pyproject.toml
	$(LOCK) -o requirements-dev.txt requirements-dev.in

include walk.mk
