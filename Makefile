# SPDX-License-Identifier: GPL-2.0

WGWARD_VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"$$/\1/p' dkms.conf)
export WGWARD_VERSION

KDIR	?= /lib/modules/$(shell uname -r)/build
PREFIX	?= /usr/local
DESTDIR	?=

BINDIR		?= $(PREFIX)/bin
MANDIR		?= $(PREFIX)/share/man
COMPLETIONDIR	?= $(PREFIX)/share/bash-completion/completions
UNITDIR		?= $(PREFIX)/lib/systemd/system

VM	:= selftests/vm/run.sh
DEPS	:= selftests/vm/deps.sh

all: modules tools

# What the kernel's build leaves behind is next to the sources: build for two
# kernels in two copies of the tree.
modules: $(KDIR)/Makefile
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

$(KDIR)/Makefile:
	@echo 'No kernel headers in $(KDIR).' >&2
	@echo 'On Debian: apt install linux-headers-$(shell uname -r)' >&2
	@echo 'or give the directory of others: make modules KDIR=DIR' >&2
	@false

tools:
	$(MAKE) -C tools

install: install-modules install-tools

# Distributions' headers come with neither the key to sign with nor the map
# without which the kernel's makefile leaves out depmod.
install-modules: modules
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(DESTDIR) \
		INSTALL_MOD_DIR=updates CONFIG_MODULE_SIG_ALL= modules_install
	$(if $(DESTDIR),,depmod $$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
		$(KDIR)/include/generated/utsrelease.h))

install-tools: tools
	install -D -m 0755 tools/wgward $(DESTDIR)$(BINDIR)/wgward
	for page in $(wildcard Documentation/man/*.[1-9]); do \
		install -D -m 0644 -t $(DESTDIR)$(MANDIR)/man$${page##*.} $$page || exit; \
	done
	for file in $(wildcard tools/completion/*); do \
		install -D -m 0644 $$file \
			$(DESTDIR)$(COMPLETIONDIR)/$$(basename $$file .bash) || exit; \
	done
	install -d -m 0755 $(DESTDIR)$(UNITDIR)
	for unit in $(wildcard tools/systemd/*.service tools/systemd/*.timer); do \
		sed 's|@BINDIR@|$(BINDIR)|g' $$unit \
			>$(DESTDIR)$(UNITDIR)/$${unit##*/} || exit; \
	done

# The module stays until its last ward is gone, so it is not unloaded here.
uninstall:
	rm -f $(DESTDIR)$(BINDIR)/wgward
	rm -f $(DESTDIR)/lib/modules/*/updates/module/wgward.ko*
	rm -f $(addprefix $(DESTDIR)$(MANDIR)/man*/,$(notdir $(wildcard Documentation/man/*.[1-9])))
	rm -f $(addprefix $(DESTDIR)$(COMPLETIONDIR)/,$(basename $(notdir $(wildcard tools/completion/*))))
	rm -f $(addprefix $(DESTDIR)$(UNITDIR)/,$(notdir $(wildcard tools/systemd/*.service tools/systemd/*.timer)))

deps:
	$(DEPS) build check demo

check:
	$(DEPS) build check
	selftests/check.sh

# All kselftests in kernels that look for errors, which are built first.
check-debug:
	$(DEPS) build debug
	selftests/check.sh --debug

check-fast:
	$(DEPS) build check
	selftests/check.sh --fast

style:
	$(DEPS) check
	selftests/check.sh --style

demo:
	$(DEPS) build demo
	$(VM) -- selftests/vm/demo.sh

# Variants and options: make bench BENCH='-j 1 bare wgward-10'
bench:
	$(DEPS) build bench
	selftests/bench/bench.sh $(BENCH)

# Needs no headers, so that a tree can be cleaned anywhere.
clean:
	if [ -f tools/Makefile ]; then $(MAKE) -C tools clean; fi
	if [ -f selftests/unit/Makefile ]; then $(MAKE) -C selftests/unit clean; fi
	if [ -f selftests/bench/Makefile ]; then $(MAKE) -C selftests/bench clean; fi
	if [ -f selftests/fuzz/Makefile ]; then $(MAKE) -C selftests/fuzz clean; fi
	find . -path ./.git -prune -o \( -name '.*.cmd' -o -name '*.ko' \
		-o -name '*.mod' -o -name '*.mod.c' -o -name '.module-common.o' \
		-o -name Module.symvers -o -name modules.order \
		-o -name built-in.a \) -exec rm -f {} +
	rm -f module/*.o module/*.o.d

help:
	@echo 'make              the module and the command'
	@echo 'make modules      the module, for the kernel whose headers are in KDIR'
	@echo '                  ($(KDIR)); W=1 and C=2 as in the kernel'
	@echo 'make tools        the command, tools/wgward'
	@echo 'make install      both, the manual pages, completion and systemd units, below'
	@echo '                  DESTDIR and PREFIX ($(PREFIX))'
	@echo 'make uninstall    takes them away again'
	@echo 'make demo         a mesh in a virtual machine; installs nothing here'
	@echo 'make check        every test; boots kernels in QEMU, with or without KVM'
	@echo 'make check-debug  the tests in kernels that look for errors; takes long'
	@echo 'make check-fast   the tests that need no virtual machine'
	@echo 'make bench        what all costs, into Documentation/performance; takes long'
	@echo 'make style        formatting and static checks'
	@echo 'make deps         installs the packages of Debian that all this needs'
	@echo 'make clean        removes what was built'

.PHONY: all modules tools install install-modules install-tools uninstall \
	deps check check-debug check-fast style demo bench clean help
