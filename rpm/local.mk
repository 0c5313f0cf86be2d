# rpm: for Fedora and the family of RHEL. In the release, so that rpmbuild -ta
# takes it as it is.
EXTRA_DIST += %D%/hyper-derp.spec %D%/macros.systemd
