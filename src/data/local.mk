noinst_LIBRARIES += %D%/libdata.a %D%/libdataring.a
# All but the ring, so that the simulation can bring its own.
%C%_libdata_a_SOURCES = \
	%D%/data_plane.h \
	%D%/data_plane.c \
	%D%/shard.h \
	%D%/shard.c \
	%D%/core.h \
	%D%/buf.h \
	%D%/buf.c \
	%D%/slice.h \
	%D%/slice.c \
	%D%/peer.h \
	%D%/peer.c \
	%D%/route.h \
	%D%/route.c \
	%D%/seen.h \
	%D%/seen.c \
	%D%/policy.h \
	%D%/shrink.h \
	%D%/shrink.c \
	%D%/linger.h \
	%D%/linger.c \
	%D%/offload.h \
	%D%/offload.c \
	%D%/secure.h \
	%D%/secure.c \
	%D%/begun.h \
	%D%/begun.c \
	%D%/rx.h \
	%D%/rx.c \
	%D%/forward.h \
	%D%/forward.c \
	%D%/tx.h \
	%D%/tx.c \
	%D%/hold.h \
	%D%/hold.c \
	%D%/xfer.h \
	%D%/xfer.c \
	%D%/life.h \
	%D%/life.c \
	%D%/tell.h \
	%D%/tell.c
%C%_libdataring_a_SOURCES = \
	%D%/ring.h \
	%D%/ring.c \
	%D%/ring_probe.h \
	%D%/ring_probe.c
%C%_libdataring_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBURING_CFLAGS)
