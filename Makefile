# Banyan's targets. `make` alone lists them; README.md explains the first two.
.DEFAULT_GOAL := help
SHELL := /bin/bash
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

BUILD_PACKAGES := liblmdb-dev libssl-dev zlib1g-dev pkg-config
# The other ends of the tests: of TLS, of EPP.
TEST_PACKAGES := openssl libnet-epp-perl
PACKAGING_PACKAGES := debhelper dpkg-dev fakeroot lintian python3
COMPARED_PACKAGES := nsd knot pdns-server pdns-backend-lmdb
REGISTRY_PACKAGES := pci.ids usb.ids ieee-data hwdata

# Asks apt only for those of $(1) that are missing, so a machine that has them needs neither root nor a network.
define install
@missing=; for package in $(1); do \
	dpkg-query -W -f '$${db:Status-Status}\n' $$package 2>/dev/null | grep -qx installed || missing+=" $$package"; \
done; \
if [ -n "$$missing" ]; then \
	echo "Installing$$missing"; \
	$(SUDO) apt-get update -q && \
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; \
fi
endef

.PHONY: help build run test bench bench-scale compare instructions faults fuzz sanitize package format clean
.PHONY: packages test-packages registries

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

packages:
	$(call install,$(BUILD_PACKAGES))

test-packages:
	$(call install,$(TEST_PACKAGES))

registries:
	$(call install,$(REGISTRY_PACKAGES))

build: packages ## build the node in release mode
	swift build -c release --product banyan

run: registries build ## serve a hundred thousand real product identifiers and resolve some of them
	deploy/examples/run.sh .build/release/banyan

test: packages test-packages ## check the format, run every test and ten seconds of each fuzz target
	swift format lint --recursive --strict --parallel Package.swift Sources Tests
	swift build --build-tests
	swift test --parallel
	Fuzz/smoke.sh 10

faults: packages ## a hundred rounds of kills, power cuts, failing disks and damaged files: nothing may be lost
	BANYAN_FAULT_ROUNDS=100 swift test --filter 'CrashTests|BulkTests|LoadTests|FaultTests|FailingDiskTests'

fuzz: ## run every fuzz target for a minute
	Fuzz/smoke.sh 60

bench: build ## load, start and resolve beside C programs in one run of about two minutes
	.build/release/banyan bench all

bench-scale: build ## how load, start, dump and resolving grow from 1 to 10 and 50 million handles (30 GB of disk)
	Sources/BanyanBench/Peers/scale.sh .build/release/banyan $(or $(SCALE_FOLDER),.build) \
		$(or $(HANDLES),1000000 10000000 50000000)

instructions: build ## count the instructions of one request, beside those kept; KEEP=keep keeps the new ones
	Sources/BanyanBench/Peers/instructions.sh .build/release/banyan Tests/Figures/instructions.txt $(KEEP)

compare: build ## resolve beside NSD, Knot and PowerDNS: the same names, sizes and load programs, in turn
	$(call install,$(COMPARED_PACKAGES))
	Sources/BanyanBench/Peers/compare.sh .build/release/banyan $(or $(NAMES),1000000) $(or $(ROUNDS),5)

sanitize: packages test-packages ## run the tests under the address and the thread sanitizer
	ASAN_OPTIONS=detect_leaks=0 swift test --sanitize=address --scratch-path .build-asan
	TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/thread-sanitizer.txt swift test --sanitize=thread --scratch-path .build-tsan

package: packages ## make the Debian package in .build-package/dist, with manual pages and bill of materials
	$(call install,$(PACKAGING_PACKAGES))
	deploy/package.sh

format: ## bring every source file into the form that `make test` checks
	swift format --in-place --recursive --parallel Package.swift Sources Tests

clean: ## remove everything that was built
	rm -rf .build .build-* Fuzz/.build
