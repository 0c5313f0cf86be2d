// SPDX-License-Identifier: MIT

package interop

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tailscale.com/derp/derphttp"
	"tailscale.com/net/netmon"
	"tailscale.com/types/key"
)

const stormParallel = 64

// stormCPU is the CPU time of all threads of a process, in nanoseconds.
func stormCPU(b *testing.B, pid string) (sum int64) {
	b.Helper()
	files, err := filepath.Glob("/proc/" + pid + "/task/*/schedstat")
	must(b, err)
	if len(files) == 0 {
		b.Fatal("no process " + pid)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		must(b, err)
		ns, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
		must(b, err)
		sum += ns
	}
	return sum
}

// BenchmarkStorm logs in over TLS with Tailscale's client, as it comes: into the
// relay, any relay, at HD_STORM_ADDR (numeric), whose process is HD_STORM_PID and
// whose certificate, for that address, is in HD_STORM_CERT.
func BenchmarkStorm(b *testing.B) {
	addr, pid, cert := os.Getenv("HD_STORM_ADDR"), os.Getenv("HD_STORM_PID"), os.Getenv("HD_STORM_CERT")
	if addr == "" || pid == "" || cert == "" {
		b.Skip("for measuring: wants HD_STORM_ADDR, HD_STORM_PID and HD_STORM_CERT")
	}
	pem, err := os.ReadFile(cert)
	must(b, err)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		b.Fatal("no certificate in " + cert)
	}
	netMon := netmon.NewStatic()
	keys := make([]key.NodePrivate, b.N)
	for i := range keys {
		keys[i] = key.NewNode()
	}
	var work sync.WaitGroup
	next := make(chan key.NodePrivate, stormParallel)
	for range stormParallel {
		work.Go(func() {
			for k := range next {
				c, err := derphttp.NewClient(k, "https://"+addr+"/derp", b.Logf, netMon)
				if err != nil {
					b.Error(err)
					continue
				}
				c.TLSConfig = &tls.Config{RootCAs: roots}
				c.SetURLDialer(func(ctx context.Context, network, _ string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, network, addr)
				})
				if err := c.Connect(context.Background()); err != nil {
					b.Error(err)
				}
				c.Close()
			}
		})
	}
	before := stormCPU(b, pid)
	b.ResetTimer()
	for _, k := range keys {
		next <- k
	}
	close(next)
	work.Wait()
	b.StopTimer()
	us := float64(stormCPU(b, pid)-before) / 1e3 / float64(b.N)
	b.ReportMetric(us, "relay-us/login")
	b.ReportMetric(1e6/us, "logins/relay-cpu-s")
}
