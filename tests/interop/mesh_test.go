// SPDX-License-Identifier: MIT

package interop

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"tailscale.com/derp"
	"tailscale.com/derp/derphttp"
	"tailscale.com/types/key"
)

func asProber(c *derphttp.Client) { c.IsProber = true }

// change is what a watch loop was told.
type change struct {
	present bool
	key     key.NodePublic
	flags   derp.PeerPresentFlags
	addr    netip.AddrPort
	reason  derp.PeerGoneReasonType
}

// watch runs the loop that a derper runs for each relay of its region.
func watch(t *testing.T, r *relay, ignore key.NodePublic) (changes <-chan change, ended <-chan bool) {
	t.Helper()
	c := newClient(t, r, key.NewNode(), withMeshKey(t))
	ch, done := make(chan change, 1000), make(chan bool)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() {
		cancel()
		c.Close()
		<-done
	})
	add := func(m derp.PeerPresentMessage) {
		ch <- change{present: true, key: m.Key, flags: m.Flags, addr: m.IPPort}
	}
	remove := func(m derp.PeerGoneMessage) { ch <- change{key: m.Peer, reason: m.Reason} }
	c.WatchConnectionChanges = true
	go func() {
		defer close(done)
		c.RunWatchConnectionLoop(ctx, ignore, t.Logf, add, remove, func(error) {})
	}()
	return ch, done
}

// about is the next change that concerns a key.
func about(t *testing.T, changes <-chan change, k key.NodePublic) change {
	t.Helper()
	timeout := time.After(wait)
	for {
		select {
		case c := <-changes:
			if c.key == k {
				return c
			}
		case <-timeout:
			t.Fatalf("the watcher was told nothing of %v", k)
		}
	}
}

func TestWatch(t *testing.T) {
	forWorkers(t, func(t *testing.T, workers string) {
		r := startRelay(t, "--workers", workers)
		there := connect(t, r, key.NewNode(), nil)
		changes, _ := watch(t, r, key.NewNode().Public())
		c := about(t, changes, there.key)
		local, err := there.LocalAddr()
		must(t, err)
		if !c.present || c.flags != derp.PeerPresentIsRegular || c.addr != local {
			t.Errorf("told %+v of a client at %v", c, local)
		}
		prober := connect(t, r, key.NewNode(), nil, asProber)
		if c := about(t, changes, prober.key); !c.present || c.flags != derp.PeerPresentIsProber {
			t.Errorf("told %+v of a prober", c)
		}
		mesh := connect(t, r, key.NewNode(), nil, withMeshKey(t))
		if c := about(t, changes, mesh.key); !c.present || c.flags != derp.PeerPresentIsMeshPeer {
			t.Errorf("told %+v of a mesh peer", c)
		}
		there.Close()
		if c := about(t, changes, there.key); c.present || c.reason != derp.PeerGoneReasonDisconnected {
			t.Errorf("told %+v of a client that left", c)
		}
	})
}

// A relay that is told to mesh with itself finds out by the key.
func TestWatchSelf(t *testing.T) {
	r := startRelay(t)
	self := connect(t, r, key.NewNode(), nil).ServerPublicKey()
	_, ended := watch(t, r, self)
	select {
	case <-ended:
	case <-time.After(wait):
		t.Fatal("the loop did not end")
	}
}

// A watcher survives a restart of the relay and sees who is there then.
func TestWatchAcrossRestart(t *testing.T) {
	r := startRelay(t)
	a := connect(t, r, key.NewNode(), nil)
	changes, _ := watch(t, r, key.NewNode().Public())
	if c := about(t, changes, a.key); !c.present {
		t.Fatalf("told %+v", c)
	}
	r.stop()
	r.start()
	for {
		// Gone by the stop or by the broken connection; then here again.
		if c := about(t, changes, a.key); c.present {
			break
		}
	}
}

func TestClosePeer(t *testing.T) {
	forWorkers(t, func(t *testing.T, workers string) {
		r := startRelay(t, "--workers", workers)
		mesh := connect(t, r, key.NewNode(), nil, withMeshKey(t))
		victim := connect(t, r, key.NewNode(), nil)
		must(t, mesh.ClosePeer(victim.key))
		// derp.Client does not flush this frame; the next one does.
		mesh.sync()
		<-victim.errs
		r.awaitMetric(`closes_total{reason="by_mesh"}`, "1")
	})
}

func TestForwardPacket(t *testing.T) {
	forWorkers(t, func(t *testing.T, workers string) {
		r := startRelay(t, "--workers", workers)
		mesh := connect(t, r, key.NewNode(), nil, withMeshKey(t))
		to, source := connect(t, r, key.NewNode(), nil), key.NewNode().Public()
		for range 10 {
			must(t, mesh.ForwardPacket(source, to.key, []byte("from afar")))
			to.expectPacket(source, "from afar")
		}
	})
}

// Clients without the key are cut off when they try.
func TestMeshNeedsItsKey(t *testing.T) {
	r := startRelay(t)
	c := connect(t, r, key.NewNode(), nil)
	must(t, c.ForwardPacket(key.NewNode().Public(), c.key, []byte("no")))
	<-c.errs
	r.awaitMetric(`closes_total{reason="not_mesh"}`, "1")
}
