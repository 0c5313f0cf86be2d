# debian: packages for Debian and Ubuntu, in the release as in the repository,
# so that an unpacked release is Debian's source package, too.
EXTRA_DIST += \
	%D%/changelog \
	%D%/control \
	%D%/copyright \
	%D%/hyper-derp.init \
	%D%/hyper-derp.install \
	%D%/hyper-derp.postrm \
	%D%/hyper-derp-tools.install \
	%D%/hyper-derp-tools.postrm \
	%D%/not-installed \
	%D%/rules \
	%D%/source/format \
	%D%/source/options \
	%D%/tests/control \
	%D%/tests/relay \
	%D%/tests/service \
	%D%/tests/tune
