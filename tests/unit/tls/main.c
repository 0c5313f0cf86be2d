/* SPDX-License-Identifier: MIT */
#include "tests/unit/runner.h"

Suite *test_aead_suite(void);
Suite *test_cert_file_suite(void);
Suite *test_context_suite(void);
Suite *test_control_suite(void);
Suite *test_fault_suite(void);
Suite *test_handshake_suite(void);
Suite *test_handshake_failure_suite(void);
Suite *test_hash_suite(void);
Suite *test_hkdf_suite(void);
Suite *test_ktls_suite(void);
Suite *test_ktls_conn_suite(void);
Suite *test_ktls_error_suite(void);
Suite *test_ktls_probe_suite(void);
Suite *test_make_cert_suite(void);
Suite *test_meta_cert_suite(void);
Suite *test_openssl_suite(void);
Suite *test_pem_suite(void);
Suite *test_provider_suite(void);
Suite *test_provider_default_suite(void);
Suite *test_provider_kdf_suite(void);
Suite *test_provider_mac_suite(void);
Suite *test_provider_rand_suite(void);
Suite *test_provider_x25519_suite(void);
Suite *test_random_suite(void);
Suite *test_record_suite(void);
Suite *test_record_inside_suite(void);
Suite *test_secrets_suite(void);
Suite *test_suite_suite(void);
Suite *test_ticket_suite(void);
Suite *test_ticket_message_suite(void);
Suite *test_ticket_session_suite(void);

int main(void)
{
	runner_suite_fn *const suites[] = {
		test_suite_suite,
		test_hash_suite,
		test_hkdf_suite,
		test_random_suite,
		test_secrets_suite,
		test_provider_suite,
		test_provider_default_suite,
		test_provider_rand_suite,
		test_provider_x25519_suite,
		test_provider_kdf_suite,
		test_provider_mac_suite,
		test_control_suite,
		test_aead_suite,
		test_record_suite,
		test_record_inside_suite,
		test_fault_suite,
		test_pem_suite,
		test_meta_cert_suite,
		test_ticket_session_suite,
		test_ticket_message_suite,
		test_ticket_suite,
		test_context_suite,
		test_handshake_suite,
		test_handshake_failure_suite,
		test_openssl_suite,
		test_ktls_suite,
		test_ktls_conn_suite,
		test_ktls_error_suite,
		test_ktls_probe_suite,
		test_make_cert_suite,
		test_cert_file_suite,
	};

	return runner_main(suites, sizeof(suites) / sizeof(suites[0]));
}
