# The commands of this project; each is one line of config/dev.py, which explains itself.
# docs/setup.md tells what they make and where.

MAKEFLAGS += --no-print-directory

# A pyenv shim may exist and fail, so candidates are run. dev.py finds 3.12 or 3.13 itself.
DEV = @for python in $$PYTHON python3 python3.12 python3.13 python \
	$$HOME/.pyenv/versions/*/bin/python3 /usr/bin/python3 /usr/local/bin/python3; do \
	if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 7))' >/dev/null 2>&1; \
	then exec "$$python" config/dev.py $(1); fi; done; \
	echo 'Sextant needs Python 3.12 or 3.13 and found no Python at all: install one.' >&2; \
	exit 1

.PHONY: demo test check bench browser soak contract load emulators brokers setup up down clean

demo:
	$(call DEV,demo)

test:
	$(call DEV,run --servers test --for test -- .venv/bin/python -m pytest $(or $(ARGS),--numprocesses 2))

check:
	$(call DEV,run --servers test --for dev -- .venv/bin/python -m tests.check $(ARGS))

bench:
	$(call DEV,run --servers bench --for test -- .venv/bin/python -m tests.benchmarks $(ARGS))

browser:
	$(call DEV,run --servers test --for dev -- .venv/bin/python -m pytest tests/browser $(or $(ARGS),--numprocesses 2))

soak:
	$(call DEV,run --servers bench --for dev -- .venv/bin/python -m tests.soak $(ARGS))

contract:
	$(call DEV,run --servers test --for dev -- .venv/bin/python -m pytest tests/contract $(ARGS))

load:
	$(call DEV,run --servers test --for dev -- .venv/bin/python -m pytest tests/load $(ARGS))

brokers:
	$(call DEV,run --servers test --for test -- .venv/bin/python -m pytest tests/brokers $(ARGS))

emulators:
	$(call DEV,run --servers test --for emulators -- .venv/bin/python -m pytest tests/emulators $(ARGS))

setup:
	$(call DEV,setup $(ARGS))

up:
	$(call DEV,up)

down:
	$(call DEV,down)

clean:
	$(call DEV,clean)
