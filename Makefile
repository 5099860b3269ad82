# Everything a developer runs. `make` lists it.
SHELL := /bin/sh
PYTHON_IN_VENV := .venv/bin/python
BOOTSTRAP := @sh scripts/python.sh scripts/bootstrap.py
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test soak lint format lock clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: export DEMO_DIES_WITH_PARENT = 1
demo: ## Run Anteroom with a sandbox Calendly and demo data (PORT=8000)
	$(BOOTSTRAP) base
	@$(PYTHON_IN_VENV) -m scripts.demo

test: ## Run every test this machine allows (ARGS="-k links"; REQUIRE_ALL=1 allows no skips)
	$(BOOTSTRAP) dev
	@$(PYTHON_IN_VENV) -m scripts.suite $(ARGS)

soak: ## Play five thousand random histories against the sandbox (HISTORIES=5000)
	$(BOOTSTRAP) dev
	@HISTORIES=$${HISTORIES:-5000} $(PYTHON_IN_VENV) -m scripts.suite -k test_convergence

lint: ## Check style, types, imports, templates and migrations
	$(BOOTSTRAP) dev
	@$(PYTHON_IN_VENV) -m scripts.lint

format: ## Rewrite code and templates in the project's style
	$(BOOTSTRAP) dev
	@.venv/bin/ruff check --fix --quiet . && .venv/bin/ruff format --quiet .
	@find templates candidates scheduling sandbox -name '*.html' -exec .venv/bin/djade --target-version 5.2 {} +

lock: ## Compile requirements/*.in into pinned, hashed files that name no registry
	$(BOOTSTRAP) dev
	@sh scripts/lock.sh

clean: ## Remove the virtual environment, the demo's state and caches
	rm -rf .venv var/demo-* staticfiles test-results .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
