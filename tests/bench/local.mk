# tests/bench: programs that measure; made and run by hand:
#   make tests/bench/bench_tls && tests/bench/bench_tls
EXTRA_PROGRAMS += %D%/bench_tls
CLEANFILES += $(EXTRA_PROGRAMS)
%C%_bench_tls_SOURCES = %D%/bench_tls.c
%C%_bench_tls_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
%C%_bench_tls_LDADD = src/tls/libtls.a src/crypto/libcrypto.a src/util/libutil.a $(IPSEC_MB_LIBS) $(OPENSSL_LIBS) $(SODIUM_LIBS) $(PTHREAD_LIBS)

# The floor under a relay, built with the test programs, and the comparison of relays.
EXTRA_PROGRAMS += %D%/pump
%C%_pump_SOURCES = %D%/pump.c tests/e2e/plain_login.c tests/e2e/plain_login.h
%C%_pump_LDADD = src/crypto/libcrypto.a src/proto/libproto.a src/util/libutil.a $(SODIUM_LIBS)
EXTRA_DIST += %D%/compare.sh %D%/table.awk %D%/goals.awk %D%/layers.awk %D%/plot.awk
