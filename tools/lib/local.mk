# tools/lib: what the tools and the end-to-end tests share.
noinst_LIBRARIES += %D%/libtools.a
%C%_libtools_a_SOURCES = \
	%D%/derp_stream.c %D%/derp_stream.h \
	%D%/derp_client.c %D%/derp_client.h \
	%D%/number.c %D%/number.h \
	%D%/option_rows.c %D%/option_rows.h \
	%D%/target.c %D%/target.h \
	%D%/tls_client.c %D%/tls_client.h \
	%D%/tls_stream.c %D%/tls_stream.h \
	%D%/ws_frame.c %D%/ws_frame.h \
	%D%/ws_upgrade.c %D%/ws_upgrade.h
%C%_libtools_a_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
