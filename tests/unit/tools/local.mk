# tests of tools/lib
check_PROGRAMS += %D%/unit_tools
TESTS += %D%/unit_tools
%C%_unit_tools_SOURCES = \
	%D%/main.c \
	%D%/test_derp_stream.c \
	%D%/test_number.c \
	%D%/test_option_rows.c \
	%D%/test_target.c \
	%D%/test_tls_stream.c \
	%D%/test_ws_frame.c \
	%D%/test_ws_upgrade.c
%C%_unit_tools_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(OPENSSL_CFLAGS)
%C%_unit_tools_LDADD = tools/lib/libtools.a src/tls/libtls.a src/crypto/libcrypto.a src/proto/libproto.a src/util/libutil.a $(IPSEC_MB_LIBS) $(OPENSSL_LIBS) $(SODIUM_LIBS) $(UNIT_LIBS)
