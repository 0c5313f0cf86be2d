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
%C%_unit_crypto_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
%C%_unit_crypto_LDADD = src/crypto/libcrypto.a src/util/libutil.a $(SODIUM_LIBS) $(UNIT_LIBS)
