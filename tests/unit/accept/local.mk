# tests of src/accept
check_PROGRAMS += %D%/unit_accept
TESTS += %D%/unit_accept
%C%_unit_accept_SOURCES = \
	%D%/main.c \
	%D%/relay.h \
	%D%/relay.c \
	%D%/caller.h \
	%D%/caller.c \
	%D%/scene.h \
	%D%/scene.c \
	%D%/test_rate.c \
	%D%/test_wake.c \
	%D%/test_trim.c \
	%D%/test_page.c \
	%D%/test_transport.c \
	%D%/test_transport_offload.c \
	%D%/test_transport_tls.c \
	%D%/test_step.c \
	%D%/test_login.c \
	%D%/test_login_bad.c \
	%D%/test_login_stall.c \
	%D%/test_login_page.c \
	%D%/test_intake.c \
	%D%/test_accept.c
%C%_unit_accept_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
%C%_unit_accept_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=accept4,--wrap=recvmsg,--wrap=sendmsg,--wrap=setsockopt
%C%_unit_accept_LDADD = \
	src/accept/libaccept.a \
	src/tls/libtls.a \
	src/bus/libbus.a \
	src/net/libnet.a \
	src/stats/libstats.a \
	src/crypto/libcrypto.a \
	src/proto/libproto.a \
	src/util/libutil.a \
	$(SODIUM_LIBS) $(IPSEC_MB_LIBS) $(OPENSSL_LIBS) $(UNIT_LIBS)
