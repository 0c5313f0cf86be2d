noinst_LIBRARIES += %D%/libnet.a
%C%_libnet_a_SOURCES = \
	%D%/addr.h \
	%D%/listener.h \
	%D%/loop.h \
	%D%/addr.c \
	%D%/listener.c \
	%D%/loop.c
