// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// Adapting is lossless and holds what was written, placeholders and all.
func TestCaddyfile(t *testing.T) {
	for name, c := range map[string]struct{ text, json string }{
		"shortest": {`redis localhost`, `{"addresses":["localhost"]}`},
		"all": {
			`redis a:1 b:2 {
				username edge
				password {env.REDIS_PASSWORD}
				db 3
				tls
				sentinel_master tokens
				key_prefix shop
				timeout 1s
			}`,
			`{"addresses":["a:1","b:2"],"username":"edge","password":"{env.REDIS_PASSWORD}","db":3,"tls":true,` +
				`"sentinel_master":"tokens","key_prefix":"shop","timeout":1000000000}`,
		},
		"client certificate": {
			"redis a {\n tls {\n ca /ca.pem\n cert /c.pem\n key /k.pem\n server_name redis\n }\n}",
			`{"addresses":["a"],"tls":true,"tls_ca":"/ca.pem","tls_cert":"/c.pem","tls_key":"/k.pem","tls_server_name":"redis"}`,
		},
		"URL":      {"redis {env.REDIS_URL}", `{"addresses":["{env.REDIS_URL}"]}`},
		"switches": {"redis a b {\n cluster on\n tls off\n}", `{"addresses":["a","b"],"cluster":true}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := new(Store)
			if err := s.UnmarshalCaddyfile(caddyfile.NewTestDispenser(c.text)); err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.json, string(got)); diff != "" {
				t.Errorf("JSON (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCaddyfileErrors(t *testing.T) {
	for text, want := range map[string]string{
		"redis":                                     "write store redis <host:port>",
		"redis a {\n db x\n}":                       `db "x" is out of range`,
		"redis a {\n db -1\n}":                      `db "-1" is out of range`,
		"redis a {\n db\n}":                         "db takes one value",
		"redis a {\n tls maybe\n}":                  "tls takes on or off",
		"redis a {\n tls off {\n ca b\n }\n}":       "tls off takes no block",
		"redis a {\n tls {\n ca\n }\n}":             "ca takes one value",
		"redis a {\n tls {\n insecure\n }\n}":       "write one of ca, cert, key, server_name",
		"redis a {\n timeout 0s\n}":                 "timeout 0s is out of range",
		"redis a {\n timeout 11s\n}":                "timeout 11s is out of range",
		"redis a {\n timeout -1s\n}":                "timeout -1s is out of range",
		"redis a {\n timeout 250\n}":                "write 250ms",
		"redis a {\n timeout soon\n}":               "is not a duration",
		"redis a {\n password\n}":                   "password takes one value",
		"redis a {\n password hunter2 x\n}":         "password takes one value",
		"redis a {\n username a\n username b\n}":    "username is given twice",
		"redis a {\n max_retries 3\n}":              "no setting max_retries",
		"redis a {\n sentinel_master tokens two\n}": "sentinel_master takes one value",
	} {
		err := new(Store).UnmarshalCaddyfile(caddyfile.NewTestDispenser(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error quotes the password: %v", text, err)
		}
	}
}

func TestContradictions(t *testing.T) {
	t.Setenv("REDISSTORE_EMPTY", "")
	one := []string{"a"}
	for want, s := range map[string]*Store{
		"write store redis <host:port>":            {},
		"exclude each other":                       {Addresses: one, Cluster: true, SentinelMaster: "m"},
		"a cluster has only database 0":            {Addresses: one, Cluster: true, DB: 1},
		"db -1 is not a database":                  {Addresses: one, DB: -1},
		"several addresses":                        {Addresses: []string{"a", "b"}},
		"username without password":                {Addresses: one, Username: "edge"},
		"timeout -1s is out of range":              {Addresses: one, Timeout: caddy.Duration(-time.Second)},
		"timeout 10.001s is out of range":          {Addresses: one, Timeout: caddy.Duration(10001 * time.Millisecond)},
		"without spaces and braces":                {Addresses: one, KeyPrefix: "a{b}"},
		"at most 64 bytes":                         {Addresses: one, KeyPrefix: strings.Repeat("x", 65)},
		"{env.REDISSTORE_EMPTY} is empty":          {Addresses: one, Password: "{env.REDISSTORE_EMPTY}"},
		"password: it holds a placeholder":         {Addresses: one, Password: "hunter2{env.REDISSTORE_EMPTY}"},
		"address: {env.REDISSTORE_EMPTY} is empty": {Addresses: []string{"{env.REDISSTORE_EMPTY}"}},
		`"a:b" is not an address`:                  {Addresses: []string{"a:b"}},
		`"a:0" is not an address`:                  {Addresses: []string{"a:0"}},
		`":6379" is not an address`:                {Addresses: []string{":6379"}},
		`"a:65536" is not an address`:              {Addresses: []string{"a:65536"}},
		`"1:2:3" is not an address`:                {Addresses: []string{"1:2:3"}},
		`"a b" is not an address`:                  {Addresses: []string{"a b"}},
	} {
		ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
		err := s.Provision(ctx)
		cancel()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", s.Addresses, err, want)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error quotes the password: %v", err)
		}
		// Caddy cleans up what failed to provision, too.
		if err := s.Cleanup(); err != nil {
			t.Errorf("Cleanup: %v", err)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Setenv("REDISSTORE_ADDRESS", "redis.internal")
	t.Setenv("REDISSTORE_PASSWORD", "hunter2")
	core, logs := observer.New(zap.DebugLevel)
	s := &Store{logger: zap.New(core), Addresses: []string{"{env.REDISSTORE_ADDRESS}"}, Password: "{env.REDISSTORE_PASSWORD}"}
	got, err := s.resolve()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&link{Addresses: []string{"redis.internal:6379"}, Password: "hunter2"}, got, cmp.AllowUnexported(link{})); diff != "" {
		t.Errorf("link (-want +got):\n%s", diff)
	}
	if s.prefix != "token_refresh" || s.timeout != 250*time.Millisecond {
		t.Errorf("prefix %q, timeout %v; want the defaults", s.prefix, s.timeout)
	}
	if logs.Len() != 0 {
		t.Errorf("logged %v", logs.All())
	}
	// What Caddy shows under /config and logs by log { trace } are the exported fields.
	if shown, _ := json.Marshal(s); strings.Contains(string(shown), "hunter2") || s.Password != "{env.REDISSTORE_PASSWORD}" {
		t.Errorf("the secret is in the exported fields: %s", shown)
	}
	s.Password = "hunter2"
	if _, err := s.resolve(); err != nil || logs.FilterLevelExact(zap.WarnLevel).Len() != 1 {
		t.Errorf("%v, logs %v: want one warning of a literal password", err, logs.All())
	}
	if strings.Contains(fmt.Sprint(logs.All()), "hunter2") {
		t.Errorf("the log holds the password: %v", logs.All())
	}
}

// Sites and reloads share connections where the connection settings are the
// same, whatever else differs; nothing is dialled by loading a config.
func TestPool(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialled := make(chan struct{}, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
			dialled <- struct{}{}
		}
	}()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	at := []string{l.Addr().String()}
	stores := []*Store{
		{Addresses: at},
		{Addresses: at, KeyPrefix: "other", Timeout: caddy.Duration(time.Second)},
		{Addresses: at, DB: 1},
		{Addresses: at, Password: "x"},
	}
	for _, s := range stores {
		if err := s.Provision(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if stores[0].resource != stores[1].resource {
		t.Error("prefix and timeout part the connections")
	}
	if stores[0].resource == stores[2].resource || stores[0].resource == stores[3].resource {
		t.Error("database and password do not part the connections")
	}
	for _, s := range stores {
		for range 2 { // a second Cleanup gives back nothing
			if err := s.Cleanup(); err != nil {
				t.Error(err)
			}
		}
	}
	if stores[0].resource.ctx.Err() == nil {
		t.Error("the connections outlive their last user")
	}
	time.Sleep(time.Second) // were there a timer
	if len(dialled) != 0 {
		t.Error("loading a config has dialled")
	}
	resources.Range(func(key, _ any) bool {
		t.Errorf("the pool still holds %v", key)
		return true
	})
}
