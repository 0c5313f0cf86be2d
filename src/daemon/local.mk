bin_PROGRAMS += hyper-derp
hyper_derp_SOURCES = %D%/main.c
# Order matters to a static link: users before what they use.
hyper_derp_LDADD = \
	src/control/libcontrol.a \
	src/accept/libaccept.a \
	src/data/libdata.a \
	src/data/libdataring.a \
	src/bus/libbus.a \
	src/config/libconfig.a \
	src/net/libnet.a \
	src/sys/libsys.a \
	src/stats/libstats.a \
	src/crypto/libcrypto.a \
	src/proto/libproto.a \
	src/util/libutil.a \
	$(LIBURING_LIBS) $(SODIUM_LIBS) $(YAML_LIBS) $(HWLOC_LIBS) $(PTHREAD_LIBS)
