// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package redisstore

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/certtest"
	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// pair makes a certificate, for tests that cannot go on without.
func pair(t *testing.T, p *certtest.Pair, err error) *certtest.Pair {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// tlsSettings are redis-server's, for a port of its own beside the plain one.
func tlsSettings(port string, cert *certtest.Pair, clients string) []string {
	return []string{
		"--tls-port", port, "--tls-cert-file", cert.Cert, "--tls-key-file", cert.Key,
		"--tls-ca-cert-file", authority.File, "--tls-auth-clients", clients,
	}
}

func startTLS(t *testing.T, cert *certtest.Pair, clients string) string {
	t.Helper()
	port := redistest.FreePort(t)
	redistest.Start(t, tlsSettings(port, cert, clients)...)
	return "127.0.0.1:" + port
}

// TestTLS: what is wrong with a certificate is an error with the cure, and never a
// verdict. One server asks clients for a certificate, the other does not.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	stranger, err := certtest.New(dir, "stranger")
	if err != nil {
		t.Fatal(err)
	}
	own, err := authority.Server("own", "127.0.0.1")
	open1 := startTLS(t, pair(t, own, err), "no")
	closed := startTLS(t, own, "yes")
	other, err := authority.Server("other", "elsewhere.example")
	elsewhere := startTLS(t, pair(t, other, err), "no")
	client, err := authority.Client("client", "edge")
	pair(t, client, err)
	alien, err := stranger.Client("alien", "edge")
	pair(t, alien, err)
	for name, tc := range map[string]struct {
		s    Store
		want string // "" for a rotation
	}{
		"the system's roots":  {Store{Addresses: []string{open1}, TLS: true}, ""},
		"rediss":              {Store{Addresses: []string{"rediss://" + open1 + "/0"}}, ""},
		"ca":                  {Store{Addresses: []string{open1}, TLS: true, TLSCA: authority.File}, ""},
		"server_name":         {Store{Addresses: []string{elsewhere}, TLS: true, TLSServerName: "elsewhere.example"}, ""},
		"client certificate":  {Store{Addresses: []string{closed}, TLS: true, TLSCA: authority.File, TLSCert: client.Cert, TLSKey: client.Key}, ""},
		"certificate unasked": {Store{Addresses: []string{open1}, TLS: true, TLSCert: client.Cert, TLSKey: client.Key}, ""},
		"wrong ca":            {Store{Addresses: []string{open1}, TLS: true, TLSCA: stranger.File}, "name the file with the authority's certificate as ca"},
		"wrong host":          {Store{Addresses: []string{elsewhere}, TLS: true}, "server_name in the block tls"},
		"wrong server_name":   {Store{Addresses: []string{open1}, TLS: true, TLSServerName: "elsewhere.example"}, "server_name in the block tls"},
		"no certificate":      {Store{Addresses: []string{closed}, TLS: true}, handshake.Certificate},
		"alien certificate":   {Store{Addresses: []string{closed}, TLS: true, TLSCert: alien.Cert, TLSKey: alien.Key}, handshake.Certificate},
		"plain":               {Store{Addresses: []string{open1}}, "redis: "},
	} {
		t.Run(name, func(t *testing.T) {
			tc.s.Timeout = patient
			s := open(t, &tc.s)
			if tc.want == "" {
				mustSpend(t, s, login(), store.Rotated)
				return
			}
			wantFault(t, s, login(), tc.want)
			if faults := s.Inspect(t.Context(), &store.Inspection{}).Faults; len(faults) != 1 || name != "plain" && !strings.Contains(faults[0], tc.want) {
				t.Errorf("check says %q, want %q", faults, tc.want)
			}
		})
	}
}

// TestTLSCluster: the nodes of a cluster tell the port that has TLS.
func TestTLSCluster(t *testing.T) {
	own, err := authority.Server("own", "127.0.0.1")
	port := redistest.FreePort(t)
	settings := append(tlsSettings(port, pair(t, own, err), "no"), "--tls-cluster", "yes")
	redistest.StartCluster(t, 1, settings...)
	s := open(t, &Store{Addresses: []string{"127.0.0.1:" + port}, TLS: true, TLSCA: authority.File, Cluster: true, Timeout: patient})
	redistest.Eventually(t, "the cluster answers", func() bool { return s.Status(t.Context()).Up })
	token := login()
	mustSpend(t, s, token, store.Rotated)
	mustSpend(t, s, token, store.Replayed)
}

// TestSocket reaches the server by its Unix socket, in each spelling, and again after
// the server was away.
func TestSocket(t *testing.T) {
	server := redistest.Start(t, "--unixsocket", "redis.sock", "--unixsocketperm", "700")
	path := filepath.Join(server.Dir, "redis.sock")
	s := open(t, &Store{Addresses: []string{"unix/" + path}})
	token := login()
	mustSpend(t, s, token, store.Rotated)
	mustSpend(t, open(t, &Store{Addresses: []string{"unix://" + path + "?db=0"}}), token, store.Replayed)
	mustSpend(t, open(t, &Store{Addresses: []string{server.Addr}}), token, store.Replayed)
	server.Stop()
	wantFault(t, s, token, "")
	wantFault(t, open(t, &Store{Addresses: []string{"unix/" + path + ".none"}}), token, "look at the path of the socket")
	server.Launch()
	healthy(t, s)
}
