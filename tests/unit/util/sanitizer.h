/* SPDX-License-Identifier: MIT
 * Is this a build with AddressSanitizer or ThreadSanitizer? Their allocators
 * end the process where malloc(3) would return NULL. */
#ifndef HD_TESTS_UNIT_UTIL_SANITIZER_H
#define HD_TESTS_UNIT_UTIL_SANITIZER_H

#if defined(__has_feature)
#define SANITIZER_FEATURE(name) __has_feature(name)
#else
#define SANITIZER_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || SANITIZER_FEATURE(address_sanitizer)
#define SANITIZER_ADDRESS 1
#else
#define SANITIZER_ADDRESS 0
#endif

#if defined(__SANITIZE_THREAD__) || SANITIZER_FEATURE(thread_sanitizer)
#define SANITIZER_THREAD 1
#else
#define SANITIZER_THREAD 0
#endif

#endif
