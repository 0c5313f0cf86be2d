// SPDX-License-Identifier: MIT

package interop

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tailscale.com/derp"
	"tailscale.com/derp/derphttp"
	"tailscale.com/net/netmon"
	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
)

// certificate is a pair that hyper-derp --make-cert has made for localhost.
type certificate struct {
	cert, key, pin string
	config         *tls.Config // of a client that trusts it
}

// wantedTLS is the version that HD_INTEROP_TLS asks of every relay, 0 for plain.
func wantedTLS() uint16 {
	switch v := os.Getenv("HD_INTEROP_TLS"); v {
	case "":
		return 0
	case "1.2":
		return tls.VersionTLS12
	case "1.3":
		return tls.VersionTLS13
	default:
		panic("HD_INTEROP_TLS=" + v)
	}
}

var pinPattern = regexp.MustCompile(`CertName +(sha256-raw:[0-9a-f]{64})\n`)

// makeCertificate has the relay make one, for clients of that version at most.
func makeCertificate(t testing.TB, version uint16) *certificate {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(program(), "--make-cert", "localhost")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("--make-cert: %v\n%s", err, out)
	}
	pin := pinPattern.FindSubmatch(out)
	if pin == nil {
		t.Fatalf("--make-cert prints no pin:\n%s", out)
	}
	c := &certificate{
		cert: filepath.Join(dir, "localhost.crt"),
		key:  filepath.Join(dir, "localhost.key"),
		pin:  string(pin[1]),
	}
	pem, err := os.ReadFile(c.cert)
	must(t, err)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate in " + c.cert)
	}
	c.config = &tls.Config{RootCAs: roots, MaxVersion: version}
	return c
}

// pairForLoopback has the relay make a pair for 127.0.0.1, and returns the arguments
// that serve with it: for those that learn of it from the printed map alone.
func pairForLoopback(t testing.TB) []string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(program(), "--make-cert", "127.0.0.1")
	cmd.Dir = dir
	must(t, cmd.Run())
	return []string{"--tls-cert", filepath.Join(dir, "127.0.0.1.crt"), "--tls-key", filepath.Join(dir, "127.0.0.1.key")}
}

// startTLSRelay starts a relay that speaks TLS whatever the environment says.
func startTLSRelay(t testing.TB) *relay {
	t.Helper()
	return startRelayWith(t, makeCertificate(t, tls.VersionTLS13))
}

func withTLS(change func(*tls.Config)) option {
	return func(c *derphttp.Client) {
		config := c.TLSConfig.Clone()
		change(config)
		c.TLSConfig = config
	}
}

// onlyTLS12 restricts a client to 1.2 and, if any are named, to those suites.
func onlyTLS12(suites ...uint16) option {
	return withTLS(func(c *tls.Config) {
		c.MaxVersion = tls.VersionTLS12
		c.CipherSuites = suites
	})
}

func (c *client) connectionState() tls.ConnectionState {
	c.t.Helper()
	state, ok := c.TLSConnectionState()
	if !ok {
		c.t.Fatal("the client has no TLS connection")
	}
	return *state
}

// exchange sends packets around the sizes of records both ways.
func exchange(t *testing.T, a, b *client) {
	t.Helper()
	for _, size := range []int{0, 1, 1400, 16343, 16384, 16385, 65536} {
		data := content[size : 2*size]
		must(t, a.Send(b.key, data))
		b.expectPacket(a.key, string(data))
		must(t, b.Send(a.key, data))
		a.expectPacket(b.key, string(data))
	}
}

// Over TLS 1.3 the client learns the relay's key from the meta certificate and
// does not wait for the HTTP response; over TLS 1.2 there is none.
func TestTLSFastStart(t *testing.T) {
	r := startTLSRelay(t)
	a := connect(t, r, key.NewNode(), nil)
	if v := a.connectionState().Version; v != tls.VersionTLS13 {
		t.Errorf("version %x", v)
	}
	r.awaitMetric("fast_starts_total", "1")
	b := connect(t, r, key.NewNode(), nil, onlyTLS12())
	if v := b.connectionState().Version; v != tls.VersionTLS12 {
		t.Errorf("version %x", v)
	}
	exchange(t, a, b)
	r.awaitMetric("fast_starts_total", "1")
	r.awaitMetric(`logins_total{result="ok"}`, "2")
	if a.ServerPublicKey() != b.ServerPublicKey() {
		t.Errorf("the certificate says %v, the login %v", a.ServerPublicKey(), b.ServerPublicKey())
	}
}

// TLS 1.3 by a client that does not look at the meta certificate.
func TestTLSWithoutFastStart(t *testing.T) {
	r := startTLSRelay(t)
	conn := r.dial()
	defer conn.Close()
	brw := bufio.NewReadWriter(bufio.NewReader(conn), bufio.NewWriter(conn))
	req, err := http.NewRequest("GET", r.url("/derp"), nil)
	must(t, err)
	req.Header.Set("Upgrade", "DERP")
	req.Header.Set("Connection", "Upgrade")
	must(t, req.Write(brw))
	must(t, brw.Flush())
	res, err := http.ReadResponse(brw.Reader, req)
	must(t, err)
	if res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(res.Status)
	}
	c, err := derp.NewClient(key.NewNode(), conn, brw, t.Logf)
	must(t, err)
	m, err := c.Recv()
	must(t, err)
	if _, ok := m.(derp.ServerInfoMessage); !ok {
		t.Errorf("got %T instead of a ServerInfo", m)
	}
	r.awaitMetric("fast_starts_total", "0")
}

func TestTLS12Suites(t *testing.T) {
	r := startTLSRelay(t)
	for _, suite := range []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	} {
		t.Run(tls.CipherSuiteName(suite), func(t *testing.T) {
			a := connect(t, r, key.NewNode(), nil, onlyTLS12(suite))
			b := connect(t, r, key.NewNode(), nil, onlyTLS12(suite))
			if got := a.connectionState().CipherSuite; got != suite {
				t.Errorf("got %s", tls.CipherSuiteName(got))
			}
			exchange(t, a, b)
		})
	}
}

// Go has no switch for the suites of TLS 1.3. Where it is told that the
// processor has no AES (GODEBUG) it prefers ChaCha20, as phones do.
func TestTLS13Suite(t *testing.T) {
	r := startTLSRelay(t)
	a, b := connect(t, r, key.NewNode(), nil), connect(t, r, key.NewNode(), nil)
	got, chacha := a.connectionState().CipherSuite, uint16(tls.TLS_CHACHA20_POLY1305_SHA256)
	if strings.Contains(os.Getenv("GODEBUG"), "cpu.aes=off") && got != chacha {
		t.Errorf("a client without AES got %s", tls.CipherSuiteName(got))
	}
	t.Log(tls.CipherSuiteName(got))
	exchange(t, a, b)
}

func TestTLS11IsRefused(t *testing.T) {
	r := startTLSRelay(t)
	c := newClient(t, r, key.NewNode(), withTLS(func(c *tls.Config) {
		c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	}))
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	if err := c.Connect(ctx); err == nil {
		t.Error("a client of TLS 1.1 logged in")
	}
	r.awaitMetric(`logins_total{result="tls_version"}`, "1")
}

// regionOf is what a DERP map says of a relay that is known by its pin.
func regionOf(r *relay, pin string) *tailcfg.DERPRegion {
	host, port, _ := net.SplitHostPort(r.addr)
	number, _ := strconv.Atoi(port)
	return &tailcfg.DERPRegion{
		RegionID: 900, RegionCode: "test",
		Nodes: []*tailcfg.DERPNode{{
			Name: "900a", RegionID: 900, HostName: "localhost", IPv4: host, IPv6: "none", DERPPort: number,
			STUNPort: -1, CertName: pin,
		}},
	}
}

func connectPinned(t *testing.T, r *relay, pin string) error {
	c := derphttp.NewRegionClient(key.NewNode(), t.Logf, netmon.NewStatic(), func() *tailcfg.DERPRegion {
		return regionOf(r, pin)
	})
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	return c.Connect(ctx)
}

func TestTLSPin(t *testing.T) {
	r := startTLSRelay(t)
	must(t, connectPinned(t, r, r.cert.pin))
	if connectPinned(t, r, "sha256-raw:"+strings.Repeat("0", 64)) == nil {
		t.Error("a wrong pin is taken")
	}
	r.awaitMetric(`logins_total{result="tls_refused"}`, "1")
}
