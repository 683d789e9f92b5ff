# The project's commands. Each target is one short script; CI calls the same ones.
.DEFAULT_GOAL := help
.PHONY: help setup run test check bench eval fit simulate mutants mutants-infra chaos replay gaps costs memory handoffs contacts index-contacts knowledge triggers story check-tenant gateway bundle plan deploy \
	apply changes smoke rollback pause resume settle carry rehearse destroy secrets tenant permissions prices scan audit leaks \
	provider lock clean

PORT ?= 8080
TURNS ?= 20000
SEED ?= 1
PROCESSES ?= 1
HALF ?= all
export PORT EMULATORS MODELS PROVIDER MODEL JUDGE TENANT DAY MONTH DELETE WHY SINCE SEND FROM TO
# PATH=… of `make knowledge` is a file; the shell's own would be lost by it.
ifeq ($(origin PATH),command line)
KNOWLEDGE := $(PATH)
override PATH := /usr/local/bin:/usr/bin:/bin
endif
# PROJECT, REGION and ENV have no default here. Make passes them on as they are given (scripts/deployment.py).

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "The commands from replay to gateway are about the local run, or with PROJECT=… REGION=… ENV=… about a deployment."

setup: .venv/locked ## Install the packages of requirements.lock into .venv

run: setup ## Serve everything on http://localhost:8080 (PORT=…, EMULATORS=1, MODELS=scripted)
	@.venv/bin/python -m scripts.local.run

test: check ## Check, then run all tests
	@scripts/test

check: setup ## Check style, types and import rules
	@scripts/check

bench: setup ## Measure the product's targets
	@.venv/bin/python -m scripts.bench

eval: setup ## Measure what is understood: HALF=tuned|frozen|all (ARGS="--show KIND", "--keep"), or a model: PROVIDER=claude (MODEL=…, JUDGE=openai:…)
	@.venv/bin/python -m $(if $(PROVIDER),tests.evals.dialogues,tests.evals --half $(HALF) --processes 2) $(ARGS)

fit: setup ## Fit what understanding is made of, after a change of its examples
	@.venv/bin/python -m scripts.fit
	@.venv/bin/python -m tests.evals.fit

simulate: setup ## Simulate seeded runs with every kind of fault: TURNS=… SEED=… PROCESSES=2
	@.venv/bin/python -m tests.simulation run --turns $(TURNS) --seed $(SEED) --processes $(PROCESSES)

mutants: setup ## Show that the simulation catches each deliberate mutation of the core
	@.venv/bin/python -m tests.simulation.mutants

mutants-infra: setup ## Show that the tests catch each deliberate mutation of terraform/ and infra/
	@.venv/bin/python -m tests.infra.mutants

chaos: setup ## Kill real processes under load: MESSAGES=… KILLS=… SECONDS=… SEED=…
	@.venv/bin/python -m tests.chaos

replay: setup ## Dead letters: list them, or ARGS="show ID | one ID | kind KIND | all | drop ID" (TENANT=…)
	@.venv/bin/python -m scripts.replay $(ARGS)

memory: setup ## Show, or with ERASE=1 erase, the memory of a person: TENANT=… CONTACT=…
	@.venv/bin/python -m scripts.memory

gaps: setup ## Show the questions without an answer, most asked first: TENANT=…
	@.venv/bin/python -m scripts.gaps

costs: setup ## Show what a tenant's language models cost, this month: TENANT=… (DAY=2026-11-20 | MONTH=2026-11)
	@.venv/bin/python -m scripts.usage

handoffs: setup ## Requests for a human: TENANT=… (ARGS="list | show ID | report [DAYS]")
	@.venv/bin/python -m scripts.handoffs $(ARGS)

index-contacts: setup ## Let staff find people who were known before there was a search: TENANT=…
	@.venv/bin/python -m scripts.index_contacts

contacts: setup ## Import people from a CSV file: TENANT=… FILE=… (DRY=1 writes nothing)
	@.venv/bin/python -m scripts.contacts --file "$(FILE)" --dry "$(DRY)"

knowledge: setup ## Sources of knowledge: TENANT=… list them, or PATH=… | URL=… | DROP=… (TITLE=…, DRY=1)
	@.venv/bin/python -m scripts.knowledge --path "$(KNOWLEDGE)" --url "$(URL)" --title "$(TITLE)" --drop "$(DROP)" --dry "$(DRY)"

check-tenant: setup ## Check a tenant's file, and ask its sources of records for what the file names: TENANT=…
	@.venv/bin/python -m scripts.check_tenant

triggers: setup ## Triggers: TENANT=… (ARGS="list | show T | preview T [CONTACT] | confirm T COUNT | calendar [DAYS] | results T | pause T | resume T | stop T")
	@.venv/bin/python -m scripts.triggers $(ARGS)

story: setup ## Show the log lines about a message: MESSAGE=its id
	@.venv/bin/python -m scripts.story "$(MESSAGE)"

gateway: setup ## Show or change a channel's gateway: ARGS="TENANT CHANNEL [status | pair | restart | register]"
	@.venv/bin/python -m scripts.gateway $(ARGS)

bundle: setup ## Bundle each function for deployment: build/bundles/<function>.zip
	@.venv/bin/python -m scripts.bundle

plan: setup ## Show the changes of a deployment: PROJECT=… ENV=… (DEMO=1: with the demo tenants)
	@.venv/bin/python -m scripts.cloud.deploy plan

deploy: setup ## Apply them after a yes (YES=1 does not ask; DELETE="address …" allows data loss)
	@.venv/bin/python -m scripts.cloud.deploy deploy

destroy: setup ## Destroy a deployment except its data: CONFIRM=the project's name again
	@.venv/bin/python -m scripts.cloud.deploy destroy

apply: setup ## Apply exactly the plan that make plan saved: PROJECT=… ENV=…
	@.venv/bin/python -m scripts.cloud.apply

changes: setup ## Show the saved plan as a page without values: ENV=… (NONE=1 fails if there are changes)
	@.venv/bin/python -m scripts.cloud.changes "$(ENV)" $(if $(NONE),--none)

smoke: setup ## Have a deployed web chat answer a message: ADDRESS=https://…/webhook/TENANT/CHANNEL
	@.venv/bin/python -m scripts.cloud.smoke "$(ADDRESS)"

rollback: setup ## Have the revisions from before the last deployment serve: PROJECT=… ENV=… (FUNCTION, BEFORE, TO=latest)
	@.venv/bin/python -m scripts.cloud.rollback $(if $(FUNCTION),--function "$(FUNCTION)") \
		$(if $(BEFORE),--before "$(BEFORE)") $(if $(TO),--to "$(TO)")

secrets: setup ## Ask for the values of secrets without one, or of SECRET=name: PROJECT=… ENV=…
	@.venv/bin/python -m scripts.cloud.secrets "$(SECRET)"

tenant: setup ## Write a tenant to a deployment and register its gateways: FILE=… PROJECT=… ENV=…
	@.venv/bin/python -m scripts.cloud.tenant "$(FILE)"

pause: setup ## Stop a deployment from sending; it goes on taking messages in: PROJECT=… ENV=… (WHY=…)
	@.venv/bin/python -m scripts.pause pause

resume: setup ## Let a paused deployment send again, after a yes: PROJECT=… ENV=… (YES=1 does not ask)
	@.venv/bin/python -m scripts.pause resume

settle: setup ## Settle a restored database: PROJECT=… ENV=… SINCE=the moment of the data (or SEND=a held message)
	@.venv/bin/python -m scripts.settle

carry: setup ## Carry the events since a moment to another deployment: FROM=project TO=project SINCE=…
	@.venv/bin/python -m scripts.carry

rehearse: setup ## Rehearse the move to another project, and a restore, on Google's emulators
	@.venv/bin/python -m tests.rehearsal

permissions: setup ## Write the grants of a plan to terraform/PERMISSIONS.md
	@.venv/bin/python -m scripts.permissions

prices: setup ## Write what a deployment costs to terraform/COSTS.md, from infra/prices.yaml
	@.venv/bin/python -m scripts.costs

scan: ## Scan terraform/ for security problems (checkov; 300 MB, once)
	@scripts/scan

audit: ## Look for known vulnerabilities in the locked dependencies (pip-audit)
	@scripts/audit

leaks: ## Look for secrets in the whole history (gitleaks)
	@scripts/leaks

provider: ## Compare the lock of Terraform's provider with the registry
	@scripts/provider

lock: setup ## Resolve the dependencies again, and each function's part of them
	@scripts/lock

clean: ## Remove all files that these commands made, except .env
	@scripts/clean

# Runs again only when the lock has changed.
.venv/locked: requirements.lock scripts/setup
	@scripts/setup
