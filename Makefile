# What developers and the CI run. `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -ec
.DEFAULT_GOAL := help

# The key of the demo; the same as the default in Caddyfile.example.
export DEMO_SIGNING_KEY ?= a-demo-key-that-everybody-knows-and-that-protects-nothing

# What random tests draw is fixed, so that a change is red for what it changes alone.
# make draws looks for more.
export RAPID_SEED ?= 1126
export CONFORMANCE_SEED ?= 1126
export HUNT_SEED ?= 1126

TESTFLAGS ?=
FUZZTIME ?= 60s
BENCHFLAGS ?=

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' Makefile

.PHONY: run
run: ## start the edge of Caddyfile.example on 127.0.0.1:8080, until Ctrl-C
	@tools/run.sh

# No prerequisites: go build itself finds out what is out of date.
.PHONY: build
build: ## build bin/caddyrefresh
	@[ -e bin/caddyrefresh ] || echo "Building Caddy into bin/caddyrefresh; the first time takes minutes." >&2
	@go build -o bin/caddyrefresh ./caddyrefresh

.PHONY: test
test: ## run the tests
	go test $(TESTFLAGS) ./...

.PHONY: test-race
test-race: ## run the tests under the race detector
	go test -race $(TESTFLAGS) ./...

.PHONY: conformance
conformance: bin/testcount ## compare the edge and its stores with real Django and real servers
	go test -count=1 -p 1 -tags conformance -timeout 40m -json $(TESTFLAGS) ./internal/conformance/... ./store/... | bin/testcount -summary bin/conformance.summary
	@$(MAKE) --no-print-directory latest || echo "make latest: what pip installs today differs from what the edge knows; this does not fail make conformance"

.PHONY: browser
browser: bin/testcount build ## test pages and tabs with a real Chromium, in front of real Django
	go -C browser test -count=1 -tags conformance -timeout 15m -json $(TESTFLAGS) ./... | bin/testcount -summary bin/browser.summary
	@echo "Screenshots are in bin/screenshots."

# Prometheus needs some minutes of traffic for lines that are worth looking at.
.PHONY: dashboard
dashboard: ## draw docs/dashboard.svg from a real Prometheus and an edge under traffic
	@mkdir -p bin
	DASHBOARD_OUT=$(CURDIR)/bin/dashboard.json DASHBOARD_SECONDS=160 go test -count=1 -timeout 20m -tags conformance -run TestDashboard ./internal/conformance/dashboard
	go -C tools/dashboard run . $(CURDIR)/bin/dashboard.json $(CURDIR)/docs/dashboard.svg

.PHONY: ratelimit
ratelimit: ## test the recipe of examples/ratelimit with caddy-ratelimit
	go -C examples/ratelimit vet ./...
	go -C examples/ratelimit test -count=1 ./...

.PHONY: switching
switching: ## import real Django projects, and run rollouts in front of them
	go test -count=1 -p 1 -tags conformance,switching -timeout 60m -run 'TestImport' -v ./internal/conformance
	go test -count=1 -p 1 -tags conformance,switching -timeout 60m -v ./internal/conformance/rollout

.PHONY: latest
latest: ## compare the edge with what pip installs today
	go test -count=1 -tags conformance,latest -timeout 20m -run TestLatest -v ./internal/conformance

.PHONY: lint
lint: bin/golangci-lint bin/actionlint build ## check format, vet and lint, with and without the tag conformance
	bin/golangci-lint fmt --diff
	go vet ./...
	go vet -tags conformance,latest,switching ./...
	go -C browser vet -tags conformance ./...
	go -C tools/dashboard vet ./...
	go -C packaging vet -tags conformance ./...
	bin/golangci-lint run
	bin/golangci-lint run --build-tags conformance,latest,switching
	cd browser && ../bin/golangci-lint run --build-tags conformance
	cd packaging && ../bin/golangci-lint run --build-tags conformance
	tools/check-caddyfiles.sh
	bin/actionlint

.PHONY: format
format: bin/golangci-lint build ## format the Go code and Caddyfile.example
	bin/golangci-lint fmt
	bin/caddyrefresh fmt --overwrite Caddyfile.example

.PHONY: bench
bench: build ## print the table of ratios; BENCHFLAGS="-pairs 3" is quicker
	go build -tags benchmark -o bin/edge ./caddyrefresh
	go build -o bin/load ./internal/benchmarks/load
	go build -tags conformance -o bin/bench ./internal/benchmarks
	bin/bench $(BENCHFLAGS)

# Go makes each interesting input smaller for up to a minute, which would be all of
# FUZZTIME for a test that is slow.
.PHONY: fuzz
fuzz: ## run each fuzz test for FUZZTIME (60s)
	@git grep -n --untracked -E '^func Fuzz[A-Za-z0-9_]+\(' -- '*_test.go' | \
	while IFS=: read -r file _ line; do \
		name=$${line#func }; name=$${name%%(*}; \
		echo "$$name in $$(dirname $$file)"; \
		go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "./$$(dirname $$file)"; \
	done

.PHONY: torture
torture: ## kill edges and stores 500 times, and check that no answered write is lost
	TORTURE=500 go test -count=1 -timeout 60m -tags conformance -run 'Kill' -v ./store/filestore/... ./internal/conformance/edges

.PHONY: hang
hang: ## 50 times, let 10 000 callers wait for a Redis that hangs, and time the last answer
	HANG_ROUNDS=50 go test -count=1 -timeout 20m -tags conformance -run 'HangingUnderLoad' -v ./store/redisstore

.PHONY: long
long: ## rotate 1000 sessions 1 000 000 times in Redis, and count the keys
	ROTATIONS=1000000 go test -count=1 -timeout 20m -tags conformance -run 'ManyRotations|EndCost' -v ./store/redisstore

.PHONY: draws
draws: export RAPID_SEED = 0
draws: export CONFORMANCE_SEED =
draws: ## run the random tests with new draws, more of them; each prints its seed
	go test -count=1 -rapid.checks=2000 $$(git grep -l -e pgregory.net/rapid -e store/storetest -- 'internal/**_test.go' 'store/**_test.go' | xargs -n 1 dirname | sort -u | sed 's|^|./|')
	go test -count=1 -p 1 -tags conformance -timeout 90m -run 'TestLive|TestWords|TestSameOrListed|TestSliding|TestAlternate' -v ./internal/conformance/...

.PHONY: hunt
hunt: export HUNT_SEED =
hunt: ## send 30 000 odd requests through the edge to each server that Django runs behind
	HUNT=$${HUNT:-30000} go test -count=1 -timeout 90m -tags conformance -run TestHunt -v ./internal/conformance/hunt

.PHONY: damage
damage: ## damage the file store 500 times while it runs, and make its disk fail 200 times
	DAMAGE=500 FAILING=200 ROTATIONS=1000000 go test -count=1 -timeout 60m -run 'Damage|FailingDisk|Bounded' -v ./store/filestore/internal/ledger

# PACKAGES="store internal/drf" selects others; store+store/storetest also runs the
# tests of storetest.
PACKAGES ?= internal/simplejwt internal/drf store store/filestore/internal/ledger

.PHONY: mutants
mutants: bin/gremlins ## change operators in PACKAGES one by one, and check that the tests notice
	tools/mutants.sh $(PACKAGES)

# The tests of the next four need root: they run in a copy of this machine that ends with
# them.
.PHONY: release
release: bin/goreleaser bin/cyclonedx-gomod ## build archive, .deb, .rpm, checksums and SBOM for this machine into dist
	ONLY=$$(go env GOOS)_$$(go env GOARCH) bin/goreleaser release --snapshot --clean

.PHONY: packages
packages: release ## install the .deb of make release, start its service, look into the .rpm
	$(PACKAGING) -run 'TestDeb|TestPage|TestRelease|TestRPM' .

.PHONY: image
image: ## build the container image into dist with buildah, and run it
	CGO_ENABLED=0 go build -o bin/static/caddyrefresh ./caddyrefresh
	tools/image.sh bin/static/caddyrefresh $$(go env GOARCH) dist/caddyrefresh-image.tar
	$(PACKAGING) -run TestImage .

.PHONY: deployments
deployments: image packaging/.venv ## run what examples/compose.yaml and examples/kubernetes say
	$(PACKAGING) -run 'TestCompose|TestKubernetes' .

PACKAGING = go -C packaging test -count=1 -tags conformance -timeout 15m -v

packaging/.venv: examples/django/requirements.txt
	rm -rf $@
	python3 -m venv $@
	$@/bin/pip install --quiet --disable-pip-version-check --requirement $<

.PHONY: clean
clean: ## remove what was built
	rm -rf bin dist

# Tools have a module of their own, so that users do not get their dependencies.
bin/golangci-lint: tools/go.mod tools/go.sum
	@echo "Building golangci-lint; this takes minutes, once." >&2
	go -C tools build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

bin/gremlins: tools/go.mod tools/go.sum
	go -C tools build -o ../$@ github.com/go-gremlins/gremlins/cmd/gremlins

# Those of releases have another module: they need other versions than the linters.
bin/goreleaser: tools/release/go.mod tools/release/go.sum
	@echo "Building goreleaser; this takes minutes, once." >&2
	go -C tools/release build -o ../../$@ github.com/goreleaser/goreleaser/v2

bin/cyclonedx-gomod: tools/release/go.mod tools/release/go.sum
	go -C tools/release build -o ../../$@ github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod

bin/actionlint: tools/release/go.mod tools/release/go.sum
	go -C tools/release build -o ../../$@ github.com/rhysd/actionlint/cmd/actionlint

bin/testcount: tools/testcount/main.go
	go -C tools build -o ../$@ ./testcount
