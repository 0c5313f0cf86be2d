# tests of tools/hd-probe
check_PROGRAMS += %D%/unit_hd_probe
TESTS += %D%/unit_hd_probe
%C%_unit_hd_probe_SOURCES = \
	%D%/main.c \
	%D%/test_cert.c \
	%D%/test_latency.c \
	%D%/test_options.c \
	%D%/test_report.c \
	%D%/test_result.c
%C%_unit_hd_probe_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
%C%_unit_hd_probe_LDADD = \
	tools/hd-probe/libhdprobe.a tools/lib/libtools.a \
	src/control/libcontrol.a src/net/libnet.a src/crypto/libcrypto.a src/proto/libproto.a src/util/libutil.a \
	$(SODIUM_LIBS) $(OPENSSL_LIBS) $(UNIT_LIBS)
