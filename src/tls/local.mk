noinst_LIBRARIES += %D%/libtls.a
%C%_libtls_a_SOURCES = \
	%D%/context.h \
	%D%/control.h \
	%D%/fault.c \
	%D%/fault.h \
	%D%/handshake.h \
	%D%/ktls.h \
	%D%/make_cert.h \
	%D%/meta_cert.h \
	%D%/record.h \
	%D%/secrets.h \
	%D%/suite.c \
	%D%/suite.h \
	%D%/ticket.h
%C%_libtls_a_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
