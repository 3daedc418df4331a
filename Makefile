# Everything a contributor runs. PYTHON makes the environment: any Python from 3.11 on.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
DEMO := fixtures/repos/seed-gluetun fixtures/repos/seed-tailscale

.PHONY: setup demo test lint bench tools docs policies lab lab-page

setup: $(READY)

# Dependency groups need pip 25.1, and Python 3.11 brings an older one.
$(READY): pyproject.toml vpnlint/__init__.py
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

demo: $(READY)
	@$(BIN)/vpnlint check --fail-on never $(DEMO)

test: $(READY)
	@$(BIN)/pytest

lint: $(READY)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/shellcheck .ci/run action/*.sh tools/build tests/oracles/lab/install tests/oracles/lab/newer

bench: $(READY)
	@$(BIN)/python -m tools.bench $(BENCH)

tools:
	@tools/build
	@tools/build flux
	@tools/build actionlint

# docs/rule-fields.md, from the view.
docs: $(READY)
	@$(BIN)/python tools/rule_fields.py > docs/rule-fields.md

# What `vpnlint emit` makes of the rules, for those who point Flux or kubectl here.
policies: $(READY)
	@rm -rf policies
	@$(BIN)/vpnlint emit kyverno -o policies/kyverno
	@$(BIN)/vpnlint emit vap -o policies/native

# The leak lab; LAB='--only ID' measures one evidence. Needs root; its Tailscale part needs Go too.
lab: $(READY)
	@tests/oracles/lab/install
	@tests/oracles/lab/newer
	@! command -v go >/dev/null || { tools/build tailscale && tools/build headscale; }
	@$(BIN)/python -m tests.oracles.lab $(LAB)
	@$(MAKE) --no-print-directory lab-page

lab-page: $(READY)
	@$(BIN)/python -m tests.oracles.lab.report
