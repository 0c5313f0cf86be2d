# tests of src/crypto
check_PROGRAMS += %D%/unit_crypto
TESTS += %D%/unit_crypto
%C%_unit_crypto_SOURCES = \
	%D%/main.c \
	%D%/folder.c \
	%D%/folder.h \
	%D%/test_box.c \
	%D%/test_fe.c \
	%D%/test_keyfile.c \
	%D%/test_ladder.c \
	%D%/test_secret_file.c \
	%D%/test_x25519.c
%C%_unit_crypto_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(SODIUM_CFLAGS)
%C%_unit_crypto_LDADD = src/crypto/libcrypto.a src/util/libutil.a $(SODIUM_LIBS) $(UNIT_LIBS)

# X25519 as on a processor on which there is no ladder of our own.
check_PROGRAMS += %D%/unit_x25519_plain
TESTS += %D%/unit_x25519_plain
%C%_unit_x25519_plain_SOURCES = \
	src/crypto/x25519.c \
	%D%/plain_main.c \
	%D%/test_x25519.c
%C%_unit_x25519_plain_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(SODIUM_CFLAGS) -DLADDER_LEFT_OUT
%C%_unit_x25519_plain_LDADD = src/crypto/libcrypto.a src/util/libutil.a $(SODIUM_LIBS) $(UNIT_LIBS)
