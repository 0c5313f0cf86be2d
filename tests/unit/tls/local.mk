# tests of src/tls
check_PROGRAMS += %D%/unit_tls
TESTS += %D%/unit_tls
%C%_unit_tls_SOURCES = \
	%D%/main.c \
	%D%/certs.c \
	%D%/certs.h \
	%D%/clock.c \
	%D%/clock.h \
	%D%/ends.c \
	%D%/ends.h \
	%D%/kernel.c \
	%D%/kernel.h \
	%D%/peer.c \
	%D%/peer.h \
	%D%/test_aead.c \
	%D%/test_cert_file.c \
	%D%/test_context.c \
	%D%/test_control.c \
	%D%/test_fault.c \
	%D%/test_handshake.c \
	%D%/test_handshake_failure.c \
	%D%/test_hash.c \
	%D%/test_hkdf.c \
	%D%/test_ktls.c \
	%D%/test_ktls_conn.c \
	%D%/test_ktls_error.c \
	%D%/test_ktls_probe.c \
	%D%/test_make_cert.c \
	%D%/test_meta_cert.c \
	%D%/test_openssl.c \
	%D%/test_pem.c \
	%D%/test_provider.c \
	%D%/test_provider_default.c \
	%D%/test_provider_kdf.c \
	%D%/test_provider_mac.c \
	%D%/test_provider_rand.c \
	%D%/test_provider_x25519.c \
	%D%/test_random.c \
	%D%/test_record.c \
	%D%/test_record_inside.c \
	%D%/test_secrets.c \
	%D%/test_suite.c \
	%D%/test_ticket.c \
	%D%/test_ticket_message.c \
	%D%/test_ticket_session.c \
	tests/unit/crypto/folder.c \
	tests/unit/crypto/folder.h
%C%_unit_tls_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(OPENSSL_CFLAGS)
%C%_unit_tls_LDADD = src/tls/libtls.a src/crypto/libcrypto.a src/util/libutil.a $(IPSEC_MB_LIBS) $(OPENSSL_LIBS) $(SODIUM_LIBS) $(UNIT_LIBS)
