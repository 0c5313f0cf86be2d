noinst_LIBRARIES += %D%/libdaemon.a
%C%_libdaemon_a_SOURCES = \
	%D%/derp_map.c %D%/derp_map.h \
	%D%/exit_code.h \
	%D%/gate.c %D%/gate.h \
	%D%/key_path.c %D%/key_path.h \
	%D%/listen_set.c %D%/listen_set.h \
	%D%/plane_settings.c %D%/plane_settings.h \
	%D%/relay.c %D%/relay.h \
	%D%/relay_keys.c %D%/relay_keys.h \
	%D%/relay_tls.c %D%/relay_tls.h \
	%D%/cert_command.c %D%/cert_command.h \
	%D%/map_command.c %D%/map_command.h \
	%D%/thread.c %D%/thread.h \
	%D%/watchdog.c %D%/watchdog.h

bin_PROGRAMS += hyper-derp
hyper_derp_SOURCES = %D%/main.c
# Order matters to a static link: users before what they use.
hyper_derp_LDADD = \
	%D%/libdaemon.a \
	src/control/libcontrol.a \
	src/accept/libaccept.a \
	src/data/libdata.a \
	src/data/libdataring.a \
	src/bus/libbus.a \
	src/config/libconfig.a \
	src/tls/libtls.a \
	src/net/libnet.a \
	src/sys/libsys.a \
	src/stats/libstats.a \
	src/crypto/libcrypto.a \
	src/proto/libproto.a \
	src/util/libutil.a \
	$(LIBURING_LIBS) $(SODIUM_LIBS) $(YAML_LIBS) $(HWLOC_LIBS) $(IPSEC_MB_LIBS) $(OPENSSL_LIBS) $(PTHREAD_LIBS)
