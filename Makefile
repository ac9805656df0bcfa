# Two commands: `make demo` shows what the scanner says of an example fleet, `make test` runs every check.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
NPM_STAMPS := $(patsubst %/package.json,%/node_modules/.installed,$(wildcard tests/*/validators/package.json))

.PHONY: demo emulator test validators bench docs clean

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "snapready needs Python 3.11 or newer; name one: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $(STAMP)

demo: $(STAMP)
	@mkdir -p out
	@$(BIN)/snapready scan examples/contoso --report text=- --report json=out/results.json \
	  --report markdown=out/summary.md --report junit=out/junit.xml --report sarif=out/results.sarif \
	  --report sarif-github=out/github.sarif --report csv=out/results.csv --report oscal=out/oscal.json \
	  --report ocsf=out/findings.ocsf.ndjson --report html=out/report.html --report evidence=out/evidence.zip; code=$$?; \
	  echo; echo "The scan's own exit code: $$code (0 the gate holds, 1 findings, 2 nothing judged, 3 incomplete)"; \
	  echo "Written, and how to open it (docs/reports.md says how pipelines do):"; \
	  echo "  out/summary.md     a job's summary or a comment: the Markdown preview of any editor"; \
	  echo "  out/junit.xml      Azure Pipelines (PublishTestResults), Jenkins (junit), the test view of an editor"; \
	  echo "  out/github.sarif   GitHub code scanning (upload-sarif)"; \
	  echo "  out/results.sarif  every result: a SARIF viewer, such as the extension of VS Code"; \
	  echo "  out/results.csv    a spreadsheet"; \
	  echo "  out/oscal.json, out/findings.ocsf.ndjson   tools of an audit, a data lake"; \
	  echo "  out/results.json   your own programs: jq '.results[] | select(.verdict == \"fail\")' out/results.json"; \
	  echo "  out/evidence.zip   judge it again: $(BIN)/snapready verify out/evidence.zip"; \
	  echo "Why one VM got its verdicts: $(BIN)/snapready explain web03 examples/contoso"; \
	  echo "What a nightly gate makes of waivers and a baseline:"; \
	  echo "  $(BIN)/snapready scan examples/contoso --config examples/nightly/snapready.yaml"; \
	  echo "Open this first, in a browser: out/report.html"; \
	  test $$code -eq 1 || { echo "the demo must find what the example fleet shows, and exit 1"; exit 1; }

# An Azure on the loopback with the example fleet, for a scan from another terminal; Ctrl-C ends it.
emulator: $(STAMP)
	@$(BIN)/python -m tests.emulator --fleet examples/contoso

# Checkers that only npm has, for each room of tests that needs some. Without npm or a network these tests are skipped,
# and say so.
validators: $(NPM_STAMPS)

tests/%/validators/node_modules/.installed: tests/%/validators/package.json
	@if npm --prefix $(<D) install --no-package-lock --no-audit --no-fund --loglevel=error; then touch $@; \
	  else echo "npm could not install the validators of $*: their tests are skipped"; fi

test: $(STAMP) validators
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

docs: $(STAMP)
	$(BIN)/python -m scanner.reference docs

bench: $(STAMP)
	$(BIN)/python -m benchmarks.bench
	$(BIN)/python -m benchmarks.networks
	$(BIN)/python -m benchmarks.templates
	$(BIN)/python -m benchmarks.terraform
	$(BIN)/python -m benchmarks.plans
	$(BIN)/python -m benchmarks.live
	$(BIN)/python -m benchmarks.formats

clean:
	rm -rf $(VENV) out bench-out dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
