// SPDX-License-Identifier: MIT

package interop

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tailscale.com/derp/derphttp"
	"tailscale.com/net/netmon"
	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
)

// printMap returns the map that the daemon prints with these arguments, taken
// apart as strictly as Go can.
func printMap(t *testing.T, args ...string) *tailcfg.DERPMap {
	t.Helper()
	cmd := exec.Command(program(), append(args, "--print-derp-map=tailscale")...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	d := json.NewDecoder(out)
	d.DisallowUnknownFields()
	var policy struct {
		DERPMap *tailcfg.DERPMap `json:"derpMap"`
	}
	must(t, d.Decode(&policy))
	must(t, cmd.Wait())
	if policy.DERPMap == nil {
		t.Fatal("no derpMap")
	}
	return policy.DERPMap
}

// The type that clients and control servers read takes what is printed, and
// holds what was meant.
func TestMapIsTailscales(t *testing.T) {
	certs := filepath.Join(os.Getenv("HD_SRCDIR"), "tests/golden/derp-map")
	m := printMap(t, "--port", "8443", "--tls-cert", filepath.Join(certs, "self-signed.crt"), "--tls-key", "absent")
	region := m.Regions[900]
	if region == nil || len(m.Regions) != 1 || region.RegionID != 900 || len(region.Nodes) != 1 {
		t.Fatalf("regions: %+v", m.Regions)
	}
	node := region.Nodes[0]
	want := tailcfg.DERPNode{
		Name: "900a", RegionID: 900, HostName: "2001:db8::7", IPv4: "none", IPv6: "2001:db8::7",
		DERPPort: 8443, STUNPort: -1, CertName: node.CertName,
	}
	if *node != want {
		t.Fatalf("%+v, not %+v", *node, want)
	}
}

// A client that has nothing but the printed map reaches the relay over TLS and
// trusts its own certificate by the pin.
func TestMapLeadsToTheRelay(t *testing.T) {
	tls := pairForLoopback(t)
	r := startRelayWith(t, nil, tls...) // its own TLS, whatever the environment says
	_, port, _ := net.SplitHostPort(r.addr)
	region := printMap(t, append(tls, "--port", port)...).Regions[900]
	c := derphttp.NewRegionClient(key.NewNode(), t.Logf, netmon.NewStatic(), func() *tailcfg.DERPRegion { return region })
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	must(t, c.Connect(ctx))
	// A certificate that the map does not name is refused.
	region.Nodes[0].CertName = "sha256-raw:" + strings.Repeat("0", 64)
	other := derphttp.NewRegionClient(key.NewNode(), t.Logf, netmon.NewStatic(), func() *tailcfg.DERPRegion { return region })
	defer other.Close()
	if err := other.Connect(ctx); err == nil {
		t.Error("connected against the pin")
	}
}
