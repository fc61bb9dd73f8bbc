# What a developer types. Every target prepares what it needs by itself.
#   make run     builds everything and starts the demonstration (embedded database, simulated WeChat)
#   make test    all tests: SQLite, PostgreSQL + Redis, mini-program, console, real browser
#   make lint    formatting, clippy, type checks of mini-program and console, deny.toml without advisories
#   make bench   speed beside the limits of the databases, into docs/benchmarks.md; takes an hour (benches/load/settings.rs)
#   make soak    twenty minutes of every fault under load, then not a fen may be missing; TEJIAN_SOAK_SECONDS, TEJIAN_SOAK_SEED
#   make front-speed  first visits on a slow line with a slow phone, in headless Chromium
#   make fuzz    throws bytes at every reader of outside bytes; TEJIAN_FUZZ_SECONDS for each (60)
#   make deny    licences, banned and doubled crates, sources, advisories
#   make sbom    what the product is made of (CycloneDX), into target/sbom
#   make openapi writes docs/openapi.json anew
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test lint bench soak front-speed fuzz deny sbom openapi front console setup-run setup-test setup-soak

FRONT := miniprogram
FRONT_SOURCES := $(shell find $(FRONT) \( -name node_modules -o -name dist \) -prune -o -type f -print 2>/dev/null)
H5 := $(FRONT)/dist/build/h5/index.html
MODULES := $(FRONT)/node_modules/.package-lock.json
CONSOLE := console
CONSOLE_SOURCES := $(shell find $(CONSOLE) \( -name node_modules -o -name dist -o -name tests \) -prune -o -type f -print 2>/dev/null)
CONSOLE_PAGE := $(CONSOLE)/dist/index.html
CONSOLE_MODULES := $(CONSOLE)/node_modules/.package-lock.json

help:
	@sed -n 's/^#   //p' Makefile

run: setup-run $(H5) $(CONSOLE_PAGE)
	@echo "==> building the server (the first time takes some minutes)"
	cargo build --locked --bin tejian
	@exec "$$(scripts/target_directory.sh)/debug/tejian" demo $(ARGUMENTS)

test: setup-test
	@scripts/test.sh

lint: setup-run $(MODULES) $(CONSOLE_MODULES)
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	npm --prefix $(FRONT) run --silent typecheck
	npm --prefix $(FRONT) run --silent --if-present lint
	npm --prefix $(CONSOLE) run --silent lint
	scripts/deny.sh --offline

bench: setup-test
	@echo "==> building the measurement (the first time takes some minutes)"
	cargo bench --locked --bench load --no-run
	TEJIAN_BENCH_DOCUMENTS="$${TEJIAN_BENCH_DOCUMENTS-docs}" TEJIAN_SERVICES_DURABLE=1 \
		scripts/with_services.sh cargo bench --quiet --locked --bench load

# The program as it is delivered; SOAK_BUILD= takes the one of the tests, which is built sooner and bears less.
SOAK_BUILD ?= --release
SOAK = cargo test --quiet --locked $(SOAK_BUILD) --test soak

soak: setup-soak
	@echo "==> building the soak (the first time takes half an hour)"
	$(SOAK) --no-run
	@echo "==> soak: one node on SQLite"
	$(SOAK)
	@echo "==> soak: two nodes on PostgreSQL with a standby, Redis and an S3 server"
	TEJIAN_SOAK_CLUSTER=1 TEJIAN_SOAK_S3_SERVER="$$(scripts/target_directory.sh)/soak-tools/bin/moto_server" $(SOAK)

front-speed: setup-test $(H5) $(CONSOLE_PAGE)
	node tests/browser/speed.mjs

fuzz:
	@scripts/fuzz.sh

deny:
	@scripts/deny.sh

sbom:
	@node scripts/sbom.mjs

openapi: setup-run
	cargo run --quiet --locked --bin tejian -- openapi > docs/openapi.json

front: setup-run $(H5)

console: setup-run $(CONSOLE_PAGE)

setup-run:
	@scripts/setup.sh run

setup-test:
	@scripts/setup.sh test

setup-soak:
	@scripts/setup.sh soak

$(MODULES): $(FRONT)/package-lock.json
	@echo "==> installing the front end's packages"
	npm --prefix $(FRONT) ci --no-audit --no-fund
	@touch $@

$(H5): $(MODULES) $(FRONT_SOURCES)
	@echo "==> building the front end for browsers"
	CI=true npm --prefix $(FRONT) run --silent build:h5
	@touch $@

$(CONSOLE_MODULES): $(CONSOLE)/package-lock.json
	@echo "==> installing the console's packages"
	npm --prefix $(CONSOLE) ci --no-audit --no-fund
	@touch $@

$(CONSOLE_PAGE): $(CONSOLE_MODULES) $(CONSOLE_SOURCES)
	@echo "==> building the staff console"
	npm --prefix $(CONSOLE) run --silent build
	@touch $@
