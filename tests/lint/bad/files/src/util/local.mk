SOURCES = %D%/named.c
# %D%/comment.c is named in a comment only
EXTRA_DIST = %D%/folder
