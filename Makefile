# Thin names for commands that also stand in README.md. Everything is installed into .venv.
PYTHON ?= python3
PY := .venv/bin/python

.PHONY: run test test-deep test-stress test-attack test-browser bench check lock
.DEFAULT_GOAL := run

run: .venv/runtime.stamp ## prepare, print the address and the demo logins, serve until Ctrl-C
	@JAVAR_DEMO=$${JAVAR_DEMO:-1} $(if $(PORT),PORT=$(PORT)) $(PY) manage.py serve

test: .venv/dev.stamp ## the fast suite
	@$(PY) -m pytest $(ARGS)

test-browser: .venv/dev.stamp ## the journeys, in a real Chromium
	@$(PY) -m pytest -m browser -n 2 --dist load $(ARGS)

test-stress: .venv/dev.stamp ## many at once, and killed on the way
	@$(PY) -m pytest -m "stress and not deep" $(ARGS)

test-attack: .venv/dev.stamp ## a tenth of the attacks; the rest is in test-deep
	@$(PY) -m pytest -m attack --dist load $(ARGS)

test-deep: .venv/dev.stamp ## the slow properties, at full size
	@JAVAR_DEEP=1 $(PY) -m pytest -m "deep or attack or stress or not browser" $(ARGS)

bench: .venv/dev.stamp ## what is fast and against what; ONLY=enrolment for one part
	@$(PY) -m tests.bench $(ONLY)

check: .venv/dev.stamp ## format, lint, types, contracts, migrations, deploy check, translations, CSS
	@$(PY) manage.py house

LOCK := .venv/bin/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
lock: ## pin what the *.in files ask for
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet uv
	@$(LOCK) requirements.in -o requirements.txt
	@$(LOCK) requirements-production.in -o requirements-production.txt
	@$(LOCK) requirements-dev.in -o requirements-dev.txt

# site/ is a source root beside this folder; whatever runs in .venv finds it without being told.
ROOTS = @$(PY) -c "import pathlib, sysconfig; pathlib.Path(sysconfig.get_path('purelib'), \
	'javar.pth').write_text(str(pathlib.Path('site').resolve()) + chr(10))"

.venv/runtime.stamp: requirements.txt Makefile
	@echo "Installing what the site needs into .venv (first time: about a minute)"
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(ROOTS)
	@touch $@

.venv/dev.stamp: requirements-dev.txt Makefile
	@echo "Installing what the tests need into .venv"
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(ROOTS)
	@touch $@ .venv/runtime.stamp
