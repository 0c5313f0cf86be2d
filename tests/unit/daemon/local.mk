# tests of src/daemon
check_PROGRAMS += %D%/unit_daemon
TESTS += %D%/unit_daemon
%C%_unit_daemon_SOURCES = \
	%D%/main.c \
	%D%/test_cert_command.c \
	%D%/test_derp_map.c \
	%D%/test_gate.c \
	%D%/test_key_path.c \
	%D%/test_plane_settings.c \
	%D%/test_relay_tls.c \
	%D%/test_thread.c \
	%D%/test_watchdog.c \
	tests/unit/tls/certs.c tests/unit/tls/certs.h \
	tests/unit/crypto/folder.c tests/unit/crypto/folder.h
%C%_unit_daemon_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(OPENSSL_CFLAGS)
%C%_unit_daemon_LDADD = \
	src/daemon/libdaemon.a \
	src/config/libconfig.a \
	src/sys/libsys.a \
	src/tls/libtls.a \
	src/bus/libbus.a \
	src/stats/libstats.a \
	src/crypto/libcrypto.a \
	src/proto/libproto.a \
	src/util/libutil.a \
	$(YAML_LIBS) $(HWLOC_LIBS) $(IPSEC_MB_LIBS) $(OPENSSL_LIBS) $(SODIUM_LIBS) $(UNIT_LIBS)
