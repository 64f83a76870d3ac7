# The same commands for people and for CI. `make` alone lists them.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
PAGE ?= index
PAGES ?=
PUBLIC ?=
FILES ?=
REPOSITORY ?=
SERVERS ?= uvicorn
# The environment has a LANG as well, which says nothing about the page to look at; and a language is no locale.
language := $(if $(findstring command,$(origin LANG)),$(LANG),pt_BR)
WORKERS ?= 2
export PYTHONPATH := docs
run := $(VENV)/bin/python -m

help: ## this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):[^#]*## (.*)/make \1\t\2/' | expand -t 16

$(VENV)/.ready: $(wildcard requirements/*.txt) pyproject.toml scripts/set_up.py
	@$(PYTHON) scripts/set_up.py $(VENV)

setup: $(VENV)/.ready ## make the virtual environment (the others do it by themselves)

serve: site ## build the guide in three languages and serve it; PORT=8000
	@$(run) _ext.serve --port $(PORT)

site: $(VENV)/.ready ## build the guide into build/site/; PUBLIC= is its address on the web, REPOSITORY= that of the source, BOOK=1 with its PDFs and zips
	@$(run) _ext.build $(if $(PUBLIC),--public $(PUBLIC)) $(if $(REPOSITORY),--repository $(REPOSITORY)) $(if $(BOOK),--books)

check: $(VENV)/.ready ## the fast part: lint, types, translations, unit tests
	@$(MAKE) --no-print-directory --jobs $(WORKERS) lint types translations
	@$(run) pytest -n $(WORKERS) -q -p no:examples -m "not slow and not pages and not site"

lint: $(VENV)/.ready
	@$(VENV)/bin/ruff check --quiet
	@$(VENV)/bin/ruff format --check --quiet
	@$(VENV)/bin/python scripts/locks.py --check

types: $(VENV)/.ready
	@$(run) mypy

code: check ## all that depends on the Python in use: the slow tests too, and every page executed
	@$(run) pytest -n $(WORKERS) -q -m slow
	@$(run) pytest -n $(WORKERS) -q -m pages

test: code ## everything: the site built and looked at in a browser as well
	@$(run) _ext.build $(if $(PUBLIC),--public $(PUBLIC)) $(if $(REPOSITORY),--repository $(REPOSITORY)) $(if $(BOOK),--books)
	@$(run) pytest -n $(WORKERS) -q -m site

# Not by a shell, which would outlive `make` when that is ended.
preview: export LANG := C.UTF-8
preview: $(VENV)/.ready ## a page beside the English one, built again as you save; LANG=pt_BR PAGE=servers/uvicorn
	@$(run) _ext.preview --language $(language) --page $(PAGE) --port $(PORT)

translations: $(VENV)/.ready ## the rules that translations obey, a part of `make check`; FILES=locale/pt_BR/LC_MESSAGES/index.po
	@$(run) _l10n.check --layout $(FILES)

messages: $(VENV)/.ready ## extract the messages and merge them into locale/
	@$(run) _l10n.messages

review: $(VENV)/.ready ## write into catalogues that you have read them against the English; FILES=locale/pt_BR/LC_MESSAGES/index.po
	@$(run) _l10n.review $(FILES)

language: export LANG := C.UTF-8
language: $(VENV)/.ready ## begin a language: its catalogues, its columns in the glossary, all that follows; LANG=es
	@$(run) _l10n.language $(language)

mutate: $(VENV)/.ready ## change each executable line of the pages: every change must turn its page red; PAGES=servers/uvicorn
	@$(run) benchmarks.mutate $(PAGES)

benchmark: $(VENV)/.ready ## GingerDJ beside Django, Starlette and a bare callable: tables, and plots in build/benchmark/; SERVERS=uvicorn
	@$(run) benchmarks.handlers --in-process $(addprefix --server ,$(SERVERS)) --growth --plots build/benchmark

lighthouse: $(VENV)/.ready ## Lighthouse's scores of every page, which takes long; PAGE=servers/uvicorn (needs Node 20 and Chromium)
	@$(run) benchmarks.lighthouse $(if $(filter command%,$(origin PAGE)),--page $(PAGE))

locks: $(VENV)/.ready ## write requirements/*.txt again from pyproject.toml
	@$(VENV)/bin/python scripts/locks.py

book: site ## a zip and a PDF of the guide in each language, in build/book/ (the PDF needs Chromium)
	@$(run) _ext.downloads $(if $(PUBLIC),--public $(PUBLIC))

clean: ## remove all that was made
	@rm -rf build dist .venv*

.PHONY: help setup serve site check lint types code test preview translations messages review language mutate benchmark lighthouse locks book clean
