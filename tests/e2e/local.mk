# tests/e2e: the real daemon on loopback, spoken to with tools/lib.
if HAVE_CHECK
e2e_tests = \
	%D%/e2e_contrib \
	%D%/e2e_frames \
	%D%/e2e_lifecycle \
	%D%/e2e_login \
	%D%/e2e_mesh \
	%D%/e2e_metrics \
	%D%/e2e_relay \
	%D%/e2e_scale \
	%D%/e2e_slow \
	%D%/e2e_stuck \
	%D%/e2e_tls_cert \
	%D%/e2e_tls_conn \
	%D%/e2e_tls_hostile \
	%D%/e2e_tls_rogue
check_PROGRAMS += $(e2e_tests)
TESTS += $(e2e_tests)

check_LIBRARIES += %D%/libe2e.a
%C%_libe2e_a_SOURCES = \
	%D%/client_fixture.c %D%/client_fixture.h \
	%D%/daemon_fixture.c %D%/daemon_fixture.h \
	%D%/daemon_http.c \
	%D%/daemon_log.c %D%/daemon_log.h \
	%D%/daemon_proc.c \
	%D%/tls_fixture.c %D%/tls_fixture.h
%C%_libe2e_a_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)

E2E_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
E2E_LIBS = \
	%D%/libe2e.a \
	tools/lib/libtools.a \
	src/data/libdataring.a \
	src/net/libnet.a \
	src/stats/libstats.a \
	src/crypto/libcrypto.a \
	src/proto/libproto.a \
	src/util/libutil.a \
	$(LIBURING_LIBS) $(SODIUM_LIBS) $(IPSEC_MB_LIBS) $(OPENSSL_LIBS) $(UNIT_LIBS)

%C%_e2e_contrib_SOURCES = %D%/test_contrib.c
%C%_e2e_contrib_CPPFLAGS = $(E2E_CPPFLAGS)
%C%_e2e_contrib_LDADD = $(E2E_LIBS)
%C%_e2e_frames_SOURCES = %D%/test_frames.c
%C%_e2e_frames_CPPFLAGS = $(E2E_CPPFLAGS)
%C%_e2e_frames_LDADD = $(E2E_LIBS)
%C%_e2e_lifecycle_SOURCES = %D%/test_lifecycle.c
%C%_e2e_lifecycle_CPPFLAGS = $(E2E_CPPFLAGS)
%C%_e2e_lifecycle_LDADD = $(E2E_LIBS)
%C%_e2e_login_SOURCES = %D%/test_login.c
%C%_e2e_login_CPPFLAGS = $(E2E_CPPFLAGS)
%C%_e2e_login_LDADD = $(E2E_LIBS)
%C%_e2e_mesh_SOURCES = %D%/test_mesh.c
%C%_e2e_mesh_CPPFLAGS = $(E2E_CPPFLAGS)
%C%_e2e_mesh_LDADD = $(E2E_LIBS)
%C%_e2e_metrics_SOURCES = %D%/test_metrics.c
%C%_e2e_metrics_CPPFLAGS = $(E2E_CPPFLAGS)
%C%_e2e_metrics_LDADD = $(E2E_LIBS)
%C%_e2e_relay_SOURCES = %D%/test_relay.c
%C%_e2e_relay_CPPFLAGS = $(E2E_CPPFLAGS)
%C%_e2e_relay_LDADD = $(E2E_LIBS)
%C%_e2e_scale_SOURCES = %D%/test_scale.c
%C%_e2e_scale_CPPFLAGS = $(E2E_CPPFLAGS)
%C%_e2e_scale_LDADD = $(E2E_LIBS)
%C%_e2e_slow_SOURCES = %D%/test_slow.c
%C%_e2e_slow_CPPFLAGS = $(E2E_CPPFLAGS)
%C%_e2e_slow_LDADD = $(E2E_LIBS)
%C%_e2e_stuck_SOURCES = %D%/test_stuck.c
%C%_e2e_stuck_CPPFLAGS = $(E2E_CPPFLAGS)
%C%_e2e_stuck_LDADD = $(E2E_LIBS)

# Certificates to choose from: those of the unit tests of src/tls.
e2e_certs = \
	tests/unit/tls/certs.c tests/unit/tls/certs.h \
	tests/unit/crypto/folder.c tests/unit/crypto/folder.h
%C%_e2e_tls_cert_SOURCES = %D%/test_tls_cert.c $(e2e_certs)
%C%_e2e_tls_cert_CPPFLAGS = $(E2E_CPPFLAGS) $(OPENSSL_CFLAGS)
%C%_e2e_tls_cert_LDADD = src/tls/libtls.a $(E2E_LIBS)
%C%_e2e_tls_conn_SOURCES = %D%/test_tls_conn.c $(e2e_certs)
%C%_e2e_tls_conn_CPPFLAGS = $(E2E_CPPFLAGS) $(OPENSSL_CFLAGS)
%C%_e2e_tls_conn_LDADD = src/tls/libtls.a $(E2E_LIBS)
%C%_e2e_tls_hostile_SOURCES = %D%/test_tls_hostile.c
%C%_e2e_tls_hostile_CPPFLAGS = $(E2E_CPPFLAGS) $(OPENSSL_CFLAGS)
%C%_e2e_tls_hostile_LDADD = $(E2E_LIBS)
%C%_e2e_tls_rogue_SOURCES = %D%/test_tls_rogue.c %D%/rogue.c %D%/rogue.h
%C%_e2e_tls_rogue_CPPFLAGS = $(E2E_CPPFLAGS) $(OPENSSL_CFLAGS)
%C%_e2e_tls_rogue_LDADD = src/tls/libtls.a $(E2E_LIBS)

# The same programs once more, over TLS, and with another setting.
TESTS += %D%/e2e_tls.sh %D%/e2e_whole_buffers.sh
endif
dist_check_SCRIPTS += %D%/e2e_tls.sh %D%/e2e_whole_buffers.sh

# Its pages, asked for by other people's clients.
TESTS += %D%/tls_pages.sh
dist_check_SCRIPTS += %D%/tls_pages.sh

# hd-bench against the relay, and against relays with a fault.
check_PROGRAMS += %D%/faulty_relay
%C%_faulty_relay_SOURCES = %D%/faulty_relay.c %D%/plain_login.c %D%/plain_login.h \
	%D%/ws_guest.c %D%/ws_guest.h
%C%_faulty_relay_LDADD = tools/lib/libtools.a src/crypto/libcrypto.a src/proto/libproto.a src/util/libutil.a $(SODIUM_LIBS) $(IPSEC_MB_LIBS) $(OPENSSL_LIBS)
check_PROGRAMS += %D%/no_io_uring
%C%_no_io_uring_SOURCES = %D%/no_io_uring.c
TESTS += %D%/hd_bench.sh %D%/hd_probe.sh %D%/hd_tune.sh
dist_check_SCRIPTS += %D%/hd_bench.sh %D%/hd_probe.sh %D%/hd_tune.sh

# What those scripts share.
EXTRA_DIST += %D%/relay.sh
