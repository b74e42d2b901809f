# One word per thing one does. Everything sets up .venv by itself on first use.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do command -v $$p >/dev/null 2>&1 && $$p -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test check bench pictures lock format clean

$(STAMP): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP)
	$(BIN)/bulou demo

# 2026-11-27: loadfile, because pytest-xdist 3.8.0 names groups in a way that pytest 9.2 does not see, so that loadgroup tore files
# apart. The order of the files is that of tests/conftest.py.
test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/defs

bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	$(BIN)/python -m benchmarks accuracy
	$(BIN)/python -m benchmarks speed
	$(BIN)/python -m benchmarks completeness

# To be looked at, each of them; docs/guide/pages.
pictures: demo
	BULOU_HOME=.bulou/demo $(BIN)/bulou quality draw
	$(BIN)/python tests/browser/pictures.py .bulou/demo docs/guide/pages

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Hashes, and no index addresses: the lock holds for any mirror.
lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --extra dev --extra build --no-strip-extras --generate-hashes --no-emit-index-url -o requirements.lock
	uv pip compile pyproject.toml --universal --python-version 3.11 --extra dev --extra build --extra bench --no-strip-extras --generate-hashes --no-emit-index-url -o requirements-bench.lock

clean:
	rm -rf $(VENV) .bulou .mypy_cache .ruff_cache .pytest_cache
