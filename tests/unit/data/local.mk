# tests of src/data: unit_data with a ring that the tests drive by hand
check_PROGRAMS += %D%/unit_data
TESTS += %D%/unit_data
%C%_unit_data_SOURCES = \
	%D%/main.c \
	%D%/prng.h \
	%D%/fake_ring.h \
	%D%/fake_ring.c \
	%D%/bench.h \
	%D%/bench.c \
	%D%/test_begun.c \
	%D%/test_buf.c \
	%D%/test_data_plane.c \
	%D%/test_forward.c \
	%D%/test_hold.c \
	%D%/test_hold_packets.c \
	%D%/test_hold_vital.c \
	%D%/test_life.c \
	%D%/test_linger.c \
	%D%/test_offload.c \
	%D%/test_peer.c \
	%D%/test_policy.c \
	%D%/test_route.c \
	%D%/test_rx.c \
	%D%/test_rx_pause.c \
	%D%/test_secure.c \
	%D%/test_seen.c \
	%D%/test_shrink.c \
	%D%/test_slice.c \
	%D%/test_tell.c \
	%D%/test_tx.c \
	%D%/test_tx_memory.c \
	%D%/test_xfer.c
%C%_unit_data_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
%C%_unit_data_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=calloc
%C%_unit_data_LDADD = \
	src/data/libdata.a \
	src/tls/libtls.a \
	src/crypto/libcrypto.a \
	src/bus/libbus.a \
	src/stats/libstats.a \
	src/proto/libproto.a \
	src/util/libutil.a \
	$(IPSEC_MB_LIBS) $(OPENSSL_LIBS) $(SODIUM_LIBS) $(UNIT_LIBS)

# unit_data_ring: the kernel's own ring
check_PROGRAMS += %D%/unit_data_ring
TESTS += %D%/unit_data_ring
%C%_unit_data_ring_SOURCES = \
	%D%/ring_main.c \
	%D%/ring_fixture.h \
	%D%/ring_fixture.c \
	%D%/test_ring.c \
	%D%/test_ring_parts.c \
	%D%/test_ring_probe.c \
	%D%/test_ring_send.c
%C%_unit_data_ring_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
%C%_unit_data_ring_LDADD = \
	src/data/libdataring.a \
	src/util/libutil.a \
	$(LIBURING_LIBS) $(UNIT_LIBS)
