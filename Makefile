# Every target makes its own environment from the pinned lock; nothing has to be done first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= sample:seattle_weather
BENCH ?=
LONG ?= ../shared/data/long
COMPETITIONS ?= ../shared/data

.DEFAULT_GOAL := help
.PHONY: help app compare test check format parity stats bench bench-app bench-data bench-batch soak soak-data coverage horizon accuracy local memory screenshots lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

app: $(VENV)/app.stamp ## open the dashboard
	$(BIN)/streamlit run app.py

compare: $(VENV)/app.stamp ## compare the cells on DATA (default: a bundled sample)
	$(BIN)/python -m forecast compare $(DATA)

test: $(VENV)/dev.stamp ## run the test suite
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: $(VENV)/dev.stamp ## lint, format, types, import order
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_import_order.py

format: $(VENV)/dev.stamp ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

parity: .venv-parity/parity.stamp ## compare with PyTorch and Keras
	.venv-parity/bin/python -m pytest -m parity

stats: .venv-stats/stats.stamp ## compare AutoETS and AutoTheta with statsforecast
	.venv-stats/bin/python -m pytest -m parity tests/models/test_classical.py

bench: .venv-bench/bench.stamp ## time everything beside PyTorch, Keras, JAX and ONNX Runtime
	.venv-bench/bin/python -m benchmarks.speed $(BENCH)

bench-app: $(VENV)/dev.stamp ## time the dashboard in a real browser
	$(BIN)/python -m benchmarks.app

bench-data: $(VENV)/app.stamp ## time reading, checking and charting a million rows
	$(BIN)/python -m benchmarks.data

bench-batch: $(VENV)/dev.stamp ## time 100,000 series through a batch, and the memory of all its processes
	$(BIN)/python -m benchmarks.batch --horizon 14 --level 80

soak: $(VENV)/dev.stamp ## kill, flood and attack a server for half an hour, and see what is lost
	$(BIN)/python -m benchmarks.soak_store --kills 200 --seed $$(date +%s)
	$(BIN)/python -m benchmarks.soak_batch --kills 20 --seed $$(date +%s) --dask
	$(BIN)/python -m pytest -q -m soak
	$(BIN)/python -m benchmarks.soak_service
	$(BIN)/python -m benchmarks.soak_hostile
	$(BIN)/python -m benchmarks.soak_sessions --sessions 100 --seconds 60 --training
	$(BIN)/python -m benchmarks.soak_sessions --sessions 400 --seconds 60 --think 4
	$(BIN)/python -m benchmarks.soak_sessions --churn-minutes 10

soak-data: $(VENV)/dev.stamp ## throw broken files at the reader for a minute, and odd dialects
	$(BIN)/python -m benchmarks.fuzz_data --seconds 60 --seed $$(date +%s)
	FORECAST_EXAMPLES=2000 $(BIN)/python -m pytest -q -o timeout=900 tests/data/test_any_dialect.py

coverage: $(VENV)/app.stamp ## measure how often the intervals hold what came
	$(BIN)/python -m benchmarks.coverage

horizon: $(VENV)/app.stamp ## score a GRU on ETTh1 of the folder LONG, many rows ahead
	$(BIN)/python -m benchmarks.long_horizon --data $(LONG)

accuracy: $(VENV)/app.stamp ## score the cells on the sets of the competitions in the folder COMPETITIONS
	$(BIN)/python -m benchmarks.accuracy --data $(COMPETITIONS)

local: $(VENV)/app.stamp .venv-bench/bench.stamp ## time a network for each M4 series of the folder COMPETITIONS, beside Keras
	$(BIN)/python -m benchmarks.local --data $(COMPETITIONS)

memory: $(VENV)/app.stamp ## show how far back each cell learns to look, on samples with a planted memory
	$(BIN)/python -m benchmarks.memory_tasks

screenshots: $(VENV)/dev.stamp ## take the pictures in docs/screenshots
	$(BIN)/python -m benchmarks.screenshots

lock: $(VENV)/dev.stamp ## compile the pinned requirements from pyproject.toml
	scripts/lock $(BIN)/uv

clean: ## remove what the other targets made
	rm -rf $(VENV) .venv-parity .venv-stats .venv-bench .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/app.stamp: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "forecast needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: $(VENV)/app.stamp requirements-dev.txt
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	@touch $@

.venv-bench/bench.stamp: requirements.txt requirements-bench.txt
	test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet -r requirements-bench.txt
	@touch $@

.venv-parity/parity.stamp: requirements.txt requirements-parity.txt
	test -x .venv-parity/bin/python || $(PYTHON) -m venv .venv-parity
	.venv-parity/bin/python -m pip install --quiet -r requirements-parity.txt
	@touch $@

.venv-stats/stats.stamp: requirements-stats.txt
	test -x .venv-stats/bin/python || $(PYTHON) -m venv .venv-stats
	.venv-stats/bin/python -m pip install --quiet -r requirements-stats.txt
	@touch $@
