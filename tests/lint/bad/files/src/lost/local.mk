SOURCES = %D%/lost.c
