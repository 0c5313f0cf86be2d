// SPDX-License-Identifier: MIT

package interop

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"tailscale.com/derp"
	"tailscale.com/types/key"
)

const (
	packets      = 100_000
	packetsShort = 5_000
	// No more than this is under way in a direction, so that a relay that
	// holds 256 KiB for a slow reader has no reason to drop anything.
	window = 160 * 1024
)

// content is what packets are cut from.
var content = func() []byte {
	b := make([]byte, 1<<20)
	r := rand.NewChaCha8([32]byte{7})
	r.Read(b)
	return b
}()

// packet is the n-th of a direction: its size and bytes follow from the number.
func packet(direction, n int) []byte {
	r := rand.New(rand.NewPCG(uint64(direction), uint64(n)))
	size := 0
	switch {
	case n%500 == 0:
		size = derp.MaxPacketSize
	case n%500 < 3:
		size = derp.MaxPacketSize - r.IntN(100)
	case n%20 == 0:
		size = r.IntN(derp.MaxPacketSize)
	default:
		size = r.IntN(1500)
	}
	at := r.IntN(len(content) - size + 1)
	return content[at : at+size]
}

// direction is one way of an exchange.
type direction struct {
	number int
	count  int
	from   key.NodePublic

	mu       sync.Mutex
	moved    *sync.Cond
	underway int
	received int
	failure  string
}

func newDirection(number, count int, from key.NodePublic) *direction {
	d := &direction{number: number, count: count, from: from}
	d.moved = sync.NewCond(&d.mu)
	return d
}

// take checks a packet that came.
func (d *direction) take(p derp.ReceivedPacket) {
	want := packet(d.number, d.received)
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.moved.Broadcast()
	switch {
	case d.failure != "":
		return
	case p.Source != d.from:
		d.failure = fmt.Sprintf("packet %d is from %v", d.received, p.Source)
	case !bytes.Equal(p.Data, want):
		d.failure = fmt.Sprintf("packet %d is not what was sent: %d bytes instead of %d", d.received, len(p.Data), len(want))
	}
	d.received++
	d.underway -= len(p.Data)
}

// send sends all packets, never more than the window ahead.
func (d *direction) send(c *client, to key.NodePublic) error {
	for n := range d.count {
		p := packet(d.number, n)
		d.mu.Lock()
		for d.failure == "" && d.underway > 0 && d.underway+len(p) > window {
			d.moved.Wait()
		}
		failure := d.failure
		d.underway += len(p)
		d.mu.Unlock()
		if failure != "" {
			return nil // told by whoever waits for the end
		}
		if err := c.Send(to, p); err != nil {
			return fmt.Errorf("packet %d: %w", n, err)
		}
	}
	return nil
}

// await returns when all have come, or says why not.
func (d *direction) await(t *testing.T) {
	t.Helper()
	timer := time.AfterFunc(10*wait, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.failure = fmt.Sprintf("only %d of %d packets came", d.received, d.count)
		d.moved.Broadcast()
	})
	defer timer.Stop()
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.failure == "" && d.received < d.count {
		d.moved.Wait()
	}
	if d.failure != "" {
		t.Fatal(d.failure)
	}
}

// Two clients send to one another at the same time: every packet arrives, whole
// and in order.
func TestExchange(t *testing.T) {
	forWorkers(t, func(t *testing.T, workers string) {
		count := packets
		if testing.Short() {
			count = packetsShort
		}
		r := startRelay(t, "--workers", workers)
		ka, kb := key.NewNode(), key.NewNode()
		ab, ba := newDirection(1, count, ka.Public()), newDirection(2, count, kb.Public())
		a := connect(t, r, ka, ba.take)
		b := connect(t, r, kb, ab.take)
		start := time.Now()
		errs := make(chan error, 2)
		go func() { errs <- ab.send(a, b.key) }()
		go func() { errs <- ba.send(b, a.key) }()
		for range 2 {
			must(t, <-errs)
		}
		ab.await(t)
		ba.await(t)
		t.Logf("%d packets each way in %v", count, time.Since(start).Round(time.Millisecond))
		a.sync()
		b.sync()
		if drops := r.metric("send_drops_total"); drops != "0" {
			t.Errorf("%s packets were dropped", drops)
		}
	})
}
