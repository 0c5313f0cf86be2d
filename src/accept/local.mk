noinst_LIBRARIES += %D%/libaccept.a
%C%_libaccept_a_SOURCES = \
	%D%/accept.h
