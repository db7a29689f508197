# Verbs of the project; `make help` lists them.
SHELL := /bin/bash
ARCH ?= native
CONFIGURATION := release
SWIFT_FLAGS := -c $(CONFIGURATION)
ifneq ($(ARCH),portable)
  SWIFT_FLAGS += -Xcc -march=$(ARCH)
endif
SEXTANT := .build/$(CONFIGURATION)/sextant
MODELS ?= models
PREFIX ?= $(HOME)/.local
# What `sextant --version` calls the commit.
export SEXTANT_COMMIT := $(shell git describe --always --dirty --exclude '*' 2>/dev/null || echo unknown)

.PHONY: help setup build install dist demo elm-demo models test mpi-test check check-arm fuzz format bench coverage docs docc golden clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

setup: ## install the C libraries and gnuplot
	@bash scripts/setup.sh

build: setup ## build the tool: .build/release/sextant
	@[ -x $(SEXTANT) ] || echo "The first build takes about six minutes on two cores."
	swift build $(SWIFT_FLAGS)

install: build ## the tool, man pages and completions under PREFIX (default: ~/.local)
	@bash scripts/install.sh $(abspath $(SEXTANT)) $(abspath $(patsubst ~/%,$(HOME)/%,$(PREFIX)))

dist: setup ## an archive for systems without Swift: .build-dist/sextant-VERSION-linux-ARCHITECTURE.tar.gz
	@bash scripts/dist.sh

models: build ## fetch the demo's two models (350 MB); passes --accept-licence for Gemma's terms
	@echo "Gemma is provided under the Gemma Terms of Use: https://ai.google.dev/gemma/terms"
	$(SEXTANT) models fetch smollm2-135m --folder $(MODELS)
	$(SEXTANT) models fetch gemma-3-270m --folder $(MODELS) --accept-licence

demo: build ## a first result, then the whole study on two real models; passes --accept-licence for Gemma's terms
	@echo "Gemma is provided under the Gemma Terms of Use: https://ai.google.dev/gemma/terms"
	$(SEXTANT) demo --verbose --accept-licence --models $(MODELS)

elm-demo: build ## teaches SmolLM2 to read GloVe's vectors and asks it about ten unseen words; three minutes on two cores
	@bash scripts/elm_demo.sh $(SEXTANT) $(MODELS)

test: setup ## all tests; those on real models run where MODELS holds them
	swift build $(SWIFT_FLAGS) --build-tests
	@# Tests run side by side, and BLAS rounds otherwise on another number of threads, which is one for the whole process.
	OPENBLAS_NUM_THREADS=1 SEXTANT_MODELS=$(abspath $(MODELS)) swift test $(SWIFT_FLAGS) --skip-build

mpi-test: setup ## the trait MPI: 1, 2, 4 ranks, a lost rank, two network namespaces; needs libopenmpi-dev openmpi-bin
	@SWIFT_FLAGS="$(SWIFT_FLAGS)" bash scripts/check_mpi.sh $(MODELS)

check: setup ## format lint, import check, docs rules
	@SWIFT_FLAGS="$(SWIFT_FLAGS)" bash scripts/check.sh

check-arm: ## kernels for ARM in an emulator, bit for bit those of this processor (needs qemu-user)
	@bash scripts/check_arm.sh

fuzz: setup ## libFuzzer with the address sanitizer on every reader of strangers' files, SECONDS_EACH=20
	@bash scripts/fuzz.sh

format: ## rewrite the sources in the project's format
	swift format -i --configuration .swift-format -r Sources Tests Package.swift

bench: build ## every speed we claim, against its named peer, in one run
	@bash Benchmarks/run.sh

coverage: setup ## write docs/coverage.md: how often each interval holds, by simulation
	SEXTANT_COVERAGE=$(abspath docs/coverage.md) OPENBLAS_NUM_THREADS=1 swift test $(SWIFT_FLAGS) --filter CoverageTests --no-parallel

docs: ## write docs/invariances.md, the measures of docs/concepts.md, the keys of docs/studies.md and the ledger of steps' results anew from the code
	SEXTANT_WRITE_DOCS=1 swift test $(SWIFT_FLAGS) --filter "InvarianceDocumentTests|ConceptDocumentTests|StudyPageTests|StepVersionsTests"

docc: ## the library's documentation from what is built: .build/docs
	@CONFIGURATION=$(CONFIGURATION) bash scripts/docc.sh

golden: ## make the golden files again from the reference implementations
	@for generator in Tests/*/Golden/generate*.py; do echo "$$generator"; python3 "$$generator" || exit 1; done

clean: ## remove build products
	swift package clean
