# doc
EXTRA_DIST += %D%/LIFETIME.md
