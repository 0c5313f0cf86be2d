# HD_SANITIZERS
# --enable-asan, --enable-ubsan, --enable-tsan: whole-tree instrumentation.
AC_DEFUN([HD_SANITIZERS], [
  AC_ARG_ENABLE([asan], [AS_HELP_STRING([--enable-asan], [build with AddressSanitizer])])
  AC_ARG_ENABLE([ubsan], [AS_HELP_STRING([--enable-ubsan], [build with UndefinedBehaviorSanitizer])])
  AC_ARG_ENABLE([tsan], [AS_HELP_STRING([--enable-tsan], [build with ThreadSanitizer])])
  HD_SAN_FLAGS=
  AS_IF([test "x$enable_asan" = xyes && test "x$enable_tsan" = xyes],
    [AC_MSG_ERROR([--enable-asan and --enable-tsan exclude each other])])
  AS_IF([test "x$enable_asan" = xyes], [HD_SAN_FLAGS="$HD_SAN_FLAGS -fsanitize=address"])
  AS_IF([test "x$enable_ubsan" = xyes],
    [HD_SAN_FLAGS="$HD_SAN_FLAGS -fsanitize=undefined -fno-sanitize-recover=undefined"])
  AS_IF([test "x$enable_tsan" = xyes], [HD_SAN_FLAGS="$HD_SAN_FLAGS -fsanitize=thread"])
  AS_IF([test -n "$HD_SAN_FLAGS"], [HD_SAN_FLAGS="$HD_SAN_FLAGS -fno-omit-frame-pointer"])
  AM_CONDITIONAL([ENABLE_SANITIZER], [test -n "$HD_SAN_FLAGS"])
  AC_SUBST([HD_SAN_FLAGS])
])
