# Deskbell. `make test` is everything and needs only Go and make to begin with;
# `make check` is the quick loop while working.

export CGO_ENABLED := 0

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -s -w -X main.version=$(VERSION)

GOFUMPT     := mvdan.cc/gofumpt@v0.12.0
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0

# What is under test/ brings up displays and Wine: `make test` runs it.
UNIT = $(shell go list ./... | grep -v /deskbell/test/)

.PHONY: build resources manual check lint vulncheck fuzz soak test demo bench clean

# compile system,package,file,linker flags,other flags: through a file of its
# own, so that who runs the old one, or builds beside us, is not disturbed. What
# is built is the same wherever the source lies; test/binary looks at it.
define compile
@mkdir -p build
GOOS=$(1) GOARCH=amd64 go build -trimpath -buildvcs=false $(5) -ldflags '$(LDFLAGS) $(4)' -o build/.$(3).$$$$ $(2) && mv -f build/.$(3).$$$$ build/$(3)
endef

build: build/deskbell build/deskbell-gtk build/deskbell.exe build/deskbellw.exe manual

.PHONY: build/deskbell build/deskbell-gtk build/deskbell.exe build/deskbellw.exe
build/deskbell:
	$(call compile,linux,./cmd/deskbell,deskbell)
build/deskbell-gtk:
	$(call compile,linux,./cmd/deskbell-gtk,deskbell-gtk,,-buildmode=pie)
build/deskbell.exe: resources
	$(call compile,windows,./cmd/deskbell,deskbell.exe)
build/deskbellw.exe: resources
	$(call compile,windows,./cmd/deskbell,deskbellw.exe,-H=windowsgui)

# Icon, version and manifest of the Windows programs.
resources:
	GOOS= GOARCH= go run ./packaging/windows/resources -version '$(VERSION)' cmd/deskbell

# Manual pages, one for each command.
manual:
	GOOS= GOARCH= go generate ./cmd/deskbell

check: lint
	go test $(UNIT)

# tool package@version: installed once into a folder of that version.
tool = build/tools/$(notdir $(1))
define install
@test -x $(call tool,$(1))/$(notdir $(firstword $(subst @, ,$(1)))) || GOBIN=$(CURDIR)/$(call tool,$(1)) go install $(1)
endef

lint:
	$(call install,$(GOFUMPT))
	$(call install,$(STATICCHECK))
	@out=$$(git ls-files --cached --others --exclude-standard '*.go' | xargs $(call tool,$(GOFUMPT))/gofumpt -l) && \
	if [ -n "$$out" ]; then echo "not formatted (gofumpt -w):"; echo "$$out"; exit 1; fi
	GOOS=linux go vet ./...
	GOOS=windows go vet ./...
	GOOS=linux $(call tool,$(STATICCHECK))/staticcheck ./...
	GOOS=windows $(call tool,$(STATICCHECK))/staticcheck ./...

# Known weaknesses in what we depend on. Apart from check, because it needs the
# Go vulnerability database, which a closed build machine cannot reach.
vulncheck:
	$(call install,$(GOVULNCHECK))
	$(call tool,$(GOVULNCHECK))/govulncheck ./...
	GOOS=windows $(call tool,$(GOVULNCHECK))/govulncheck ./...

# Every fuzz target for FUZZTIME, one after the other. What fails is kept beside
# it, in testdata/fuzz, and is run by go test from then on.
FUZZTIME ?= 30s
fuzz:
	@set -e; for package in $$(grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package; \
		done; \
	done

# Kills senders, monitors, dialogs and the service at random moments, suspends a
# monitor for a minute, and checks the books: on Linux, and the programs of Windows
# under Wine.
KILLS ?= 1000
soak: build/deskbell build/deskbell.exe
	KILLS=$(KILLS) SUSPENSION=1m go test -count=1 -v -timeout 60m -run 'Test(Kills|Suspended)$$' ./test/soak
	go build -o build/winexec ./test/winexec
	build/winexec -prepare build/overlay.json
	GOOS=windows KILLS=$(KILLS) SUSPENSION=1m go test -count=1 -v -timeout 60m -run 'Test(Kills|Suspended)$$' -overlay build/overlay.json -exec '$(CURDIR)/build/winexec' ./test/soak

test:
	go run ./test/suite

demo: build
	build/deskbell demo

bench: build
	go run ./bench -runs 5 -write docs/performance.md

clean:
	rm -rf build
