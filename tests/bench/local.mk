# tests/bench: programs that measure; made and run by hand:
#   make tests/bench/bench_tls && tests/bench/bench_tls
EXTRA_PROGRAMS += %D%/bench_tls
CLEANFILES += $(EXTRA_PROGRAMS)
%C%_bench_tls_SOURCES = %D%/bench_tls.c
%C%_bench_tls_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
%C%_bench_tls_LDADD = src/tls/libtls.a src/util/libutil.a $(OPENSSL_LIBS) $(PTHREAD_LIBS)
