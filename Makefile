# The ways in. Each target is one short script; CI calls the same ones.
.DEFAULT_GOAL := help
.PHONY: help setup run test check bench lock clean

PORT ?= 8080
export PORT EMULATORS

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/locked ## Install what requirements.lock says into .venv

run: setup ## Serve everything on http://localhost:8080 (PORT=…, EMULATORS=1)
	@.venv/bin/python -m scripts.local.run

test: check ## Check, then run all tests
	@scripts/test

check: setup ## Style, types, and who imports whom
	@scripts/check

bench: setup ## Measure what the product promises
	@.venv/bin/python -m scripts.bench

lock: setup ## Resolve the dependencies anew, and each function's share of them
	@scripts/lock

clean: ## Remove all that these commands made, but no .env
	@scripts/clean

# Done again only when the lock has changed.
.venv/locked: requirements.lock scripts/setup
	@scripts/setup
