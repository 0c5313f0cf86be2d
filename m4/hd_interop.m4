# HD_INTEROP
# Tests against Tailscale's own client want Go, which fetches their modules if
# its cache does not have them. auto: they run if there is a Go; yes: there must
# be one; no: they never run (make distcheck, which must not need a network).
AC_DEFUN([HD_INTEROP], [
  AC_ARG_ENABLE([interop],
    [AS_HELP_STRING([--enable-interop], [tests with Tailscale's Go client: yes, no or auto (default)])],
    [], [enable_interop=auto])
  AS_CASE([$enable_interop], [yes|no|auto], [],
    [AC_MSG_ERROR([--enable-interop takes yes, no or auto, not '$enable_interop'])])
  AC_PATH_PROG([GO], [go], [], [$PATH$PATH_SEPARATOR/usr/local/go/bin])
  AS_IF([test "x$enable_interop" = xyes && test -z "$GO"],
    [AC_MSG_ERROR([--enable-interop: no go in PATH or /usr/local/go/bin])])
  AS_IF([test "x$enable_interop" = xauto && test -z "$GO"], [enable_interop=no])
  AC_SUBST([HD_INTEROP_MODE], [$enable_interop])
])
