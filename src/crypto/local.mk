noinst_LIBRARIES += %D%/libcrypto.a
%C%_libcrypto_a_SOURCES = \
	%D%/box.c \
	%D%/box.h \
	%D%/fe.c \
	%D%/fe.h \
	%D%/ladder.c \
	%D%/ladder.h \
	%D%/secret_file.c \
	%D%/secret_file.h \
	%D%/keyfile.c \
	%D%/keyfile.h \
	%D%/x25519.c \
	%D%/x25519.h
%C%_libcrypto_a_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS)
