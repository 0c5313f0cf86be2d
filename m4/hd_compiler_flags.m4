# HD_COMPILER_FLAGS
# Language level, warnings and hardening. Each flag is tried first, so that an
# older or another compiler builds with what it knows. --enable-werror makes
# warnings errors (the test scripts use it; a user's build does not).
AC_DEFUN([HD_TRY_CFLAG], [
  AC_MSG_CHECKING([whether $CC accepts $1])
  hd_save_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -Werror $1"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[]], [[]])],
    [AC_MSG_RESULT([yes]); HD_CFLAGS="$HD_CFLAGS $1"], [AC_MSG_RESULT([no])])
  CFLAGS=$hd_save_CFLAGS
])
AC_DEFUN([HD_TRY_LDFLAG], [
  AC_MSG_CHECKING([whether the linker accepts $1])
  hd_save_LDFLAGS=$LDFLAGS
  LDFLAGS="$LDFLAGS -Werror $1"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[]], [[]])],
    [AC_MSG_RESULT([yes]); HD_LDFLAGS="$HD_LDFLAGS $1"], [AC_MSG_RESULT([no])])
  LDFLAGS=$hd_save_LDFLAGS
])
AC_DEFUN([HD_COMPILER_FLAGS], [
  AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [make compiler warnings errors])])
  AC_ARG_ENABLE([hardening], [AS_HELP_STRING([--disable-hardening], [leave out hardening flags])],
    [], [enable_hardening=yes])
  HD_CFLAGS= HD_LDFLAGS=
  m4_foreach_w([hd_flag], [-std=gnu17 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wold-style-definition -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough
    -Wcast-align -Wnull-dereference -fno-common], [HD_TRY_CFLAG(hd_flag)])
  AS_IF([test "x$enable_hardening" = xyes], [
    m4_foreach_w([hd_flag], [-fstack-protector-strong -fstack-clash-protection -fcf-protection
      -mbranch-protection=standard -fPIE], [HD_TRY_CFLAG(hd_flag)])
    m4_foreach_w([hd_flag], [-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack], [HD_TRY_LDFLAG(hd_flag)])
    # Fortification wants optimisation and clashes with sanitizers.
    AS_CASE([" $CFLAGS "], [*" -O0 "*|*-fsanitize*|*_FORTIFY_SOURCE*], [],
      [AS_IF([test "x$enable_asan$enable_tsan" = x || test "x$enable_asan$enable_tsan" = xnono],
        [HD_CPPFLAGS="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])])
  ])
  AS_IF([test "x$enable_werror" = xyes], [HD_CFLAGS="$HD_CFLAGS -Werror"])
  AC_SUBST([HD_CFLAGS])
  AC_SUBST([HD_LDFLAGS])
  AC_SUBST([HD_CPPFLAGS])
])
