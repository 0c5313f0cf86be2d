// SPDX-License-Identifier: MIT

//go:build nodes

package interop

import (
	"bytes"
	"context"
	"io"
	"math/rand"
	"net"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"tailscale.com/client/local"
	"tailscale.com/envknob"
	"tailscale.com/ipn/store/mem"
	"tailscale.com/net/netns"
	"tailscale.com/tailcfg"
	"tailscale.com/tsnet"
	"tailscale.com/tstest/integration/testcontrol"
	"tailscale.com/types/logger"
)

// nodeWait is for a whole node, which does much more than its client of DERP.
const nodeWait = 10 * time.Minute

// node is one whole Tailscale node in this process.
type node struct {
	*tsnet.Server
	t    *testing.T
	addr netip.Addr // within the tailnet
	api  *local.Client
}

// startControl starts a control server that tells the nodes of this map.
func startControl(t *testing.T, derpMap *tailcfg.DERPMap) (url string) {
	t.Helper()
	netns.SetEnabled(false)
	t.Cleanup(func() { netns.SetEnabled(true) })
	envknob.Setenv("TS_DEBUG_NEVER_DIRECT_UDP", "true")
	t.Cleanup(func() { envknob.Setenv("TS_DEBUG_NEVER_DIRECT_UDP", "") })
	envknob.SetNoLogsNoSupport() // nothing to Tailscale's own servers
	control := &testcontrol.Server{DERPMap: derpMap, Logf: logger.Discard, AllOnline: true}
	control.HTTPTestServer = httptest.NewServer(control)
	t.Cleanup(control.HTTPTestServer.Close)
	return control.HTTPTestServer.URL
}

func startNode(ctx context.Context, t *testing.T, control, name string) *node {
	t.Helper()
	n := &node{t: t, Server: &tsnet.Server{
		Dir: t.TempDir(), ControlURL: control, Hostname: name, Store: new(mem.Store), Ephemeral: true,
		UserLogf: logger.Discard, Logf: logger.Discard,
	}}
	t.Cleanup(func() { n.Close() })
	status, err := n.Up(ctx)
	must(t, err)
	n.addr = status.TailscaleIPs[0]
	n.api, err = n.LocalClient()
	must(t, err)
	return n
}

// echo answers each connection with what it says.
func (n *node) echo(port string) {
	n.t.Helper()
	l, err := n.Listen("tcp", ":"+port)
	must(n.t, err)
	n.t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(conn, conn)
				conn.Close()
			}()
		}
	}()
}

// ask sends that many bytes to the echo of another node and compares the answer.
func (n *node) ask(ctx context.Context, to *node, port string, size int) {
	n.t.Helper()
	said, heard := make([]byte, size), make([]byte, size)
	rand.New(rand.NewSource(int64(size))).Read(said)
	conn, err := n.Dial(ctx, "tcp", net.JoinHostPort(to.addr.String(), port))
	must(n.t, err)
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	must(n.t, conn.SetDeadline(deadline))
	go conn.Write(said)
	_, err = io.ReadFull(conn, heard)
	must(n.t, err)
	if !bytes.Equal(said, heard) {
		n.t.Error("the answer is not what was said")
	}
}

// expectRelayed: both have the region as their home, and reach each other by it alone.
func (n *node) expectRelayed(ctx context.Context, to *node, region *tailcfg.DERPRegion) {
	n.t.Helper()
	status, err := n.api.Status(ctx)
	must(n.t, err)
	if status.Self.Relay != region.RegionCode {
		n.t.Errorf("home is %q, not %q", status.Self.Relay, region.RegionCode)
	}
	for _, peer := range status.Peer {
		if peer.TailscaleIPs[0] == to.addr && (peer.CurAddr != "" || peer.Relay != region.RegionCode) {
			n.t.Errorf("the peer is reached at %q and has its home at %q", peer.CurAddr, peer.Relay)
		}
	}
	pong, err := n.api.Ping(ctx, to.addr, tailcfg.PingDisco)
	must(n.t, err)
	if pong.Err != "" || pong.Endpoint != "" || pong.DERPRegionID != region.RegionID {
		n.t.Errorf("ping: %+v", pong)
	}
}

// Two nodes, as people run them, that know a control server and, from it, the map
// that the relay prints: they find their home, exchange much, and do so again when
// the relay has been away.
func TestNodes(t *testing.T) {
	tls := pairForLoopback(t)
	r := startRelayWith(t, nil, append(tls, "--workers", "2")...)
	_, port, _ := net.SplitHostPort(r.addr)
	derpMap := printMap(t, append(tls, "--port", port)...)
	region := derpMap.Regions[900]
	ctx, cancel := context.WithTimeout(context.Background(), nodeWait)
	defer cancel()
	control := startControl(t, derpMap)
	a, b := startNode(ctx, t, control, "a"), startNode(ctx, t, control, "b")
	b.echo("7")
	r.awaitMetric("peers_home", "2")
	const size = 4 << 20
	a.ask(ctx, b, "7", size)
	a.expectRelayed(ctx, b, region)
	b.expectRelayed(ctx, a, region)
	if n, err := strconv.ParseFloat(r.metric("send_bytes_total"), 64); err != nil || n < 2*size {
		t.Errorf("%v bytes sent, of %d both ways; %v", n, size, err)
	}
	r.stop()
	r.start()
	r.awaitMetric("peers_home", "2")
	a.ask(ctx, b, "7", size)
	a.expectRelayed(ctx, b, region)
}
