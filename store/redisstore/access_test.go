// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package redisstore

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/caddyrefresh/caddyrefresh/internal/certtest"
	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// authority is trusted by the whole test binary: crypto/x509 reads the system's roots
// once, from the file that SSL_CERT_FILE names.
var authority *certtest.Authority

func init() {
	dir, err := os.MkdirTemp("", "redisstore")
	if err != nil {
		panic(err)
	}
	atExit = func() { os.RemoveAll(dir) }
	if authority, err = certtest.New(dir, "ca"); err != nil {
		panic(err)
	}
	os.Setenv("SSL_CERT_FILE", authority.File)
}

const (
	userName = "edge"
	secret   = "hunter2-not-in-any-log"
)

// rights are what the manual tells operators to grant.
const rights = "~token_refresh:* +evalsha +eval +getex +get +set +del +pttl +time +ping +info +client|setname"

// An ACL user with no more rights than the store needs.
func TestACL(t *testing.T) {
	server := redistest.Start(t)
	server.Do(append([]string{"ACL", "SETUSER", userName, "on", ">" + secret}, strings.Fields(rights)...)...)
	server.Do("CONFIG", "SET", "maxmemory-policy", "noeviction")
	t.Setenv("REDISSTORE_TEST_PASSWORD", secret)
	s := open(t, &Store{Addresses: []string{server.Addr}, Username: userName, Password: "{env.REDISSTORE_TEST_PASSWORD}"})
	token := login()
	mustSpend(t, s, token, store.Rotated)
	if _, err := s.Revoke(t.Context(), &store.Revocation{Name: "shop", Token: token}); err != nil {
		t.Errorf("Revoke: %v", err)
	}
	second := login()
	if _, err := s.CutOff(t.Context(), &store.CutOff{Name: "shop", User: token.User, Second: second.IssuedAt}); err != nil {
		t.Errorf("CutOff: %v", err)
	}
	mustSpend(t, s, second, store.Refused)
	server.Do("ACL", "SETUSER", userName, "-set")
	other := login()
	other.User.ID = "8"
	wantFault(t, s, other, "")
	server.Do("ACL", "SETUSER", userName, "+set")
	mustSpend(t, s, other, store.Rotated)
}

// The password is wrong at first; nothing that is said or logged holds it.
func TestWrongPassword(t *testing.T) {
	server := redistest.Start(t, "--requirepass", "something else")
	core, logs := observer.New(zap.DebugLevel)
	s := open(t, &Store{Addresses: []string{server.Addr}, Password: secret})
	s.logger = zap.New(core)
	wantFault(t, s, login(), "look at username and password")
	_, err := s.Spend(t.Context(), spending(login(), 0))
	status, _ := json.Marshal(s.Status(t.Context()))
	for where, text := range map[string]string{"error": err.Error(), "status": string(status), "log": fmt.Sprint(logs.All())} {
		if strings.Contains(text, secret) {
			t.Errorf("the %s holds the password: %s", where, text)
		}
	}
	server.Do("-a", "something else", "CONFIG", "SET", "requirepass", secret)
	healthy(t, s)
}

// A server that quotes AUTH's arguments because it does not know HELLO and AUTH.
func TestQuotedPassword(t *testing.T) {
	server := redistest.Start(t, "--rename-command", "HELLO", "", "--rename-command", "AUTH", "")
	s := open(t, &Store{Addresses: []string{server.Addr}, Password: secret})
	_, err := s.Spend(t.Context(), spending(login(), 0))
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("Spend: %v, want an error without the password", err)
	}
	if !strings.Contains(err.Error(), "[password]") {
		t.Errorf("Spend: %v: the server was to quote the password", err)
	}
}

// A sentinel that has no password stands before servers that have one.
func TestSentinelPassword(t *testing.T) {
	master := redistest.Start(t)
	redistest.StartReplica(t, master)
	sentinel := redistest.StartSentinel(t, master)
	master.Do("ACL", "SETUSER", userName, "on", ">"+secret, "~*", "+@all")
	s := open(t, &Store{Addresses: []string{sentinel.Addr}, SentinelMaster: redistest.MasterName, Username: userName, Password: secret})
	healthy(t, s)
}
