// SPDX-License-Identifier: MIT

// Package interop runs the daemon against Tailscale's own client packages.
package interop

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tailscale.com/derp"
	"tailscale.com/derp/derphttp"
	"tailscale.com/net/netmon"
	"tailscale.com/types/key"
)

// wait is the longest that anything which must happen may take.
const wait = time.Minute

const (
	noURing = 3  // exit status of the daemon
	skipped = 77 // exit status of a test that could not run
)

const meshKeyHex = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

// relay is a running daemon.
type relay struct {
	t       testing.TB
	args    []string
	addr    string       // of the relay port
	metrics string       // of the metrics port
	cert    *certificate // nil: plain
	http    *http.Client // that trusts the relay

	mu   sync.Mutex
	cmd  *exec.Cmd
	log  strings.Builder
	done chan error // result of the process, once
}

// program is $HD_DAEMON, or hyper-derp in $HD_BUILDDIR.
func program() string {
	if p := os.Getenv("HD_DAEMON"); p != "" {
		return p
	}
	return filepath.Join(os.Getenv("HD_BUILDDIR"), "hyper-derp")
}

// TestMain exits with 77, which skips, where the kernel offers no io_uring.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "hyper-derp-interop")
	if err != nil {
		panic(err)
	}
	// If not before, it ends at its port, which is taken.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	cmd := exec.Command(program(), "--listen", "127.0.0.1", "--port", port, "--key-file", filepath.Join(dir, "derper.key"))
	out, _ := cmd.CombinedOutput()
	l.Close()
	os.RemoveAll(dir)
	if cmd.ProcessState.ExitCode() == noURing {
		fmt.Printf("skipped: %s", out)
		os.Exit(skipped)
	}
	os.Exit(m.Run())
}

// freePort returns a port that is the test's until it ends: bound to a socket
// that does not listen, nobody else is given it, and a relay may listen there.
func freePort(t testing.TB) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	must(t, err)
	t.Cleanup(func() { syscall.Close(fd) })
	must(t, syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1))
	must(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	bound, err := syscall.Getsockname(fd)
	must(t, err)
	return strconv.Itoa(bound.(*syscall.SockaddrInet4).Port)
}

// startRelay starts a daemon with more arguments than it needs for itself; it
// ends with the test, and must then end well.
func startRelay(t testing.TB, args ...string) *relay {
	t.Helper()
	var cert *certificate
	if version := wantedTLS(); version != 0 {
		cert = makeCertificate(t, version)
	}
	return startRelayWith(t, cert, args...)
}

func startRelayWith(t testing.TB, cert *certificate, args ...string) *relay {
	t.Helper()
	dir := t.TempDir()
	mesh := filepath.Join(dir, "mesh.key")
	must(t, os.WriteFile(mesh, []byte(meshKeyHex+"\n"), 0o600))
	r := &relay{t: t, cert: cert, http: http.DefaultClient}
	if cert != nil {
		args = append(args, "--tls-cert", cert.cert, "--tls-key", cert.key, "--stun=false")
		transport := &http.Transport{TLSClientConfig: cert.config, DialContext: r.dialTCP}
		t.Cleanup(transport.CloseIdleConnections)
		r.http = &http.Client{Transport: transport}
	}
	args = append(args, "--key-file", filepath.Join(dir, "derper.key"), "--mesh-psk-file", mesh)
	port, metrics := freePort(t), freePort(t)
	r.addr, r.metrics = "127.0.0.1:"+port, "127.0.0.1:"+metrics
	r.args = append([]string{"--listen", "127.0.0.1", "--port", port, "--metrics-port", metrics}, args...)
	r.start()
	t.Cleanup(r.stop)
	return r
}

// url is that of a page; localhost is what the certificate says.
func (r *relay) url(path string) string {
	if r.cert == nil {
		return "http://" + r.addr + path
	}
	_, port, _ := net.SplitHostPort(r.addr)
	return "https://localhost:" + port + path
}

// dialTCP finds the relay whatever localhost is here.
func (r *relay) dialTCP(ctx context.Context, network, _ string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, r.addr)
}

// dial connects as every client does, ready for HTTP.
func (r *relay) dial() net.Conn {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	must(r.t, err)
	if r.cert == nil {
		return conn
	}
	config := r.cert.config.Clone()
	config.ServerName = "localhost"
	return tls.Client(conn, config)
}

// start runs the daemon, and the same again after stop.
func (r *relay) start() {
	r.t.Helper()
	if !r.run() {
		r.t.Fatalf("the daemon does not serve:\n%s", r.logText())
	}
}

// run starts the process; does it serve?
func (r *relay) run() bool {
	r.t.Helper()
	pr, pw := io.Pipe()
	cmd := exec.Command(program(), r.args...)
	cmd.Stderr = pw
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started, done := make(chan error, 1), make(chan error, 1)
	go func() {
		// The death signal is tied to the thread that forks: keep it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			done <- cmd.Wait()
		}
		pw.Close()
	}()
	must(r.t, <-started)
	r.cmd, r.done = cmd, done
	serving := make(chan bool, 1)
	go r.readLog(pr, serving)
	return <-serving
}

func (r *relay) readLog(from io.Reader, serving chan<- bool) {
	s := bufio.NewScanner(from)
	told := false
	for s.Scan() {
		r.mu.Lock()
		r.log.WriteString(s.Text() + "\n")
		r.mu.Unlock()
		if !told && strings.Contains(s.Text(), "relay: serving") {
			told = true
			serving <- true
		}
	}
	if !told {
		serving <- false
	}
}

func (r *relay) logText() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.String()
}

// stop ends the process by SIGTERM; it must exit with 0.
func (r *relay) stop() {
	r.t.Helper()
	if r.cmd == nil {
		return
	}
	r.cmd.Process.Signal(syscall.SIGTERM)
	if err := <-r.done; err != nil {
		r.t.Errorf("the daemon ended with %v:\n%s", err, r.logText())
	}
	r.cmd = nil
}

// metric is the value of one series, e.g. `peers_home`.
func (r *relay) metric(series string) string {
	r.t.Helper()
	res, err := http.Get("http://" + r.metrics + "/metrics")
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "hyper_derp_"+series+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	r.t.Fatalf("no metric %s", series)
	return ""
}

// awaitMetric asks until the series has the value.
func (r *relay) awaitMetric(series, value string) {
	r.t.Helper()
	for start := time.Now(); r.metric(series) != value; {
		if time.Since(start) > wait {
			r.t.Fatalf("%s is %s, awaited: %s", series, r.metric(series), value)
		}
	}
}

// client is a derphttp client whose messages are read all the time.
type client struct {
	*derphttp.Client
	t    testing.TB
	key  key.NodePublic
	msgs chan derp.ReceivedMessage // everything but packets, if onPacket is set
	errs chan error                // ends of connections; RecvDetail connects anew after each
}

type option func(*derphttp.Client)

func withMeshKey(t testing.TB) option {
	mesh, err := key.ParseDERPMesh(meshKeyHex)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *derphttp.Client) { c.MeshKey = mesh }
}

// newClient makes a client that is not connected yet.
func newClient(t testing.TB, r *relay, private key.NodePrivate, options ...option) *derphttp.Client {
	t.Helper()
	c, err := derphttp.NewClient(private, r.url("/derp"), t.Logf, netmon.NewStatic())
	if err != nil {
		t.Fatal(err)
	}
	c.SetURLDialer(r.dialTCP)
	if r.cert != nil {
		c.TLSConfig = r.cert.config
	}
	for _, o := range options {
		o(c)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// connect returns a client that is logged in: ServerInfo has come.
func connect(t testing.TB, r *relay, private key.NodePrivate, onPacket func(derp.ReceivedPacket), options ...option) *client {
	t.Helper()
	c := &client{
		Client: newClient(t, r, private, options...),
		t:      t,
		key:    private.Public(),
		msgs:   make(chan derp.ReceivedMessage, 1000),
		errs:   make(chan error, 10),
	}
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	if err := c.Connect(ctx); err != nil {
		t.Fatal(err)
	}
	go c.read(onPacket)
	expect[derp.ServerInfoMessage](c)
	return c
}

func (c *client) read(onPacket func(derp.ReceivedPacket)) {
	for {
		m, err := c.Recv()
		if err == derphttp.ErrClientClosed {
			return
		}
		if err != nil {
			select {
			case c.errs <- err:
			default:
			}
			continue
		}
		if p, ok := m.(derp.ReceivedPacket); ok {
			if onPacket != nil {
				onPacket(p)
				continue
			}
			p.Data = append([]byte(nil), p.Data...)
			m = p
		}
		c.msgs <- m
	}
}

// next is the next message that is not a KeepAlive.
func (c *client) next() derp.ReceivedMessage {
	c.t.Helper()
	timeout := time.After(wait)
	for {
		select {
		case m := <-c.msgs:
			if _, ok := m.(derp.KeepAliveMessage); !ok {
				return m
			}
		case <-timeout:
			c.t.Fatal("no message came")
		}
	}
}

// expect is next, which must be a T.
func expect[T derp.ReceivedMessage](c *client) T {
	c.t.Helper()
	m := c.next()
	got, ok := m.(T)
	if !ok {
		c.t.Fatalf("got %T %+v, expected %T", m, m, got)
	}
	return got
}

func (c *client) expectPacket(from key.NodePublic, data string) {
	c.t.Helper()
	p := expect[derp.ReceivedPacket](c)
	if p.Source != from || string(p.Data) != data {
		c.t.Fatalf("got %q from %v, expected %q from %v", p.Data, p.Source, data, from)
	}
}

// sync waits for the answer to a ping: all that was sent before has been read.
func (c *client) sync() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	if err := c.Ping(ctx); err != nil {
		c.t.Fatal(err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// forWorkers runs a test with several numbers of shards.
func forWorkers(t *testing.T, f func(t *testing.T, workers string)) {
	for _, n := range []int{1, 2, 4} {
		t.Run(fmt.Sprintf("workers=%d", n), func(t *testing.T) { f(t, fmt.Sprint(n)) })
	}
}
