# contrib: scripts for people who build from source.
dist_noinst_SCRIPTS = \
	%D%/dev.sh \
	%D%/count-checks.sh
