// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go/http3"
)

// TestProtocols asks over HTTP/1.1, HTTP/2 and HTTP/3: the answers are the same,
// none of them may be kept or revalidated, and each is of JSON.
func TestProtocols(t *testing.T) {
	edge := startEdge(t, `
		{
			skip_install_trust
			auto_https disable_redirects
		}
		https://localhost:{{port}} {
			tls internal
			token_refresh {
				signing_key {env.DJANGO_SECRET_KEY}
				verify_path /api/token/verify
			}
		}
	`)
	insecure := &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"} //nolint:gosec // a certificate of this test's own
	awaitCertificate(t, "localhost:"+edge.Value("port"), insecure)
	var h1, h2 http.Protocols
	h1.SetHTTP1(true)
	h2.SetHTTP2(true)
	// Each transport gets a copy, since it writes its own protocols into it.
	quic := &http3.Transport{TLSClientConfig: insecure.Clone()}
	defer quic.Close()
	transports := map[string]http.RoundTripper{
		"HTTP/1.1": &http.Transport{TLSClientConfig: insecure.Clone(), Protocols: &h1},
		"HTTP/2.0": &http.Transport{TLSClientConfig: insecure.Clone(), Protocols: &h2},
		"HTTP/3.0": quic,
	}
	token := newToken(t)
	for protocol, transport := range transports {
		client := &http.Client{Transport: transport, Timeout: time.Minute}
		for _, tt := range []struct {
			path, body string
			status     int
			want       string
		}{
			{"/api/token/refresh", refreshBody(token), 200, `{"access":"`},
			{"/api/token/verify/", `{"token":"` + token + `"}`, 200, `{}`},
			{"/api/token/refresh", `{}`, 400, `{"refresh":["This field is required."]}`},
			{"/api/token/refresh", "", 400, `{"refresh":["This field is required."]}`},
			{"/api/token/refresh", refreshBody("x"), 401, `{"detail":"Token is invalid or expired","code":"token_not_valid"}`},
			{"/api/token//refresh", `{}`, 404, `{"detail":"Not found."}`},
			{"/api/token/refresh", strings.Repeat(" ", 70<<10), 413, `{"detail":"`},
			{"/api/token/refresh", refreshBody(token), 200, `{"access":"`}, // the connection goes on
		} {
			res, err := client.Post("https://localhost:"+edge.Value("port")+tt.path, jsonType, strings.NewReader(tt.body))
			if err != nil {
				t.Fatalf("%s %s: %v", protocol, tt.path, err)
			}
			body, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil || res.Proto != protocol || res.StatusCode != tt.status || !strings.HasPrefix(string(body), tt.want) {
				t.Errorf("%s %s: %s %d %s %v, want %d %s", protocol, tt.path, res.Proto, res.StatusCode, body, err, tt.status, tt.want)
			}
			h := res.Header
			early := tt.status == http.StatusNotFound || tt.status == http.StatusRequestEntityTooLarge
			if closes := h.Get("Connection") != "" || res.Close; closes != (protocol == "HTTP/1.1" && early) {
				t.Errorf("%s %s, status %d: the connection closes: %t", protocol, tt.path, res.StatusCode, closes)
			}
			if h.Get("Cache-Control") != "no-store" || h.Get("Content-Type") != jsonType || h.Get("Etag") != "" || h.Get("Last-Modified") != "" {
				t.Errorf("%s %s, status %d: headers %v", protocol, tt.path, res.StatusCode, h)
			}
		}
		client.CloseIdleConnections()
	}
}

// awaitCertificate waits until Caddy has made its certificate.
func awaitCertificate(t *testing.T, address string, config *tls.Config) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := tls.Dial("tcp", address, config)
		if err == nil {
			conn.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
