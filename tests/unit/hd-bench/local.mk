# tests of tools/hd-bench
check_PROGRAMS += %D%/unit_hd_bench
TESTS += %D%/unit_hd_bench
%C%_unit_hd_bench_SOURCES = \
	%D%/main.c \
	%D%/test_conn.c \
	%D%/test_due.c \
	%D%/test_hist.c \
	%D%/test_keys.c \
	%D%/test_merge.c \
	%D%/test_mix.c \
	%D%/test_options.c \
	%D%/test_pace.c \
	%D%/test_payload.c \
	%D%/test_process.c \
	%D%/test_receiver.c \
	%D%/test_report.c \
	%D%/test_sender.c \
	%D%/test_track.c \
	%D%/test_transport_tls.c \
	%D%/test_transport_ws.c
%C%_unit_hd_bench_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(OPENSSL_CFLAGS)
%C%_unit_hd_bench_LDADD = \
	tools/hd-bench/libhdbench.a tools/lib/libtools.a src/data/libdataring.a src/tls/libtls.a \
	src/crypto/libcrypto.a src/proto/libproto.a src/util/libutil.a \
	$(SODIUM_LIBS) $(LIBURING_LIBS) $(IPSEC_MB_LIBS) $(OPENSSL_LIBS) $(UNIT_LIBS)
