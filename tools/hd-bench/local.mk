# tools/hd-bench: the load generator.
noinst_LIBRARIES += %D%/libhdbench.a
%C%_libhdbench_a_SOURCES = \
	%D%/client.c %D%/client.h \
	%D%/conn.c %D%/conn.h \
	%D%/count.c %D%/count.h \
	%D%/due.c %D%/due.h \
	%D%/engine.c %D%/engine.h \
	%D%/engine_loop.c %D%/engine_loop.h \
	%D%/engine_ring.c %D%/engine_ring.h \
	%D%/engine_wait.c %D%/engine_wait.h \
	%D%/hist.c %D%/hist.h \
	%D%/keys.c %D%/keys.h \
	%D%/merge.c %D%/merge.h \
	%D%/mix.c %D%/mix.h \
	%D%/options.c %D%/options.h \
	%D%/pace.c %D%/pace.h \
	%D%/payload.c %D%/payload.h \
	%D%/plan.c %D%/plan.h \
	%D%/process.c %D%/process.h \
	%D%/raw.c %D%/raw.h \
	%D%/receiver.c %D%/receiver.h \
	%D%/report.c %D%/report.h \
	%D%/run.c %D%/run.h \
	%D%/sender.c %D%/sender.h \
	%D%/track.c %D%/track.h \
	%D%/transport.c %D%/transport.h \
	%D%/transport_tls.c %D%/transport_tls.h \
	%D%/transport_ws.c %D%/transport_ws.h

bin_PROGRAMS += hd-bench
hd_bench_SOURCES = %D%/main.c
hd_bench_LDADD = \
	%D%/libhdbench.a \
	tools/lib/libtools.a \
	src/data/libdataring.a \
	src/tls/libtls.a \
	src/sys/libsys.a \
	src/crypto/libcrypto.a \
	src/proto/libproto.a \
	src/util/libutil.a \
	$(SODIUM_LIBS) $(LIBURING_LIBS) $(IPSEC_MB_LIBS) $(OPENSSL_LIBS) $(HWLOC_LIBS) $(PTHREAD_LIBS)
