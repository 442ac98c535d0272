// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestUnsigned: a signature that Python's base64 reads as a good one is found however it
// is spelled, and no other is taken for one. Otherwise a request that the backend
// accepts could be referred to it.
func TestUnsigned(t *testing.T) {
	for _, algorithm := range []string{"HS256", "RS256", "ES256"} {
		key := testKey(t, algorithm)
		b := newBackend(t, "5.3", func(c *Config) { c.SigningKey = key })
		token := signed(t, key, withHeader(key), goodClaims)
		start := strings.LastIndexByte(token, '.') + 1
		signature, err := b64.DecodeString(token[start:])
		if err != nil {
			t.Fatal(err)
		}
		for name, tt := range map[string]struct {
			token    string
			unsigned bool
		}{
			"as it was made":      {token, false},
			"padded":              {token + "==", false},
			"padded, and more":    {token + "==QUJD", false},
			"junk within":         {token[:start+5] + "!\n" + token[start+5:], false},
			"the other alphabet":  {token[:start] + base64.RawStdEncoding.EncodeToString(signature), false},
			"an odd header":       {signed(t, key, `{"alg":"`+algorithm+`","crit":[]}`, goodClaims), false},
			"four segments":       {signed(t, key, withHeader(key), goodClaims+".x"), false},
			"another signature":   {token[:start] + strings.Repeat("A", len(token)-start), true},
			"no signature":        {token[:start], true},
			"two segments":        {token[:start-1], true},
			"no segments":         {"token", true},
			"nothing":             {"", true},
			"half a signature":    {token[:start+20], true},
			"too long to be read": {token + strings.Repeat("=", MaxTokenSize), false},
		} {
			if got := b.Unsigned([]byte(tt.token)); got != tt.unsigned {
				t.Errorf("%s, %s: unsigned %t, want %t", algorithm, name, got, tt.unsigned)
			}
		}
	}
}

// TestEdgeOnly: refusals that the backend may not share are told from those that it
// shares, though the client gets the same text.
func TestEdgeOnly(t *testing.T) {
	s := newShop(t)
	b := s.edge("5.5", func(c *Config) { c.SessionLifetime = time.Hour })
	claims := func(change string) string { return strings.TrimSuffix(goodClaims, "}") + change + "}" }
	for name, tt := range map[string]struct {
		token string
		only  bool
	}{
		"an access token":     {issue(t, b, strings.Replace(goodClaims, "refresh", "access", 1)), false},
		"an expired token":    {issue(t, b, strings.Replace(goodClaims, "1767326645", "1", 1)), false},
		"two segments":        {"a.b", true}, // Unsigned says more
		"a name given twice":  {issue(t, b, claims(`,"x":1,"x":2`)), true},
		"a payload in UTF-16": {issue(t, b, "\xff\xfe{\x00}\x00"), true},
		"a byte order mark":   {issue(t, b, "\uFEFF"+goodClaims), true},
		"deep nesting":        {issue(t, b, claims(`,"x":`+strings.Repeat("[", 950)+strings.Repeat("]", 950))), true},
		"digits of Arabic":    {issue(t, b, claims(`,"nbf":"\u0661"`)), true},
		"text with Arabic":    {issue(t, b, claims(`,"nbf":"x\u0661"`)), false},
		"no digits":           {issue(t, b, claims(`,"nbf":"x"`)), false},
		"no JSON":             {issue(t, b, "{"), false},
		"no object":           {issue(t, b, "[]"), false},
		"a session over":      {issue(t, b, claimsOf(`"iat":1`)), true},
	} {
		_, err := b.Refresh(t.Context(), new(Scratch), []byte(tt.token), s.now)
		if err == nil || EdgeOnly(err) != tt.only {
			t.Errorf("%s: %v, of the edge alone %t, want %t", name, err, EdgeOnly(err), tt.only)
		}
	}
	for _, tt := range []struct {
		answer store.Answer
		only   bool
	}{
		{store.Answer{Verdict: store.Refused}, true},
		{store.Answer{Verdict: store.Refused, Blacklisted: true}, false},
		{store.Answer{Verdict: store.Spent}, false},
		{store.Answer{Verdict: store.Reused}, false},
		{store.Answer{Verdict: store.Straggler}, false},
		{store.Answer{Verdict: store.UserRefused, User: store.UserMissing}, false},
		{store.Answer{Verdict: store.UserRefused, User: store.UserBadUUID}, false},
		{store.Answer{Verdict: store.UserRefused, User: store.UserBadID}, true},
		{store.Answer{Verdict: store.UserRefused, User: store.UserPasswordChanged}, true},
	} {
		if err := b.judge(&tt.answer); EdgeOnly(err) != tt.only {
			t.Errorf("%+v: %v, of the edge alone %t, want %t", tt.answer, err, EdgeOnly(err), tt.only)
		}
	}
}

// TestPartOfIssuer: PyJWT 2.10.0 accepts a token whose iss is a part of ISSUER. The edge
// refuses it, so it must not refer such a token to the backend.
func TestPartOfIssuer(t *testing.T) {
	for _, tt := range []struct {
		pyjwt, iss string
		only       bool
	}{
		{"2.10.0", `"https://issuer"`, true},
		{"2.10.0", `""`, true},
		{"2.10.0", `"https://other.example"`, false},
		{"2.10.0", `1`, false},
		{"2.10.1", `"https://issuer"`, false},
	} {
		b := newBackend(t, "5.3", withPyJWT("5.3.1", tt.pyjwt, func(c *Config) { c.Issuer = "https://issuer.example" }))
		token := issue(t, b, strings.TrimSuffix(goodClaims, "}")+`,"iss":`+tt.iss+"}")
		_, err := b.Refresh(t.Context(), new(Scratch), []byte(token), testNow)
		if !errors.Is(err, ErrInvalid) || EdgeOnly(err) != tt.only {
			t.Errorf("PyJWT %s, iss %s: %v, of the edge alone %t, want %t", tt.pyjwt, tt.iss, err, EdgeOnly(err), tt.only)
		}
	}
}
