noinst_LIBRARIES += %D%/libaccept.a
%C%_libaccept_a_SOURCES = \
	%D%/accept.h \
	%D%/plane.h \
	%D%/rate.h \
	%D%/page.h \
	%D%/transport.h \
	%D%/login.h \
	%D%/step.h \
	%D%/intake.h \
	%D%/wake.h \
	%D%/trim.h \
	%D%/accept.c \
	%D%/rate.c \
	%D%/page.c \
	%D%/transport.c \
	%D%/transport_tls.c \
	%D%/transport_tls.h \
	%D%/login.c \
	%D%/step.c \
	%D%/intake.c \
	%D%/wake.c \
	%D%/trim.c
