# One program per room, unit/<room>/test_<file>.c for src/<room>/<file>.c. Each
# test file exports one suite, test_<file>_suite(); main.c of the room lists them.
UNIT_LIBS = $(CHECK_LIBS) $(PTHREAD_LIBS)
EXTRA_DIST += tests/unit/runner.h

# make check-unit: these alone, and nothing else of the tests is built. They
# take seconds, and need neither a network nor a kernel of a certain age.
.PHONY: check-unit
check-unit: all
	units=; for program in $(check_PROGRAMS); do \
		case $$program in %D%/*) units="$$units $$program" ;; esac; \
	done; \
	$(MAKE) check check_PROGRAMS="$$units" TESTS="$$units"

if HAVE_CHECK
include tests/unit/util/local.mk
include tests/unit/proto/local.mk
include tests/unit/crypto/local.mk
include tests/unit/stats/local.mk
include tests/unit/sys/local.mk
include tests/unit/net/local.mk
include tests/unit/tls/local.mk
include tests/unit/config/local.mk
include tests/unit/bus/local.mk
include tests/unit/accept/local.mk
include tests/unit/data/local.mk
include tests/unit/control/local.mk
include tests/unit/daemon/local.mk
include tests/unit/tools/local.mk
include tests/unit/hd-bench/local.mk
include tests/unit/hd-probe/local.mk
include tests/unit/tune/local.mk
endif
