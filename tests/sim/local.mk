# sim: the shards' real code on a simulated kernel, by seed. It brings its own
# ring (data/ring.h) and its own clock (util/mono.h).
check_PROGRAMS += %D%/sim
TESTS += %D%/sim
%C%_sim_SOURCES = \
	%D%/main.c \
	%D%/world.h \
	%D%/world.c \
	%D%/check.h \
	%D%/check.c \
	%D%/alloc.h \
	%D%/alloc.c \
	%D%/sealed.h \
	%D%/sealed.c \
	%D%/client.h \
	%D%/client.c \
	%D%/stream.c \
	%D%/packet.h \
	%D%/packet.c \
	%D%/sim_control.h \
	%D%/sim_control.c \
	%D%/kernel.h \
	%D%/kernel.c \
	%D%/ring_core.h \
	%D%/sim_ring.h \
	%D%/sim_ring.c \
	%D%/sim_work.c \
	%D%/task.h \
	%D%/task.c \
	%D%/plan.h \
	%D%/plan.c \
	%D%/sim.h \
	%D%/sim.c \
	%D%/clock.c
%C%_sim_LDADD = \
	src/data/libdata.a \
	src/tls/libtls.a \
	src/crypto/libcrypto.a \
	src/bus/libbus.a \
	src/stats/libstats.a \
	src/proto/libproto.a \
	src/util/libutil.a \
	$(IPSEC_MB_LIBS) $(OPENSSL_LIBS) $(SODIUM_LIBS)
%C%_sim_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=mmap
%C%_sim_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
if ENABLE_SANITIZER
%C%_sim_CPPFLAGS += -DSIM_SANITIZED
endif
