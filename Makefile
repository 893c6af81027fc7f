# Everything a person needs to run, test and measure Reelgraph. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

CACHE_HOME := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)
export REELGRAPH_CACHE ?= $(CACHE_HOME)/reelgraph
export CARGO_TARGET_DIR ?= $(REELGRAPH_CACHE)/target
# ONNX Runtime collects nothing, in tests and examples either; `reelgraph` sees to it itself.
export ORT_DISABLE_TELEMETRY := 1
export PATH := $(PATH):$(REELGRAPH_CACHE)/venv/bin
REELGRAPH := $(CARGO_TARGET_DIR)/debug/reelgraph
# Further words for the demo, such as ARGS=--exit to stop after the hits are printed.
ARGS ?=
# Media with truth to measure on, in the layout that docs/measuring.md describes.
DATA ?= ../shared/data

.PHONY: help setup setup-test build models demo test check format clippy doc schema tidy bench eval serve

help: ## Lists the commands.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

setup: ## Installs what is missing to build.
	@scripts/setup build

setup-test: ## Installs what is missing to test.
	@scripts/setup test

build: setup ## Builds everything.
	@cargo build --workspace --locked

models: build ## Fetches and verifies the models (about 450 MB, once).
	@$(REELGRAPH) models pull

demo: models ## Starts the server, ingests the sample, searches it.
	@$(REELGRAPH) demo $(ARGS)

serve: models ## Starts the server on your own library.
	@$(REELGRAPH) serve $(ARGS)

test: setup-test models ## Runs every test, with real models, PostgreSQL and S3.
	@scripts/with-postgres cargo test --workspace --locked

check: format clippy doc test ## What CI runs: format, clippy, docs, schema, tidy and every test.

format:
	@cargo fmt --all --check

clippy: setup-test
	@cargo clippy --workspace --all-targets --locked -- -D warnings

doc: setup
	@RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked

schema: build ## Writes schema.graphql anew.
	@$(REELGRAPH) schema > schema.graphql

bench: models ## Measures speed; prints one JSON line a figure.
	@$(REELGRAPH) eval bench --data $(DATA) --json

eval: models ## Measures quality on DATA=folder; prints one JSON line a figure.
	@$(REELGRAPH) eval quality --data $(DATA) --json
