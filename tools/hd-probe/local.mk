# tools/hd-probe: is a relay well? For people and monitors.
noinst_LIBRARIES += %D%/libhdprobe.a
%C%_libhdprobe_a_SOURCES = \
	%D%/cert.c %D%/cert.h \
	%D%/latency.c %D%/latency.h \
	%D%/options.c %D%/options.h \
	%D%/pair.c %D%/pair.h \
	%D%/probe.c %D%/probe.h \
	%D%/report.c %D%/report.h \
	%D%/result.c %D%/result.h
%C%_libhdprobe_a_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)

bin_PROGRAMS += hd-probe
hd_probe_SOURCES = %D%/main.c
hd_probe_LDADD = \
	%D%/libhdprobe.a \
	tools/lib/libtools.a \
	src/control/libcontrol.a \
	src/net/libnet.a \
	src/crypto/libcrypto.a \
	src/proto/libproto.a \
	src/util/libutil.a \
	$(SODIUM_LIBS) $(OPENSSL_LIBS) $(PTHREAD_LIBS)
