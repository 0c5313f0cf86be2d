noinst_LIBRARIES += %D%/libcrypto.a
%C%_libcrypto_a_SOURCES = \
	%D%/box.h \
	%D%/keyfile.h
%C%_libcrypto_a_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS)
