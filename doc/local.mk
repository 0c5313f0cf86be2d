# doc: pages for people who read or change the code.
EXTRA_DIST += \
	%D%/ARCHITECTURE.md \
	%D%/HACKING.md \
	%D%/LIFETIME.md
