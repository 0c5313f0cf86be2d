noinst_LIBRARIES += %D%/libproto.a
%C%_libproto_a_SOURCES = \
	%D%/key.c \
	%D%/key.h \
	%D%/frame.c \
	%D%/frame.h \
	%D%/json_fields.c \
	%D%/json_fields.h \
	%D%/client_info.c \
	%D%/client_info.h \
	%D%/server_info.c \
	%D%/server_info.h \
	%D%/http_text.c \
	%D%/http_text.h \
	%D%/http_head.c \
	%D%/http_head.h \
	%D%/http_status.c \
	%D%/http_status.h \
	%D%/http_request.c \
	%D%/http_request.h \
	%D%/http_response.c \
	%D%/http_response.h
