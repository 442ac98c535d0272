// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddyrefresh/caddyrefresh/internal/cookie"
	"github.com/caddyrefresh/caddyrefresh/internal/jsonmember"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// brokenKeys is a set of keys that cannot be fetched.
type brokenKeys struct{}

func (brokenKeys) Key(context.Context, string) (*simplejwt.Key, error) {
	return nil, errors.New("nobody answers")
}

// TestLoginThatCannotBeJudged: while the keys are out of reach nobody can tell whether a
// token is ours, so it neither goes into a cookie nor to a script.
func TestLoginThatCannotBeJudged(t *testing.T) {
	ts := newTestSite(t, func(c *Config, b *simplejwt.Config) {
		_, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			t.Fatal(err)
		}
		key, err := simplejwt.NewKey("EdDSA", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), false)
		if err != nil {
			t.Fatal(err)
		}
		b.SigningKey, b.KeySet, b.KeyID = key, brokenKeys{}, "a"
		c.Cookies = &Cookies{
			Refresh: cookie.Attributes{Name: "r"},
			Logins:  []Login{{Path: "/login", Refresh: jsonmember.Path{"refresh"}, Access: jsonmember.Path{"access"}}},
		}
	})
	r, w := request("/login", "{}"), httptest.NewRecorder()
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	err := ts.ServeHTTP(w, r, caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/json")
		_, err := io.WriteString(w, `{"refresh":"`+ts.login()+`"}`)
		return err
	}))
	const want = `{"detail":"The answer cannot be delivered right now. Try again."}`
	if err != nil || w.Code != http.StatusServiceUnavailable || w.Body.String() != want || w.Header().Get("Retry-After") != "1" {
		t.Errorf("%v: %d %s %v", err, w.Code, w.Body, w.Header())
	}
	if outcome, by := placeholder(r, "outcome"), placeholder(r, "answered_by"); outcome != "store_error" || by != "edge" {
		t.Errorf("outcome %q, answered by %q", outcome, by)
	}
}

// TestLoginOfABackendAhead: a token whose iat is in the future by our clock goes into a
// cookie, and the cookie lives as long as the token.
func TestLoginOfABackendAhead(t *testing.T) {
	now := time.Now()
	ts := newTestSite(t, func(c *Config, _ *simplejwt.Config) {
		c.Now = func() time.Time { return now }
		c.Cookies = &Cookies{
			Refresh: cookie.Attributes{Name: "r"},
			Logins:  []Login{{Path: "/login", Refresh: jsonmember.Path{"refresh"}, Access: jsonmember.Path{"access"}}},
		}
	})
	token, err := ts.Backend.NewRefreshToken(nil, now.Add(10*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	r, w := request("/login", "{}"), httptest.NewRecorder()
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	err = ts.ServeHTTP(w, r, caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/json")
		_, err := io.WriteString(w, `{"refresh":"`+token+`"}`)
		return err
	}))
	cookies := w.Result().Cookies()
	if err != nil || w.Code != http.StatusOK || len(cookies) != 1 || cookies[0].Value != token || placeholder(r, "outcome") != "obtained" {
		t.Fatalf("%v: %d %s, cookies %v", err, w.Code, w.Body, cookies)
	}
	if age := cookies[0].MaxAge; age < 3600 || age > 3610 {
		t.Errorf("the cookie lives %d seconds", age)
	}
}
