noinst_LIBRARIES += %D%/libproto.a
%C%_libproto_a_SOURCES = \
	%D%/key.h \
	%D%/frame.h \
	%D%/client_info.h \
	%D%/http_request.h \
	%D%/http_response.h
