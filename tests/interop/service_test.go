// SPDX-License-Identifier: MIT

package interop

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"testing"

	"tailscale.com/types/key"
)

// A relay that runs already, as a service over TLS: HD_SERVICE is its address,
// HD_SERVICE_CERT the file of its certificate.
func TestService(t *testing.T) {
	addr := os.Getenv("HD_SERVICE")
	if addr == "" {
		t.Skip("HD_SERVICE names no relay")
	}
	pem, err := os.ReadFile(os.Getenv("HD_SERVICE_CERT"))
	must(t, err)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate in HD_SERVICE_CERT")
	}
	r := &relay{t: t, addr: addr, cert: &certificate{config: &tls.Config{RootCAs: roots}}}
	a := connect(t, r, key.NewNode(), nil)
	b := connect(t, r, key.NewNode(), nil)
	exchange(t, a, b)
}
