// SPDX-License-Identifier: Apache-2.0

package jwks

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func redirecting(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	}
}

// oversized sends n bytes of a set that would be a good one, if read to its end.
func oversized(n int, withLength bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if withLength {
			w.Header().Set("Content-Length", fmt.Sprint(n))
		} else {
			w.(http.Flusher).Flush()
		}
		w.Write([]byte(`{"keys":[`))
		for blank := bytes.Repeat([]byte(" "), 64<<10); n > 0; n -= len(blank) {
			if _, err := w.Write(blank); err != nil {
				return
			}
		}
		w.Write([]byte(`]}`))
		if !withLength { // for a reader that wants to see the end first
			<-r.Context().Done()
		}
	}
}

// Whatever the endpoint does, known keys stay and the set is not replaced.
func TestBadAnswers(t *testing.T) {
	const evil = `{"keys":[]}`
	elsewhere := newEndpoint(t, serving(evil))
	byName := strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1)
	tooMany := `{"keys":[` + strings.Repeat(`{},`, maxKeys) + `{}]}`
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	zw.Write([]byte(evil))
	zw.Close()

	hides := false
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		result  Result
		text    string // in the log
	}{
		"500":                   {failing, ResultBadAnswer, "status 500"},
		"404":                   {http.NotFound, ResultBadAnswer, "status 404"},
		"204":                   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, ResultBadAnswer, "status 204"},
		"304 without a request": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) }, ResultBadAnswer, "status 304"},
		"10 MB":                 {oversized(10<<20, true), ResultBadAnswer, "more than 1048576 bytes"},
		"10 MB in chunks":       {oversized(10<<20, false), ResultBadAnswer, "more than 1048576 bytes"},
		"HTML":                  {serving("<html>"), ResultBadAnswer, "not a JSON object"},
		"nothing":               {serving(""), ResultBadAnswer, "not a JSON object"},
		"array":                 {serving(`[]`), ResultBadAnswer, "not a JSON object"},
		"null":                  {serving(`null`), ResultBadAnswer, `no array of "keys"`},
		"no keys":               {serving(`{"Keys":[]}`), ResultBadAnswer, `no array of "keys"`},
		"keys null":             {serving(`{"keys":null}`), ResultBadAnswer, `no array of "keys"`},
		"keys an object":        {serving(`{"keys":{}}`), ResultBadAnswer, `no array of "keys"`},
		"two documents":         {serving(evil + evil), ResultBadAnswer, "not a JSON object"},
		"deep":                  {serving(strings.Repeat("[", 1<<19)), ResultBadAnswer, "not a JSON object"},
		"too many":              {serving(tooMany), ResultBadAnswer, "101 keys"},
		"gzip unasked": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(packed.Bytes())
		}, ResultBadAnswer, "not a JSON object"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Write([]byte(evil))
		}, ResultUnreachable, "unexpected EOF"},
		"large header": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Large", strings.Repeat("x", 100<<10))
			w.Write([]byte(evil))
		}, ResultUnreachable, "exceeded"},
		"metadata service":    {redirecting("http://169.254.169.254/latest/meta-data"), ResultBadAnswer, "redirects to http://169.254.169.254"},
		"file":                {redirecting("file:///etc/passwd"), ResultBadAnswer, "redirects to file://"},
		"other port":          {redirecting(elsewhere.URL), ResultBadAnswer, "redirects to http://127.0.0.1"},
		"other name":          {redirecting(byName), ResultBadAnswer, "redirects to http://localhost"},
		"without a scheme":    {redirecting("//169.254.169.254/"), ResultBadAnswer, "redirects to http://169.254.169.254"},
		"other scheme":        {redirecting("https://" + elsewhere.Listener.Addr().String()), ResultBadAnswer, "redirects to https://"},
		"redirects for ever":  {redirecting("/again"), ResultBadAnswer, "more than 3 times"},
		"echoes the query":    {redirecting("/%zz?token=s3cret"), ResultUnreachable, "quotes the credentials"},
		"echoes the password": {redirecting("http://p4ssword.example/"), ResultBadAnswer, "quotes the credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t, serving(keys(t, ec(0, "a"))))
			url := strings.Replace(e.URL, "http://", "http://user:p4ssword@", 1) + "/a-path/jwks.json?token=s3cret"
			r := newRemote(t, url, func(c *Config[crypto.PublicKey]) { c.HidePath = hides })
			r.wantKey(t, "a", 0)
			r.settle()
			e.become(test.handler)
			r.move(DefaultLifespan)
			r.wantKey(t, "a", 0)
			r.settle()
			if s := r.Status(); s.Result != test.result || s.Keys != 1 || s.Failures != 1 {
				t.Errorf("status: %+v, want result %s", s, test.result)
			}
			all := fmt.Sprint(r.logs.FilterMessageSnippet("could not fetch").All())
			if !strings.Contains(all, test.text) {
				t.Errorf("log: %s\nwant %q in it", all, test.text)
			}
			if strings.Contains(all, "s3cret") || strings.Contains(all, "p4ssword") || strings.Contains(all, "a-path") == hides {
				t.Errorf("the query, the password or a path to hide is in the log: %s", all)
			}
		})
		hides = !hides
	}
	elsewhere.wantHits(t, 0)
}

// TestRedirectOnTheSameHost follows as many redirects as it may.
func TestRedirectOnTheSameHost(t *testing.T) {
	body := keys(t, ec(0, "a"))
	e := newEndpoint(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/here/here/here" {
			w.Write([]byte(body))
			return
		}
		redirecting(strings.TrimSuffix(r.URL.Path, "/")+"/here")(w, r)
	})
	newRemote(t, e.URL, nil).wantKey(t, "a", 0)
	e.wantHits(t, 4)
}

// TestNoRedirects: where the backend's PyJWT does not follow a redirect, its Django
// knows no key, and the edge would accept tokens that Django refuses.
func TestNoRedirects(t *testing.T) {
	body := keys(t, ec(0, "a"))
	e := newEndpoint(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/here" {
			w.Write([]byte(body))
			return
		}
		redirecting("/here")(w, r)
	})
	r := newRemote(t, e.URL, func(c *Config[crypto.PublicKey]) { c.NoRedirects = true })
	r.wantErr(t, "a", ErrUnavailable)
	r.settle()
	e.wantHits(t, 1)
	if all := fmt.Sprint(r.logs.All()); !strings.Contains(all, "name the URL that it redirects to") {
		t.Errorf("log: %s", all)
	}
	newRemote(t, e.URL+"/here", func(c *Config[crypto.PublicKey]) { c.NoRedirects = true }).wantKey(t, "a", 0)
}

// From https to http on the same host and port: what an attacker on the path
// would like to see.
func TestRedirectToPlainHTTP(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		redirecting("http://"+r.Host+"/")(w, r)
	}))
	defer s.Close()
	r := newRemote(t, s.URL, func(c *Config[crypto.PublicKey]) { c.Transport = s.Client().Transport })
	r.wantErr(t, "a", ErrUnavailable)
	r.settle()
	if all := fmt.Sprint(r.logs.All()); !strings.Contains(all, "it redirects to http://") {
		t.Errorf("log: %s", all)
	}
}

func TestUntrustedCertificate(t *testing.T) {
	s := httptest.NewUnstartedServer(serving(`{"keys":[]}`))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	r := newRemote(t, s.URL, nil)
	r.wantErr(t, "a", ErrUnavailable)
	r.settle()
	if s := r.Status(); s.Result != ResultUnreachable {
		t.Errorf("status: %+v", s)
	}
}

// A 304 is as good as the set: keys stay fresh by it.
func TestNotModified(t *testing.T) {
	for name, etag := range map[string]string{"strong": `"one"`, "weak": `W/"one"`} {
		t.Run(name, func(t *testing.T) {
			body := keys(t, ec(0, "a"))
			e := newEndpoint(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("ETag", etag)
				w.Header().Set("Set-Cookie", "a=b")
				if len(r.Cookies()) > 0 || !r.Close {
					t.Errorf("a cookie came back, or the connection is to be kept: %+v", r)
				}
				if r.Header.Get("If-None-Match") == etag {
					w.WriteHeader(http.StatusNotModified)
					return
				}
				w.Write([]byte(body))
			})
			var results []Result
			r := newRemote(t, e.URL, func(c *Config[crypto.PublicKey]) {
				c.OnFetch = func(result Result, _ time.Duration) { results = append(results, result) }
			})
			for range 3 {
				r.wantKey(t, "a", 0)
				r.settle()
				if s := r.Status(); s.Age != 0 || s.Keys != 1 {
					t.Errorf("status: %+v", s)
				}
				r.move(DefaultLifespan)
			}
			if got := fmt.Sprint(results); got != "[updated unchanged unchanged]" {
				t.Errorf("results: %s", got)
			}
			e.wantHits(t, 3)
		})
	}
}

func TestNewRefuses(t *testing.T) {
	good := Config[crypto.PublicKey]{
		URL: "https://example.com/jwks.json", Algorithm: "RS256",
		NewKey: func(_ string, pub crypto.PublicKey) (crypto.PublicKey, error) { return pub, nil },
	}
	if _, err := New(good); err != nil {
		t.Fatalf("a good configuration: %v", err)
	}
	for name, test := range map[string]struct {
		change func(*Config[crypto.PublicKey])
		text   string
	}{
		"HMAC":                {func(c *Config[crypto.PublicKey]) { c.Algorithm = "HS256" }, `cannot serve "HS256"`},
		"none":                {func(c *Config[crypto.PublicKey]) { c.Algorithm = "none" }, `cannot serve "none"`},
		"no NewKey":           {func(c *Config[crypto.PublicKey]) { c.NewKey = nil }, "NewKey is missing"},
		"no URL":              {func(c *Config[crypto.PublicKey]) { c.URL = "" }, "write https://"},
		"file":                {func(c *Config[crypto.PublicKey]) { c.URL = "file:///etc/jwks.json" }, "write https://"},
		"no host":             {func(c *Config[crypto.PublicKey]) { c.URL = "https:///jwks.json" }, "no host"},
		"not a URL":           {func(c *Config[crypto.PublicKey]) { c.URL = "https://u:s3cret@a b/" }, "not a URL"},
		"no escape":           {func(c *Config[crypto.PublicKey]) { c.URL = "https://h/%zz?s3cret" }, "not a URL"},
		"slash in a password": {func(c *Config[crypto.PublicKey]) { c.URL = "https://u:s3cret/x@h/" }, "not a URL"},
		"a secret for a URL":  {func(c *Config[crypto.PublicKey]) { c.URL = "s3cret:x" }, "write https://"},
		"bare words":          {func(c *Config[crypto.PublicKey]) { c.URL = "example.com/jwks.json" }, "write https://"},
	} {
		c := good
		test.change(&c)
		_, err := New(c)
		if err == nil || !strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, want %q in it and no secret", name, err, test.text)
		}
	}
}

func TestInsecure(t *testing.T) {
	for url, want := range map[string]bool{
		"https://example.com/":   false,
		"http://example.com/":    true,
		"http://10.0.0.1/":       true,
		"http://localhost:8000/": false,
		"http://a.LOCALHOST/":    false,
		"http://127.0.0.2/":      false,
		"http://[::1]:80/":       false,
		"http://localhost.evil/": true,
	} {
		if got := newRemote(t, url, nil).Insecure(); got != want {
			t.Errorf("Insecure of %s is %v", url, got)
		}
	}
}
