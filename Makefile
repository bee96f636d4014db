# The two commands of the README are `make serve` and `make test`. Each installs what is missing (by apt-get, with sudo
# when not root) and says nothing when nothing is. CI runs `make test` and nothing else.
#
#   make serve          build, and serve ./data on 127.0.0.1:9000     DATA=folder LISTEN=host:port
#   make test           style, unit tests, documentation, release build, examples, and the real clients of Tests/Clients
#   make test-release   the same with fault tests and comparisons at their size for a release
#   make soak           mixed work, kills, collection and lifecycle, for MINUTES=10
#   make sanitize       the unit tests under AddressSanitizer
#   make fuzz           readers of what comes from outside, under AddressSanitizer   SECONDS=60 TARGETS="head xml"
#   make bench          a table against nginx, SeaweedFS and rclone   BENCH="--rounds 5 --only put4k-c1,…"
#   make docs           the API documentation in .build/docs
#   make format, make lint, make build, make deps, make clean

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

DATA ?= data
LISTEN ?= 127.0.0.1:9000
VENV := .venv
BENCH ?=
CLIENTS ?= Tests/Clients
# Of each target of `make fuzz`.
SECONDS ?= 60
# Of `make soak`.
MINUTES ?= 10
TARGETS ?=
# Of `make unit`: --filter Suite, --skip-build.
UNIT ?=
SWIFT_SOURCES := Package.swift Sources Tests Fuzz $(wildcard Examples)
CAIRN := $(CURDIR)/.build/release/cairn

.PHONY: help
help:
	@sed -n '/^#   make/s/^# *//p' Makefile

# ---- what is needed

# $(1): Debian packages. Installs those that are not there; a system without apt-get is told their names.
define install
	missing=""; \
	for package in $(1); do \
	    [[ "$$(dpkg-query -W -f '$${db:Status-Status}' "$$package" 2>/dev/null || true)" == installed ]] || missing+=" $$package"; \
	done; \
	if [[ -n "$$missing" ]]; then \
	    command -v apt-get >/dev/null || { echo "Please install what Debian calls$$missing" >&2; exit 1; }; \
	    root=""; [[ $$(id -u) == 0 ]] || root="sudo"; \
	    echo "installing$$missing"; \
	    $$root apt-get update -qq; \
	    $$root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi
endef

.PHONY: deps-build
deps-build:
	@command -v swift >/dev/null || { echo "Cairn is built with Swift 6.2 or newer, and there is no swift on PATH: https://www.swift.org/install/linux/ tells how to get it." >&2; exit 1; }
	@if command -v dpkg-query >/dev/null; then \
	    $(call install,libssl-dev zlib1g-dev libsqlite3-dev pkg-config); \
	else \
	    for library in openssl zlib sqlite3; do \
	        pkg-config --exists $$library || { echo "Please install the development files of $$library." >&2; exit 1; }; \
	    done; \
	fi

.PHONY: deps
deps: deps-build
	@command -v openssl >/dev/null || { $(call install,openssl); }
	@python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { $(call install,python3 python3-venv); }
	@command -v strace >/dev/null || { $(call install,strace); }
	@command -v javac >/dev/null || { $(call install,default-jdk-headless); }
	@$(CLIENTS)/prepare.sh $(VENV)

# ---- build and serve

.PHONY: build
build: deps-build
	swift build -c release --product cairn

.PHONY: serve
serve: build
	exec $(CAIRN) serve "$(DATA)" --listen "$(LISTEN)"

# ---- tests

.PHONY: lint
lint:
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)

.PHONY: format
format:
	swift format format --in-place --parallel --recursive $(SWIFT_SOURCES)

.PHONY: unit
# What a lost flush costs is simulated, so flushing a thousand small stores to a disk proves nothing and takes minutes:
# where there is room in memory their folders lie there. As many tests at once as keep that room small.
unit: deps-build
	@place=$${TMPDIR:-/tmp}; \
	room=$$(awk '/^MemAvailable:/ { print int($$2 / 1024) }' /proc/meminfo 2>/dev/null || echo 0); \
	if [[ -w /dev/shm && $$room -ge 6144 && $$(df --output=avail -m /dev/shm | tail -1) -ge 3072 ]]; then place=/dev/shm; fi; \
	folder=$$(mktemp -d "$$place/cairn-unit-XXXXXX"); trap 'rm -rf "$$folder"' EXIT; \
	TMPDIR="$$folder" SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8 swift test --disable-xctest $(UNIT)

# Each folder of Examples is a package of its own that depends on this one, a Python program that runs the release
# binary, or a product of this package by its name.
.PHONY: examples
examples: build deps
	@ran=0; \
	for folder in Examples/*/; do \
	    [[ -d "$$folder" ]] || continue; \
	    name=$$(basename "$$folder"); \
	    echo "example: $$name"; \
	    if [[ -f "$$folder/Package.swift" ]]; then \
	        swift run -c release --package-path "$$folder" --scratch-path ".build/examples/$$name"; \
	    elif [[ -f "$$folder/$$name.py" ]]; then \
	        CAIRN="$(CAIRN)" $(VENV)/bin/python "$$folder/$$name.py"; \
	    else \
	        swift run -c release "$$name"; \
	    fi; \
	    ran=$$((ran + 1)); \
	done; \
	[[ $$ran -gt 0 ]] || { echo "No example ran: Examples/ is empty." >&2; exit 1; }

.PHONY: clients
clients: build deps
	@# A folder of its own: pytest clears away those of earlier runs, also of runs beside this one.
	folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	CAIRN="$(CAIRN)" $(VENV)/bin/python -m pytest $(CLIENTS) --basetemp="$$folder/pytest"

# One after the other whatever -j says: on two cores they only get in each other's way, and times are asserted.
.PHONY: test
test: deps
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory docs
	@$(MAKE) --no-print-directory build
	@$(MAKE) --no-print-directory examples
	@$(MAKE) --no-print-directory clients

.PHONY: test-release
test-release: export CAIRN_KILLS := 100
test-release: export CAIRN_FULL_DISK_CYCLES := 10
test-release: export CAIRN_LISTED_VERSIONS := 1000000
test-release: export CAIRN_POLICY_CASES := 100000
test-release: export CAIRN_HISTORIES := 200
test-release: export CAIRN_CRASH_STATES := 40
test-release: export CAIRN_SIMULATION_SEEDS := 5000
test-release: export CAIRN_SIGNED_REQUESTS := 100000
test-release: export CAIRN_SLOW_SECONDS := 1800
test-release: export CAIRN_SYSTEM_CALLS := 0
test-release: test

.PHONY: soak
soak: build deps
	CAIRN="$(CAIRN)" $(VENV)/bin/python $(CLIENTS)/soak.py --minutes $(MINUTES)

# Swift's own backtraces take minutes under a sanitizer. The runtime keeps metadata for ever, which is no leak of ours.
.PHONY: sanitize
sanitize: deps-build
	SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0 SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8 \
	    swift test --disable-xctest --sanitize=address --scratch-path .build/sanitize $(UNIT)

.PHONY: fuzz
fuzz: deps-build
	SECONDS_EACH=$(SECONDS) Fuzz/fuzz.sh $(TARGETS)

# ---- measuring and describing

.PHONY: bench
bench: build
	@command -v nginx >/dev/null || [[ -x /usr/sbin/nginx ]] || { $(call install,nginx-light); }
	@command -v cc >/dev/null || { $(call install,gcc libc6-dev); }
	@CAIRN="$(CAIRN)" Benchmarks/bench.sh $(BENCH)

.PHONY: docs
docs: deps-build
	swift package dump-symbol-graph --minimum-access-level public --skip-synthesized-members >/dev/null
	@for module in ObjectCore S3Gateway Lineage; do \
	    graphs=.build/symbolgraphs/$$module; rm -rf "$$graphs"; mkdir -p "$$graphs" .build/docs; \
	    find .build/*/symbolgraph \( -name "$$module.symbols.json" -o -name "$$module@*.symbols.json" \) \
	        -exec cp {} "$$graphs/" \; ; \
	    docc convert --warnings-as-errors --additional-symbol-graph-dir "$$graphs" \
	        --fallback-display-name "$$module" --fallback-bundle-identifier "cairn.$$module" \
	        --output-path ".build/docs/$$module" >"$$graphs/docc.log" 2>&1 || { cat "$$graphs/docc.log" >&2; exit 1; }; \
	    echo ".build/docs/$$module"; \
	done

.PHONY: clean
clean:
	rm -rf .build $(VENV)
