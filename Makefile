# strata: set-up, build, tests. `make help` lists what there is.

# What may be set on the command line or in the environment:
CUDA ?=
LIBTORCH ?=
JOBS ?= $(shell nproc)
STRATA_DEPS ?= $(CURDIR)/.deps
TESTS ?= .

export CUDA LIBTORCH JOBS STRATA_DEPS
export PATH := $(STRATA_DEPS)/bin:$(PATH)
# A compiler cache is used where there is one; with precompiled headers it must be told to.
export CMAKE_CXX_COMPILER_LAUNCHER ?= $(shell command -v ccache)
export CCACHE_SLOPPINESS ?= pch_defines,time_macros,include_file_mtime,include_file_ctime

# Sets up, configures and builds targets of a preset.
build = scripts/setup && \
  cmake --preset $(1) -DSTRATA_CUDA=$$(scripts/setup --cuda) --log-level=WARNING >/dev/null && \
  cmake --build --preset $(1) --parallel $(JOBS) $(if $(2),--target $(2))

.PHONY: all demo test check check-all sanitize format install setup clean help

all: ## the program, build/strata
	@$(call build,release,strata)

demo: all ## a stylised photograph and a layer-by-layer probe, in demo-out/
	@scripts/demo

test: ## builds everything and runs all tests
	@$(call build,release)
	@scripts/run-tests release -R '$(TESTS)'

check: ## layout, and clang-tidy on what changed
	@scripts/setup --tools
	@scripts/format --check
	@scripts/tidy

check-all: test ## all that can be checked: tests, layout, clang-tidy on everything, sanitizers
	@scripts/setup --tools
	@scripts/format --check
	@scripts/tidy --all
	@$(MAKE) --no-print-directory sanitize

sanitize: ## the fast tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(call build,asan)
	@scripts/run-tests asan -LE slow

format: ## lays out all sources
	@scripts/setup --tools
	@scripts/format

install: all ## installs below PREFIX, /usr/local unless set
	@cmake --build --preset release --parallel $(JOBS)
	@cmake --install build $(if $(PREFIX),--prefix $(PREFIX))

setup: ## only brings what a build needs
	@scripts/setup

clean: ## removes what was built; downloads in .deps stay
	rm -rf build demo-out

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'Set CUDA=1 for a build with CUDA, LIBTORCH=FOLDER for a LibTorch of your own, JOBS=N for' \
	  'N compilers at once.'
