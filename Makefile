# The ways in. Each target is one short script; CI calls the same ones.
.DEFAULT_GOAL := help
.PHONY: help setup run test check bench simulate mutants chaos replay story gateway bundle plan deploy destroy \
	secrets tenant permissions scan lock clean

PORT ?= 8080
TURNS ?= 20000
SEED ?= 1
PROCESSES ?= 1
REGION ?= europe-southwest1
ENV ?= dev
export PORT EMULATORS TENANT DELETE

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/locked ## Install what requirements.lock says into .venv

run: setup ## Serve everything on http://localhost:8080 (PORT=…, EMULATORS=1)
	@.venv/bin/python -m scripts.local.run

test: check ## Check, then run all tests
	@scripts/test

check: setup ## Style, types, and who imports whom
	@scripts/check

bench: setup ## Measure what the product promises
	@.venv/bin/python -m scripts.bench

simulate: setup ## Play seeded worlds with every fault on: TURNS=… SEED=… PROCESSES=2
	@.venv/bin/python -m tests.simulation run --turns $(TURNS) --seed $(SEED) --processes $(PROCESSES)

mutants: setup ## Show that the simulation catches each deliberate mutation of the core
	@.venv/bin/python -m tests.simulation.mutants

chaos: setup ## Kill real processes while many write: MESSAGES=… KILLS=… SECONDS=… SEED=…
	@.venv/bin/python -m tests.chaos

replay: setup ## Dead letters: list them, or ARGS="show ID | one ID | kind KIND | all | drop ID" (TENANT=…)
	@.venv/bin/python -m scripts.replay $(ARGS)

story: setup ## What became of a message: MESSAGE=its id, of the local run or of PROJECT=…
	@.venv/bin/python -m scripts.story "$(MESSAGE)" $(if $(PROJECT),--project "$(PROJECT)")

gateway: setup ## A channel's gateway: ARGS="TENANT CHANNEL [status | pair | restart | register]"
	@.venv/bin/python -m scripts.gateway $(ARGS)

bundle: setup ## Each function as the platform takes it: build/bundles/<function>.zip
	@.venv/bin/python -m scripts.bundle

plan: setup ## What a deployment would change: PROJECT=… REGION=… ENV=dev
	@.venv/bin/python -m scripts.cloud.deploy plan "$(PROJECT)" "$(REGION)" "$(ENV)"

deploy: setup ## Change it, after a yes (YES=1 asks nobody; DELETE="address …" lets data go)
	@.venv/bin/python -m scripts.cloud.deploy deploy "$(PROJECT)" "$(REGION)" "$(ENV)" $(if $(YES),--yes)

destroy: setup ## Take a deployment away, but its data: CONFIRM=the project once more
	@.venv/bin/python -m scripts.cloud.deploy destroy "$(PROJECT)" "$(REGION)" "$(ENV)" --confirm "$(CONFIRM)"

secrets: setup ## Ask for the values of secrets that have none, or of SECRET=name: PROJECT=…
	@.venv/bin/python -m scripts.cloud.secrets "$(PROJECT)" "$(SECRET)"

tenant: setup ## Write a tenant to a deployment, and tell its gateways: FILE=… PROJECT=… REGION=…
	@.venv/bin/python -m scripts.cloud.tenant "$(FILE)" "$(PROJECT)" "$(REGION)"

permissions: setup ## Who may do what, from a plan, into terraform/PERMISSIONS.md
	@.venv/bin/python -m scripts.permissions

scan: ## Look for what is unsafe in terraform/ (checkov; 300 MB, once)
	@scripts/scan

lock: setup ## Resolve the dependencies anew, and each function's share of them
	@scripts/lock

clean: ## Remove all that these commands made, but no .env
	@scripts/clean

# Done again only when the lock has changed.
.venv/locked: requirements.lock scripts/setup
	@scripts/setup
