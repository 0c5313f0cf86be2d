# HD_COMPILER_FLAGS
# Language level, warnings and hardening. Each flag is tried first, with
# warnings as errors, so that an older or another compiler (or processor)
# builds with what it knows. --enable-werror makes warnings errors: the test
# scripts use it, a user's build does not.

# HD_TRY_CFLAGS(variable, flags): appends those flags that the compiler takes.
AC_DEFUN([HD_TRY_CFLAGS], [
  for hd_flag in m4_normalize([$2]); do
    AC_MSG_CHECKING([whether $CC accepts $hd_flag])
    hd_save_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $hd_flag"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[]], [[]])],
      [AC_MSG_RESULT([yes]); AS_VAR_APPEND([$1], [" $hd_flag"])], [AC_MSG_RESULT([no])])
    CFLAGS=$hd_save_CFLAGS
  done
])

# HD_TRY_LDFLAGS(variable, flags): the same for linking, with the compiler
# flags that were found.
AC_DEFUN([HD_TRY_LDFLAGS], [
  for hd_flag in m4_normalize([$2]); do
    AC_MSG_CHECKING([whether the linker accepts $hd_flag])
    hd_save_CFLAGS=$CFLAGS hd_save_LDFLAGS=$LDFLAGS
    CFLAGS="$CFLAGS $HD_CFLAGS" LDFLAGS="$LDFLAGS -Werror $hd_flag"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[]], [[]])],
      [AC_MSG_RESULT([yes]); AS_VAR_APPEND([$1], [" $hd_flag"])], [AC_MSG_RESULT([no])])
    CFLAGS=$hd_save_CFLAGS LDFLAGS=$hd_save_LDFLAGS
  done
])

# HD_FORTIFY: _FORTIFY_SOURCE at the highest level that compiler and libc take
# without a warning. It needs optimisation and gets in a sanitizer's way.
AC_DEFUN([HD_FORTIFY], [
  hd_fortify=no
  AS_CASE([" $CFLAGS "], [*" -O0 "*|*-fsanitize*|*_FORTIFY_SOURCE*], [], [*" -O"*], [hd_fortify=try])
  AS_CASE([" $enable_asan $enable_ubsan $enable_tsan "], [*" yes "*], [hd_fortify=no])
  AS_IF([test "x$hd_fortify" = xtry], [
    hd_fortify=no
    for hd_level in 3 2; do
      hd_save_CPPFLAGS=$CPPFLAGS hd_save_CFLAGS=$CFLAGS
      CPPFLAGS="$CPPFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$hd_level" CFLAGS="$CFLAGS -Werror"
      AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <string.h>
        #if __USE_FORTIFY_LEVEL < _FORTIFY_SOURCE
        #error not at this level
        #endif]],
        [[char b[8]; memset(b, 0, sizeof(b)); return b[0];]])], [hd_fortify=$hd_level])
      CPPFLAGS=$hd_save_CPPFLAGS CFLAGS=$hd_save_CFLAGS
      AS_IF([test "x$hd_fortify" != xno], [break])
    done
  ])
  AC_MSG_CHECKING([for the level of _FORTIFY_SOURCE])
  AC_MSG_RESULT([$hd_fortify])
  AS_IF([test "x$hd_fortify" != xno],
    [AS_VAR_APPEND([HD_CPPFLAGS], [" -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$hd_fortify"])])
])

AC_DEFUN([HD_COMPILER_FLAGS], [
  AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [make compiler warnings errors])])
  AC_ARG_ENABLE([hardening], [AS_HELP_STRING([--disable-hardening], [leave out hardening flags])],
    [], [enable_hardening=yes])
  # Empty value: the same as a plain "#define _GNU_SOURCE", which then is no
  # redefinition.
  HD_CPPFLAGS="-D_GNU_SOURCE="
  HD_CFLAGS= HD_LDFLAGS=
  HD_TRY_CFLAGS([HD_CFLAGS], [-std=gnu17 -pthread -fno-common -Wall -Wextra -Wshadow -Wstrict-prototypes
    -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2
    -Wimplicit-fallthrough -Wcast-align -Wnull-dereference])
  AS_IF([test "x$enable_hardening" = xyes], [
    # Level 2: liburing's and the kernel's headers end structs in array[0].
    HD_TRY_CFLAGS([HD_CFLAGS], [-fstack-protector-strong -fstack-clash-protection -fcf-protection
      -mbranch-protection=standard -fstrict-flex-arrays=2 -fPIE])
    HD_TRY_LDFLAGS([HD_LDFLAGS], [-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code])
    HD_FORTIFY
  ])
  HD_TRY_LDFLAGS([HD_LDFLAGS], [-pthread -Wl,--as-needed])
  AS_IF([test "x$enable_werror" = xyes], [AS_VAR_APPEND([HD_CFLAGS], [" -Werror"])])
  AC_SUBST([HD_CFLAGS])
  AC_SUBST([HD_LDFLAGS])
  AC_SUBST([HD_CPPFLAGS])
])
