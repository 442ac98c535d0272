// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestAddresses reads addresses as Caddy, redis-py and Django's CACHES write them. The
// secret in those that are refused is hunter2.
func TestAddresses(t *testing.T) {
	plain := func(address string) link { return link{Addresses: []string{address}} }
	for text, want := range map[string]link{
		"h":                           plain("h:6379"),
		"h:1":                         plain("h:1"),
		"::1":                         plain("[::1]:6379"),
		"[::1]":                       plain("[::1]:6379"),
		"[::1]:5":                     plain("[::1]:5"),
		"unix//run/redis.sock":        plain("/run/redis.sock"),
		"unix//run//redis/../r.sock":  plain("/run/r.sock"),
		"unix:///run/redis.sock":      plain("/run/redis.sock"),
		"unix:///run/redis.sock?db=2": {Addresses: []string{"/run/redis.sock"}, DB: 2},
		"unix://u:p@/run/redis.sock":  {Addresses: []string{"/run/redis.sock"}, Username: "u", Password: "p"},
		"redis://h":                   plain("h:6379"),
		"REDIS://h:1/":                plain("h:1"),
		"redis://[::1]/0":             plain("[::1]:6379"),
		"valkey://h?db=3":             {Addresses: []string{"h:6379"}, DB: 3},
		"redis://:p@h:1/4":            {Addresses: []string{"h:1"}, Password: "p", DB: 4},
		"redis://u:p%40%2F%23%3A@h/1": {Addresses: []string{"h:6379"}, Username: "u", Password: "p@/#:", DB: 1},
		"rediss://h:6380":             {Addresses: []string{"h:6380"}, TLS: true},
		"valkeys://h":                 {Addresses: []string{"h:6379"}, TLS: true},
	} {
		s := &Store{logger: zap.NewNop(), Addresses: []string{text}}
		got, err := s.resolve()
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if (got.config != nil) != want.TLS {
			t.Errorf("%s: TLS config is there: %v, want %v", text, got.config != nil, want.TLS)
		}
		got.config, got.Files = nil, want.Files
		if diff := cmp.Diff(&want, got, cmp.AllowUnexported(link{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestAddressesRefused(t *testing.T) {
	for want, s := range map[string]*Store{
		"write unix/ before it":              {Addresses: []string{"/run/redis.sock"}},
		"is absolute":                        {Addresses: []string{"unix/redis.sock"}},
		"three slashes":                      {Addresses: []string{"unix://run/redis.sock"}},
		"write unix:///run/redis.sock, with": {Addresses: []string{"redis+socket:///run/redis.sock?virtual_host=1"}},
		`"https" is not a scheme`:            {Addresses: []string{"https://h"}},
		`write it as ca, cert or key`:        {Addresses: []string{"rediss://:hunter2@h?ssl_ca_certs=/ca.pem"}},
		"verifies each certificate":          {Addresses: []string{"rediss://:hunter2@h?ssl_cert_reqs=none"}},
		"before the @":                       {Addresses: []string{"unix:///r.sock?password=hunter2"}},
		"write it as timeout":                {Addresses: []string{"redis://h?socket_timeout=1"}},
		"the edge knows db":                  {Addresses: []string{"redis://h?protocol=3"}},
		"percent-encoded":                    {Addresses: []string{"redis://:hun#ter2@h"}},
		"cannot be read":                     {Addresses: []string{"redis://:hunter2@h/x"}},
		"unix:///run/redis.sock, with the":   {Addresses: []string{"redis://:hunter2@h/1?db=2"}},
		"write redis://user:password@host":   {Addresses: []string{"redis://:hunter2@h:port"}},
		"cannot be read: write redis":        {Addresses: []string{":hunter2@h:6379"}},
		"a user or a password":               {Addresses: []string{"redis://:hunter2@h"}, Password: "{env.REDISSTORE_ADDRESS}"},
		"and so has the line db":             {Addresses: []string{"redis://h/0"}, DB: 1},
		"is without TLS":                     {Addresses: []string{"redis://h"}, TLS: true},
		"differ in user":                     {Addresses: []string{"redis://:hunter2@h", "redis://:other@i"}, Cluster: true},
		"username without password":          {Addresses: []string{"redis://hunter2@h"}},
		"or the number in the URL":           {Addresses: []string{"redis://h/1"}, Cluster: true},
		"leads to one server":                {Addresses: []string{"unix//r.sock"}, SentinelMaster: "m"},
		"does not leave the machine":         {Addresses: []string{"unix//r.sock"}, TLS: true},
		"are for TLS":                        {Addresses: []string{"redis://h"}, TLSServerName: "h"},
		"ca of tls: the file cannot be read": {Addresses: []string{"rediss://h"}, TLSCA: "/nowhere/ca.pem"},
		"ca of tls: the file holds no":       {Addresses: []string{"rediss://h"}, TLSCA: "address_test.go"},
		"{env.REDISSTORE_NONE} is empty":     {Addresses: []string{"rediss://h"}, TLSKey: "{env.REDISSTORE_NONE}"},
	} {
		t.Setenv("REDISSTORE_ADDRESS", "h")
		s.logger = zap.NewNop()
		_, err := s.resolve()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", s.Addresses, err, want)
		} else if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "ter2") {
			t.Errorf("the error quotes the password: %v", err)
		}
	}
}

// TestPasswordInURL warns of one that the admin API would show, and only of that.
func TestPasswordInURL(t *testing.T) {
	t.Setenv("REDISSTORE_URL", "redis://:hunter2@h")
	for written, warnings := range map[string]int{"redis://:hunter2@h": 1, "{env.REDISSTORE_URL}": 0, "redis://h": 0} {
		core, logs := observer.New(zap.WarnLevel)
		s := &Store{logger: zap.New(core), Addresses: []string{written}}
		if _, err := s.resolve(); err != nil || logs.Len() != warnings {
			t.Errorf("%s: %v, %d warnings, want %d", written, err, logs.Len(), warnings)
		}
	}
}
