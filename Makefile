PREFIX ?= /usr/local
DESTDIR ?=
ARGUMENTS ?=
FUZZ_SECONDS ?= 300
SOAK_SCHEDULES ?= 200000
LAB_RUNS ?= 20
LAB_JOBS ?= 2

BUILD = .build/release
PYTHON = $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)

.PHONY: all build release tools deps lint format generate test demo bench lab lab-full figures fuzz soak \
	install clean

all: release

# Installs what is missing: Debian packages (as root or with sudo) and pytest.
deps:
	@Tests/Tools/install-dependencies

build: deps
	swift build

# The one that is installed: optimised, and independent of an installed Swift.
release: deps
	swift build -c release --static-swift-stdlib --product p2pfwd

tools: deps
	swift build -c release --product impairer
	swift build -c release --product load
	swift build -c release --product web-echo
	swift build -c release --product mapper

lint:
	swift format lint --strict --recursive Sources Tests Package.swift

format:
	swift format --in-place --recursive Sources Tests Package.swift

# Writes anew what is made from the program's own description of itself.
generate: deps
	swift build --product p2pfwd
	@set -e; mkdir -p packaging/man; \
	write() { .build/debug/p2pfwd __generate "$$1" > "$$2.new"; mv "$$2.new" "$$2"; }; \
	write bash completions/p2pfwd.bash; \
	write zsh completions/p2pfwd.zsh; \
	write fish completions/p2pfwd.fish; \
	write configuration docs/CONFIGURATION.md; \
	write man packaging/man/p2pfwd.1; \
	write man-yaml packaging/man/p2pfwd.yaml.5; \
	mkdir -p packaging/systemd; \
	write unit-user packaging/systemd/p2pfwd.user.service; \
	write unit-system packaging/systemd/p2pfwd.service; \
	write unit-rendezvous packaging/systemd/p2pfwd-rendezvous.service

# Everything that can be judged by a machine; the last line sums it up.
test: deps
	@Tests/Tools/install-browser
	@python3 Tests/Tools/run_tests.py $(ARGUMENTS)

demo: release
	@Tests/Tools/demo

# For example: make bench ARGUMENTS="--quick --only loopback-bulk", or ARGUMENTS=--write.
bench: release tools
	@python3 Tests/Bench/bench.py $(ARGUMENTS)

# Households behind real NATs in network namespaces; as root. Prints the core of the NAT matrix.
lab: deps
	@python3 Tests/Tools/run_tests.py lab

# Every kind of NAT against every other in both roles, and the long waits: takes hours.
lab-full: release tools
	@$(PYTHON) -m pytest -q -rs --full Tests/Lab
	@python3 Tests/Lab/matrix.py --all --runs $(LAB_RUNS) --jobs $(LAB_JOBS)

# First byte, direct path, and resuming after disturbances: wanted and measured; as root.
figures: release tools
	@python3 Tests/Lab/figures.py --runs $(LAB_RUNS)

fuzz: deps
	@Tests/Fuzz/run $(FUZZ_SECONDS)

soak: release tools
	P2PFWD_SCHEDULES=$(SOAK_SCHEDULES) swift test -c release --filter SimulationTests
	@Tests/Fuzz/run $(FUZZ_SECONDS)
	P2PFWD_AUTOBAHN="12.* 13.*" $(PYTHON) -m pytest -q -rs -k "autobahn and not compression" \
		Tests/EndToEndTests/test_websockets.py
	P2PFWD_OPEN_SECONDS=60 $(PYTHON) -m pytest -q -rs -s -k opens Tests/EndToEndTests/test_limits.py

install: release
	install -D -m 755 $(BUILD)/p2pfwd $(DESTDIR)$(PREFIX)/bin/p2pfwd
	@set -e; \
	copy() { if [ -f "$$1" ]; then install -D -m 644 "$$1" "$(DESTDIR)$(PREFIX)/$$2"; fi; }; \
	copy completions/p2pfwd.bash share/bash-completion/completions/p2pfwd; \
	copy completions/p2pfwd.zsh share/zsh/site-functions/_p2pfwd; \
	copy completions/p2pfwd.fish share/fish/vendor_completions.d/p2pfwd.fish; \
	copy packaging/man/p2pfwd.1 share/man/man1/p2pfwd.1; \
	copy packaging/man/p2pfwd.yaml.5 share/man/man5/p2pfwd.yaml.5; \
	unit() { copy "packaging/systemd/$$1" "$$2"; \
		sed -i 's,/usr/local/bin,$(PREFIX)/bin,' "$(DESTDIR)$(PREFIX)/$$2"; }; \
	unit p2pfwd.service lib/systemd/system/p2pfwd.service; \
	unit p2pfwd-rendezvous.service lib/systemd/system/p2pfwd-rendezvous.service; \
	unit p2pfwd.user.service lib/systemd/user/p2pfwd.service; \
	copy packaging/systemd/p2pfwd.sysusers lib/sysusers.d/p2pfwd.conf; \
	copy LICENSE share/doc/p2pfwd/LICENSE

clean:
	rm -rf .build .build-* .venv Tests/Fuzz/build
