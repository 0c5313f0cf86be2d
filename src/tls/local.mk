noinst_LIBRARIES += %D%/libtls.a
%C%_libtls_a_SOURCES = \
	%D%/aead.c \
	%D%/aead.h \
	%D%/aead_openssl.c \
	%D%/aead_ops.h \
	%D%/cert_file.c \
	%D%/cert_file.h \
	%D%/context.c \
	%D%/context.h \
	%D%/control.c \
	%D%/control.h \
	%D%/fault.c \
	%D%/fault.h \
	%D%/handshake.c \
	%D%/handshake.h \
	%D%/handshake_socket.c \
	%D%/handshake_socket.h \
	%D%/hash.c \
	%D%/hash.h \
	%D%/hkdf.c \
	%D%/hkdf.h \
	%D%/ktls.c \
	%D%/ktls.h \
	%D%/ktls_conn.c \
	%D%/ktls_conn.h \
	%D%/ktls_error.c \
	%D%/ktls_error.h \
	%D%/ktls_probe.c \
	%D%/ktls_probe.h \
	%D%/make_cert.c \
	%D%/make_cert.h \
	%D%/meta_cert.c \
	%D%/meta_cert.h \
	%D%/pem.c \
	%D%/pem.h \
	%D%/provider.c \
	%D%/provider.h \
	%D%/provider_default.c \
	%D%/provider_default.h \
	%D%/provider_kdf.c \
	%D%/provider_kdf.h \
	%D%/provider_mac.c \
	%D%/provider_mac.h \
	%D%/provider_rand.c \
	%D%/provider_rand.h \
	%D%/provider_x25519.c \
	%D%/provider_x25519.h \
	%D%/random.c \
	%D%/random.h \
	%D%/record.c \
	%D%/record.h \
	%D%/secrets.c \
	%D%/secrets.h \
	%D%/suite.c \
	%D%/suite.h \
	%D%/ticket.c \
	%D%/ticket.h \
	%D%/ticket_message.c \
	%D%/ticket_message.h \
	%D%/ticket_session.c \
	%D%/ticket_session.h
if HAVE_IPSEC_MB
%C%_libtls_a_SOURCES += %D%/aead_ipsec_mb.c
endif
%C%_libtls_a_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
