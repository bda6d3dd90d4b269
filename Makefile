# svartid: `make demo` shows it, `make test` proves it. Needs Python 3.11, make and the package registries.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ENGINES := .venv-engines
MUTANTS := .venv-mutants
API := .venv-api
IMAGE := .venv-image
DEPLOY := .venv-deploy
UV_VERSION := 0.13.9
SERVICE ?= pypi
SBOM ?= build/sbom.cdx.json
LOCKED ?= requirements.txt
MINUTES ?= 60
SAMPLE ?= 600

# Tests run on Debian's Redis too, and on its Prometheus, Alertmanager, jq, Chromium and bubblewrap. Installed where that needs no password;
# otherwise those tests are skipped by name. RUNLEVEL=1 keeps the packages from starting servers of their own.
SUDO := $(shell test "$$(id -u)" = 0 || echo sudo -n)
APT := RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive

.PHONY: help setup system demo test quick check mutants bench bench-year study soak rolling pictures image lock audit sbom wheel clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

setup: $(VENV)/.ready ## a .venv with exactly the locked packages

$(VENV)/.ready: requirements.txt pyproject.toml
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet uv==$(UV_VERSION); }
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements.txt
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## local Kafka and Valkey, a simulated day, a worker and the live board
	$(BIN)/svartid demo

system:
	@missing=; \
	for part in redis-server:redis-server promtool:prometheus amtool:prometheus-alertmanager jq:jq chromium:chromium bwrap:bubblewrap; do \
		command -v $${part%:*} >/dev/null || missing="$$missing $${part#*:}"; \
	done; \
	test -z "$$missing" || ! command -v apt-get >/dev/null || \
		{ $(SUDO) apt-get update -qq && $(SUDO) env $(APT) apt-get install -qq -y --no-install-recommends $$missing; } \
		>/dev/null 2>&1 || echo "could not install$$missing: tests that need them are skipped"

# Hundreds of programs are started: what Python compiles is kept, also where the environment says otherwise.
test: setup system $(API)/.ready $(IMAGE)/.ready $(DEPLOY)/.ready ## every test, on real parts
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder \
		-m "not alone"
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -m alone

QUICK := tests/golden tests/core tests/oracle tests/serve tests/past tests/generate tests/ingest/test_retention.py

quick: setup ## the tests of the figures, without real parts and with fewer examples: less than a minute
	SVARTID_FEWER_EXAMPLES=8 PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 2 -m "not real and not slow" $(QUICK)

check: setup $(DEPLOY)/.ready ## format, lint, types, import rules, workflows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(DEPLOY)/bin/zizmor --offline --no-progress --quiet .github
	$(DEPLOY)/bin/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(DEPLOY)/bin/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yaml
	$(DEPLOY)/bin/check-jsonschema --quiet --builtin-schema vendor.compose-spec deploy/compose/compose.yaml

$(ENGINES)/.ready: tests/bench/engines/requirements.txt | setup
	test -x $(ENGINES)/bin/python || $(PYTHON) -m venv $(ENGINES)
	VIRTUAL_ENV=$(ENGINES) $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r $<
	@touch $@

$(MUTANTS)/.ready: tests/mutants/requirements.txt pyproject.toml | setup
	test -x $(MUTANTS)/bin/python || $(PYTHON) -m venv $(MUTANTS)
	VIRTUAL_ENV=$(MUTANTS) $(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes $<
	VIRTUAL_ENV=$(MUTANTS) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(API)/.ready: tests/web/tools/requirements.txt | setup
	test -x $(API)/bin/python || $(PYTHON) -m venv $(API)
	VIRTUAL_ENV=$(API) $(BIN)/uv pip install --quiet --compile-bytecode --no-deps --require-hashes -r $<
	@touch $@

$(IMAGE)/.ready: tests/image/tools/requirements.txt | setup
	test -x $(IMAGE)/bin/python || $(PYTHON) -m venv $(IMAGE)
	VIRTUAL_ENV=$(IMAGE) $(BIN)/uv pip install --quiet --no-deps --require-hashes -r $<
	@touch $@

# Two of these programs are in Go, pinned by go.sum. Without Go the tests that run them are skipped by name.
$(DEPLOY)/.ready: tests/deploy/tools/requirements.txt tests/deploy/tools/go.mod tests/deploy/tools/go.sum | setup
	test -x $(DEPLOY)/bin/python || $(PYTHON) -m venv $(DEPLOY)
	VIRTUAL_ENV=$(DEPLOY) $(BIN)/uv pip install --quiet --compile-bytecode --no-deps --require-hashes -r $<
	! command -v go >/dev/null || (cd tests/deploy/tools && go build -mod=readonly -o $(CURDIR)/$(DEPLOY)/bin/ \
		github.com/rhysd/actionlint/cmd/actionlint sigs.k8s.io/kustomize/kustomize/v5)
	@touch $@

mutants: $(MUTANTS)/.ready ## faults put into core and serve, and how many the quick tests find: an hour; SAMPLE=600
	@mkdir -p build
	$(MUTANTS)/bin/python -m tests.mutants --sample $(SAMPLE) --json build/mutants.json

bench: setup $(ENGINES)/.ready ## the hot path beside other engines, and the latency
	@mkdir -p build
	$(BIN)/python -m tests.bench all --json build/bench.json

bench-year: setup ## a year of 4.5 million contacts, read by one worker and recounted, and what it comes to: some twenty minutes
	@mkdir -p build
	$(BIN)/python -m tests.bench year --json build/bench-year.json
	$(BIN)/python -m tests.bench sizes --json build/bench-sizes.json

study: setup ## every alert over 110 simulated days: some two hours of CPU
	$(BIN)/python -m tests.study

soak: setup ## an hour of faults at random, one of boards, then kills, takeovers, recoveries and upgrades: some three hours; MINUTES=60
	@mkdir -p build
	$(BIN)/python -m tests.soak hours --minutes $(MINUTES) --json build/soak-hours.json
	$(BIN)/python -m tests.soak boards --minutes $(MINUTES) --json build/soak-boards.json
	$(BIN)/python -m tests.soak kills --json build/soak-kills.json
	$(BIN)/python -m tests.soak takeover --json build/soak-takeover.json
	$(BIN)/python -m tests.soak recovery --json build/soak-recovery.json
	$(BIN)/python -m tests.soak upgrade --json build/soak-upgrade.json
	$(BIN)/python -m tests.soak year --json build/soak-year.json

pictures: setup ## deploy/pictures/*.png: each board in a real browser, for the README
	$(BIN)/python -m tests.web.pictures

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

rolling: setup ## a rolling upgrade from another build, and back, under load: some minutes; BEFORE=a clone of it
	@mkdir -p build
	@test -n "$(BEFORE)" || { echo "make rolling BEFORE=a folder with a clone of the build before, and its .venv" && exit 2; }
	$(BIN)/python -m tests.rolling "$(BEFORE)" --json build/rolling.json

lock: ## requirements.txt anew from pyproject.toml, and those of the image, of mutants, of the benchmark, and of what tries the API, the image and the manifests
	$(BIN)/$(LOCK) --extra local --extra generate --extra parquet --extra web --group dev --output-file requirements.txt pyproject.toml
	$(BIN)/$(LOCK) --extra web --constraint requirements.txt --no-emit-package faker --no-emit-package polyfactory \
		--output-file deploy/image/requirements.txt pyproject.toml
	$(BIN)/$(LOCK) --extra local --extra parquet --extra web --group dev --override tests/mutants/overrides.txt \
		--output-file tests/mutants/requirements.txt pyproject.toml tests/mutants/requirements.in
	$(BIN)/$(LOCK) --output-file tests/bench/engines/requirements.txt tests/bench/engines/requirements.in
	$(BIN)/$(LOCK) --no-emit-package playwright --no-emit-package greenlet --no-emit-package pyee \
		--output-file tests/web/tools/requirements.txt tests/web/tools/requirements.in
	$(BIN)/$(LOCK) --output-file tests/image/tools/requirements.txt tests/image/tools/requirements.in
	$(BIN)/$(LOCK) --output-file tests/deploy/tools/requirements.txt tests/deploy/tools/requirements.in

image: setup ## build/image: all that the image has, without Docker, and its digest
	rm -rf build/image
	@mkdir -p build
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python deploy/image/tree.py build/image --revision "$$(git describe --always --dirty --abbrev=40 --exclude '*')"

audit: setup ## known weaknesses of the locked packages; asks a service on the network, SERVICE=pypi or osv; LOCKED=deploy/image/requirements.txt
	$(BIN)/pip-audit --strict --disable-pip --require-hashes --requirement $(LOCKED) --vulnerability-service $(SERVICE)

sbom: setup ## build/sbom.cdx.json: what requirements.txt installs, as CycloneDX; LOCKED=deploy/image/requirements.txt
	@mkdir -p $(dir $(SBOM))
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --index-url pypi: --output-reproducible \
		--output-file $(SBOM) $(LOCKED)

wheel: setup ## dist/*.whl: what is released
	$(BIN)/uv build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir dist

clean: ## everything that setup made
	rm -rf $(VENV)
