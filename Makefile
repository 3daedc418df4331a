# Everything a contributor runs. PYTHON makes the environment: any Python from 3.11 on.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
DEMO := fixtures/repos/seed-gluetun fixtures/repos/seed-tailscale
# Tests with one for each rule, named by it.
OF_RULES := tests/test_fixtures.py tests/ruleset tests/admission/test_emission.py tests/oracles/lab/test_evidence.py

# One more than there are processors: some tests wait for VPNs, browsers and package indexes.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

# Hundreds of tests start the program; without compiled files each start would compile all modules.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test lint bench bench-admission recall properties tools docs fuzz release lab lab-sample lab-page

setup: $(READY)

# Dependency groups need pip 25.1, and Python 3.11 brings an older one.
$(READY): pyproject.toml vpnlint/__init__.py
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --editable '.[lsp]' --group dev
	@touch $@

demo: $(READY)
	@$(BIN)/vpnlint check --fail-on never $(DEMO)

# RULE=ID runs only what holds that rule; `pytest tests/STAGE` what holds a stage.
test: $(READY)
ifdef RULE
	@$(BIN)/pytest -k '$(RULE)' $(OF_RULES)
else
	@$(BIN)/pytest --numprocesses $(WORKERS) --dist loadscope --no-loadscope-reorder
endif

lint: $(READY)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/shellcheck .ci/run action/*.sh tools/build tests/oracles/lab/install tests/oracles/lab/newer

# All of what `make test` takes samples of: the files that ask tests/checkout.py for EVERYTHING or a turn.
properties: $(READY)
	@VPNLINT_PROPERTIES=all $(BIN)/pytest $$(grep -rlE 'checkout import .*(EVERYTHING|take_turn)' tests)

bench: $(READY)
	@$(BIN)/python -m tools.bench $(BENCH)

# What admission costs with the policies, into docs/admission.md.
bench-admission: $(READY)
	@$(BIN)/python -m tools.admission --write docs/admission.md

# What is found of the labelled pitfalls, into docs/corpus.md.
recall: $(READY)
	@$(BIN)/python -m tools.recall --write docs/corpus.md

tools:
	@tools/build
	@tools/build flux
	@tools/build actionlint

# docs/rule-fields.md, from the view; the picture of README, from a real run; then site/, from docs/ and all that
# it is about. VPNLINT_SITE and VPNLINT_REPOSITORY are the addresses at which it is published.
docs: $(READY)
	@$(BIN)/python -m tools.rule_fields > docs/rule-fields.md
	@$(BIN)/python -m tools.picture > docs/vpnlint.svg
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict --site-dir site

# Looks for input that vpnlint cannot bear, for so many seconds; a SEED makes a run repeatable. PAIRS=0 tries
# every hostile value in every place instead, PAIRS=N those from the Nth pair on.
fuzz: $(READY)
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),3600) $(if $(SEED),--seed $(SEED)) $(if $(PAIRS),--pairs $(PAIRS))

# VERSION=1.2.3: everything that a release holds but the commit, the tag and the upload; see CONTRIBUTING.md.
release: $(READY)
	@$(BIN)/python -m tools.release $(VERSION)

# The leak lab; LAB='--only ID' measures one evidence. Needs root; its Tailscale part needs Go too.
lab: $(READY)
	@tests/oracles/lab/install
	@tests/oracles/lab/newer
	@! command -v go >/dev/null || { tools/build tailscale && tools/build headscale; }
	@$(BIN)/python -m tests.oracles.lab $(LAB)
	@$(MAKE) --no-print-directory lab-page

# One in ten of the lab's scenarios, compared with docs/evidence: another one each day.
lab-sample: $(READY)
	@$(BIN)/python -m tests.oracles.lab --sample $$(($$(date +%s) / 86400))

lab-page: $(READY)
	@$(BIN)/python -m tests.oracles.lab.report
