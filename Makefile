# Two commands do everything on a fresh Debian machine with the Swift toolchain: `make demo` and `make test`.
# Each target installs the Debian packages it uses, once; a stamp under .build remembers that.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

SWIFT ?= swift
RELEASE := .build/release/headwater
STRICT := --explicit-target-dependency-import-check error

# Debian packages by what needs them.
build_packages := ca-certificates git pkg-config libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libswresample-dev libsqlite3-dev libgumbo-dev
test_packages := ffmpeg curl libxml2-utils python3 bind9-dnsutils
lint_packages := python3
demo_packages := ffmpeg
interop_packages := python3 iproute2 util-linux openssl nginx-light mpv gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav chromium curl lftp vsftpd postfix swaks libio-socket-ssl-perl libnet-ssleay-perl fetchmail isync mutt dovecot-imapd dovecot-pop3d knot nsd bind9 bind9-utils bind9-dnsutils knot-dnsutils knot-dnssecutils python3-dnspython udhcpc isc-dhcp-client isc-dhcp-relay dhcpcd-base python3-scapy procps udhcpd dnsmasq-base kea-dhcp4-server isc-dhcp-server tcpdump unbound
bench_packages := ffmpeg nginx-light wrk python3 openssl curl postfix dovecot-imapd dovecot-pop3d dovecot-lmtpd vsftpd dnsperf knot nsd unbound gdnsd bind9-dnsutils iproute2 kea-dhcp4-server kea-admin
interop_scripts := players.sh mail-transport.sh mail-reading.sh webmail.py dns-authority.py dns-resolver.py dhcp-server.py dhcp-relay.py readme.sh
soak_packages := python3
lab_packages := python3 ffmpeg iproute2 util-linux tcpdump openssl curl

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-9s %s\n", $$1, $$2 }'

demo: release .build/installed-demo media/samples/demo.mp4 ## Ingest a clip, serve it through origin and edges, play it, benchmark, report
	$(RELEASE) demo --source media/samples/demo.mp4 --report reports/demo

sample: media/samples/demo.mp4 ## Compose a clip of 62 s to try things with

build: .build/installed-build ## Compile everything for debugging
	@$(SWIFT) build --build-tests $(STRICT)

release: .build/installed-build ## Compile the executable for speed
	@$(SWIFT) build -c release --product headwater $(STRICT)

test: build .build/installed-test ## Run every test that needs light tools only
	@.ci/run-tests --parallel --experimental-maximum-parallelization-width 8 --skip RealTime
	@.ci/run-tests --filter RealTime

interop: release sample .build/installed-interop ## Prove the executable against third parties, and the README's commands
	@for script in $(interop_scripts); do Tests/Interoperability/$$script $(RELEASE); done

lab: release sample .build/installed-lab ## The whole network at once, in namespaces: DHCP, DNS, edges, a player, FTP and mail (root)
	@python3 Tests/Lab/lab.py $(RELEASE) --report reports/lab $(LAB_OPTIONS)

bench: release .build/installed-bench ## Measure hot paths beside their peers, as ratios (PARTS="mail ftp" for some)
	@$(SWIFT) build -c release --product simulator-benchmark $(STRICT)
	@$(SWIFT) build -c release --product services-load $(STRICT)
	@Benchmarks/run $(RELEASE) $(PARTS)

soak: release .build/installed-soak ## Keep a thousand connections busy with mail and files, and watch memory (SOAK_SECONDS=N, 300 if not given)
	@Benchmarks/soak $(RELEASE) --seconds $${SOAK_SECONDS:-300}

fuzz: build ## Run the randomised tests for longer, some ten minutes (HEADWATER_FUZZ_ROUNDS=N sets how long)
	@HEADWATER_FUZZ_ROUNDS=$${HEADWATER_FUZZ_ROUNDS:-5000} $(SWIFT) test --skip-build --filter Randomised

format: .build/toolchain ## Format the sources in place
	@$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests Benchmarks

lint: .build/installed-lint ## Check formatting and the repository's own rules
	@$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests Benchmarks
	@.ci/check-repository
	@.ci/check-package

docs: build ## Build the reference documentation into .build/documentation
	@.ci/build-documentation

clean: ## Remove what was built, ingested and reported
	rm -rf .build reports
	find media manifests .work -mindepth 1 -maxdepth 1 ! -name samples ! -name README.md -exec rm -rf {} + 2>/dev/null || true

media/samples/demo.mp4: media/samples/compose.sh | .build/installed-demo
	@echo "Composing a sample clip of 62 s …"
	@media/samples/compose.sh $@

.build/toolchain:
	@command -v $(SWIFT) >/dev/null || { echo "Headwater needs the Swift toolchain, version 6.2 or later: see https://www.swift.org/install/linux" >&2; exit 69; }
	@mkdir -p .build && touch $@

# Installs the packages of one group that are missing, quietly, as root or through sudo. Servers among them are for tests to
# start: meanwhile policy-rc.d (see invoke-rc.d(8)) keeps them from running as services of this machine.
.build/installed-%: Makefile | .build/toolchain
	@missing=$$(for package in $($*_packages); do dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || echo $$package; done); \
	if [ -n "$$missing" ]; then \
		command -v apt-get >/dev/null || { echo "Please install these first: $$missing" >&2; exit 69; }; \
		echo "Installing:" $$missing; \
		run=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		policy=/usr/sbin/policy-rc.d; \
		[ -e $$policy ] || { trap "$$run rm -f $$policy" EXIT; printf '#!/bin/sh\nexit 101\n' | $$run tee $$policy >/dev/null; $$run chmod 755 $$policy; }; \
		$$run apt-get update -qq; \
		case " $$missing " in *" postfix "*) echo 'postfix postfix/main_mailer_type select No configuration' | $$run debconf-set-selections;; esac; \
		$$run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >.build/apt.log 2>&1 || { tail -n 20 .build/apt.log >&2; exit 69; }; \
	fi
	@touch $@

.PHONY: help demo sample build release test interop lab bench soak fuzz format lint docs clean
