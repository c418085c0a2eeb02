# Plain GNU make, 3.81 and newer. Anything longer than a line lives in scripts/.

BIN := .venv/bin
STEP := sh scripts/step.sh

.DEFAULT_GOAL := help
.PHONY: help setup run test test-unit test-long bench bench-agent soak lint format docs pictures
.PHONY: golden-dialects
.PHONY: requirements setup-system system-packages elasticsearch kubernetes wheel image clean

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 22

setup: .venv/complete ## create .venv, or bring it up to date

# A Python that has gone away makes bin/python a link to nothing, and .venv is made again.
.venv/complete: requirements/runtime.txt requirements/dev.txt pyproject.toml clew_logging/pyproject.toml $(BIN)/python
	@$(STEP) setup sh scripts/setup.sh

$(BIN)/python:

run: setup ## start everything with the demo shop, on http://127.0.0.1:8420
	@$(BIN)/clew up --demo

test: lint system-packages ## run all checks and tests but the long ones
	@$(BIN)/pytest -m 'not long'

test-unit: setup ## run the tests that need nothing but Python
	@$(BIN)/pytest tests/unit

test-long: setup system-packages ## run the tests that take minutes each
	@$(BIN)/pytest -m long

bench: setup ## measure, and keep the figures in bench/results
	@$(BIN)/python -m bench

bench-agent: setup ## measure the agent, and FLUENT_BIT=/path/to/fluent-bit beside it
	@$(BIN)/python -m bench agent_process

soak: setup ## rotate and kill -9 for minutes; print what was lost or repeated (SECONDS=180)
	@$(BIN)/python -m bench.soak $(SECONDS)

lint: setup ## check style, types, import rules and generated pages
	@$(STEP) 'ruff check' $(BIN)/ruff check --quiet .
	@$(STEP) 'ruff format' $(BIN)/ruff format --check --quiet .
	@$(STEP) mypy $(BIN)/mypy
	@$(STEP) lint-imports $(BIN)/lint-imports
	@$(STEP) 'generated pages' $(BIN)/python -m scripts.generate_docs --check

format: setup ## put the code in shape
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

docs: setup ## write the generated pages again
	@$(BIN)/python -m scripts.generate_docs

pictures: setup ## take the pictures of the pages again, from the demo
	@$(BIN)/python -m scripts.pictures

# Without `setup`, which fails as long as a package is asked for and not pinned.
requirements: ## pin all packages again (ARGUMENTS=--upgrade for the newest)
	@sh scripts/lock.sh $(ARGUMENTS)

setup-system: ## install the programs that tests start (with sudo)
	@sh scripts/setup_system.sh

# On somebody's machine the tests skip what is missing; in CI there is no such thing.
system-packages:
	@$(STEP) 'system packages' sh scripts/setup_system.sh || [ "$$CI" != true ]

golden-dialects: setup ## run the programs of golden dialects again (CASES="pino zap"): read the diff
	@$(BIN)/python -m scripts.golden_dialects $(CASES)

elasticsearch: setup ## start an Elasticsearch to play with
	@$(BIN)/python -m tests.support.elasticsearch

kubernetes: setup ## build the Kubernetes that long tests run (ten minutes, once; needs Go and root)
	@sh scripts/setup_kubernetes.sh
	@$(BIN)/python -m tests.support.kubernetes build

wheel: setup ## build the wheels of clew and clew_logging into dist
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist clew_logging

image: wheel ## build the container image clew:VERSION (with docker)
	@version=$$($(BIN)/python -c 'import clew; print(clew.__version__)') && \
	logging=$$($(BIN)/python -c 'import clew_logging; print(clew_logging.__version__)') && \
	docker build -f daemonset/Dockerfile --build-arg VERSION=$$version \
		--build-arg LOGGING_VERSION=$$logging -t clew:$$version .

clean: ## remove all that make has made
	rm -rf .venv .cache dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
