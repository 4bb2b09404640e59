# Everything a person or a machine does here. `make` alone lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PORT ?= 8000
TEST_WORKERS ?= 2

export PORT

.DEFAULT_GOAL := help
.PHONY: help install run test journeys check format bench screenshots guide-pictures translations clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: $(STAMP) ## Make .venv with everything in it (seconds the second time)

$(STAMP): setup.cfg pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say PYTHON=python3.12 or so."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,browser]'
	@touch $(STAMP)

translations: $(STAMP)
	@$(BIN)/tongbao translations compile --quiet

run: $(STAMP) translations ## Serve a demo at http://tea.localhost:8000 (PORT, TONGBAO_DATABASE_URL)
	@$(BIN)/tongbao db upgrade
	@$(BIN)/tongbao seed demo --if-empty
	@exec $(BIN)/tongbao run --demo

test: $(STAMP) translations ## Run the tests on SQLite and on PostgreSQL
	$(BIN)/pytest -n $(TEST_WORKERS) --dist loadgroup

journeys: $(STAMP) translations ## Run only the journeys in a real browser
	$(BIN)/pytest -m browser

check: $(STAMP) ## Style, types, import contracts, migrations, translations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/tongbao translations check

format: $(STAMP) ## Put the code into the one style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP) translations ## Measure, as ratios in one run
	$(BIN)/python -m bench

screenshots: $(STAMP) translations ## Take the pictures of the README (needs Chromium)
	$(BIN)/python scripts/screenshots.py

guide-pictures: $(STAMP) translations ## Take the pictures of the guides, in both languages (needs Chromium)
	$(BIN)/python -m scripts.guide_pictures

clean: ## Remove what was made here, but no data
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
