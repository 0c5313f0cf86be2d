// SPDX-License-Identifier: MIT

package interop

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"tailscale.com/derp"
	"tailscale.com/types/key"
)

func TestPing(t *testing.T) {
	forWorkers(t, func(t *testing.T, workers string) {
		c := connect(t, startRelay(t, "--workers", workers), key.NewNode(), nil)
		for range 100 {
			c.sync()
		}
	})
}

func TestServerKey(t *testing.T) {
	r := startRelay(t)
	c := connect(t, r, key.NewNode(), nil)
	if k := c.ServerPublicKey().String(); !strings.Contains(r.logText(), k) {
		t.Errorf("client learned %s, the log does not tell it:\n%s", k, r.logText())
	}
}

func TestKeepAlive(t *testing.T) {
	c := connect(t, startRelay(t, "--keepalive-s", "1"), key.NewNode(), nil)
	if m, ok := (<-c.msgs).(derp.KeepAliveMessage); !ok {
		t.Errorf("got %T instead of a KeepAlive", m)
	}
}

func TestServerInfoTellsTheRate(t *testing.T) {
	r := startRelay(t, "--client-rate", "5000000", "--client-burst", "1000000")
	c := newClient(t, r, key.NewNode())
	m, err := c.Recv()
	must(t, err)
	want := derp.ServerInfoMessage{TokenBucketBytesPerSecond: 5000000, TokenBucketBytesBurst: 1000000}
	if m != want {
		t.Errorf("got %+v, expected %+v", m, want)
	}
}

// The packages below derphttp, and what it does over TLS: no HTTP response, the
// server's key known beforehand.
func TestFastStart(t *testing.T) {
	r := startRelay(t)
	known := connect(t, r, key.NewNode(), nil).ServerPublicKey()
	conn := r.dial()
	defer conn.Close()
	brw := bufio.NewReadWriter(bufio.NewReader(conn), bufio.NewWriter(conn))
	req, err := http.NewRequest("GET", r.url("/derp"), nil)
	must(t, err)
	req.Header.Set("Upgrade", "DERP")
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set(derp.FastStartHeader, "1")
	must(t, req.Write(brw))
	private := key.NewNode()
	c, err := derp.NewClient(private, conn, brw, t.Logf, derp.ServerPublicKey(known))
	must(t, err)
	must(t, c.NotePreferred(true))
	must(t, c.Send(private.Public(), []byte("to myself")))
	for {
		m, err := c.Recv()
		must(t, err)
		if p, ok := m.(derp.ReceivedPacket); ok {
			if string(p.Data) != "to myself" || p.Source != private.Public() {
				t.Errorf("got %q from %v", p.Data, p.Source)
			}
			return
		}
	}
}

func TestPeerGone(t *testing.T) {
	forWorkers(t, func(t *testing.T, workers string) {
		r := startRelay(t, "--workers", workers)
		a, b := connect(t, r, key.NewNode(), nil), connect(t, r, key.NewNode(), nil)
		must(t, a.Send(b.key, []byte("hello")))
		b.expectPacket(a.key, "hello")
		a.Close()
		if got, want := expect[derp.PeerGoneMessage](b), (derp.PeerGoneMessage{
			Peer: a.key, Reason: derp.PeerGoneReasonDisconnected,
		}); got != want {
			t.Errorf("got %+v, expected %+v", got, want)
		}
		b.sync()
		disco := append([]byte("TS💬"), make([]byte, 56)...)
		must(t, b.Send(a.key, disco))
		if got, want := expect[derp.PeerGoneMessage](b), (derp.PeerGoneMessage{
			Peer: a.key, Reason: derp.PeerGoneReasonNotHere,
		}); got != want {
			t.Errorf("got %+v, expected %+v", got, want)
		}
	})
}

func TestDuplicates(t *testing.T) {
	forWorkers(t, func(t *testing.T, workers string) {
		r := startRelay(t, "--workers", workers)
		private := key.NewNode()
		first, peer := connect(t, r, private, nil), connect(t, r, key.NewNode(), nil)
		second := connect(t, r, private, nil)
		for n := range 3 {
			first.sync()
			must(t, peer.Send(first.key, fmt.Append(nil, "first ", n)))
			first.expectPacket(peer.key, fmt.Sprint("first ", n))
			second.sync()
			must(t, peer.Send(first.key, fmt.Append(nil, "second ", n)))
			second.expectPacket(peer.key, fmt.Sprint("second ", n))
		}
		second.Close()
		r.awaitMetric("peers_active", "2")
		must(t, peer.Send(first.key, []byte("who is left")))
		first.expectPacket(peer.key, "who is left")
	})
}

func TestNotePreferred(t *testing.T) {
	r := startRelay(t)
	c := connect(t, r, key.NewNode(), nil)
	c.NotePreferred(true)
	r.awaitMetric("peers_home", "1")
	c.NotePreferred(false)
	r.awaitMetric("peers_home", "0")
}

// A client that says so before it connects pipelines it behind its login.
func TestNotePreferredWithTheLogin(t *testing.T) {
	r := startRelay(t)
	for range 50 {
		c := newClient(t, r, key.NewNode())
		c.NotePreferred(true)
		must(t, c.Connect(context.Background()))
		r.awaitMetric("peers_home", "1")
		c.Close()
		r.awaitMetric("peers_home", "0")
	}
}

// The relay goes away and comes back at the same place: clients are told, log
// in again by themselves, and find the same relay.
func TestRestart(t *testing.T) {
	r := startRelay(t)
	a, b := connect(t, r, key.NewNode(), nil), connect(t, r, key.NewNode(), nil)
	before := a.ServerPublicKey()
	must(t, a.Send(b.key, []byte("before")))
	b.expectPacket(a.key, "before")
	r.stop()
	for _, c := range []*client{a, b} {
		m := expect[derp.ServerRestartingMessage](c)
		if m.TryFor <= 0 || m.ReconnectIn > m.TryFor {
			t.Errorf("told to come back in %v and to try for %v", m.ReconnectIn, m.TryFor)
		}
		<-c.errs // the end of the connection, before which nothing else came but PeerGone
	}
	r.start()
	for _, c := range []*client{a, b} {
		for {
			if _, ok := c.next().(derp.ServerInfoMessage); ok {
				break
			}
		}
		if after := c.ServerPublicKey(); after != before {
			t.Errorf("the relay was %v and is %v", before, after)
		}
	}
	must(t, a.Send(b.key, []byte("after")))
	b.expectPacket(a.key, "after")
}

// --- HTTP --------------------------------------------------------------------

func TestProbes(t *testing.T) {
	r := startRelay(t)
	for _, path := range []string{"/derp/probe", "/derp/latency-check"} {
		for method, want := range map[string]int{"GET": 200, "HEAD": 200, "POST": 405} {
			req, err := http.NewRequest(method, r.url(path), nil)
			must(t, err)
			res, err := r.http.Do(req)
			must(t, err)
			res.Body.Close()
			if res.StatusCode != want {
				t.Errorf("%s %s: %s, expected %d", method, path, res.Status, want)
			}
			if want == 200 && res.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s %s: no Access-Control-Allow-Origin", method, path)
			}
		}
	}
}

// What captive portal detection does.
func TestGenerate204(t *testing.T) {
	r := startRelay(t)
	req, err := http.NewRequest("GET", r.url("/generate_204"), nil)
	must(t, err)
	req.Header.Set("X-Tailscale-Challenge", "ts_relay.invalid")
	res, err := r.http.Do(req)
	must(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(t, err)
	if res.StatusCode != 204 || len(body) != 0 {
		t.Errorf("%s with %q", res.Status, body)
	}
	if got := res.Header.Get("X-Tailscale-Response"); got != "response ts_relay.invalid" {
		t.Errorf("challenge answered by %q", got)
	}
}

// Go's HTTP client keeps connections and sends the next request on the same one.
func TestPagesOnOneConnection(t *testing.T) {
	r := startRelay(t)
	for range 10 {
		res, err := r.http.Get(r.url("/"))
		must(t, err)
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			t.Error(err)
		}
		res.Body.Close()
		if res.StatusCode != 200 {
			t.Error(res.Status)
		}
	}
}

func TestNoUpgrade(t *testing.T) {
	r := startRelay(t)
	res, err := r.http.Get(r.url("/derp"))
	must(t, err)
	res.Body.Close()
	if res.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("%s instead of 426", res.Status)
	}
}
