// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/coder/websocket"
)

// socketPath is a WebSocket of the backend, which says at once whether it was opened
// with an access token. It asks nobody where they come from.
const socketPath = "/api/socket"

// arrival is a request that went up.
type arrival struct {
	Method, Path          string
	Authorization, Cookie string
}

// witness stands between the edge and Django. It knows each request that went up and
// each refresh token that Django handed out.
type witness struct {
	server *httptest.Server
	django *httputil.ReverseProxy

	mu       sync.Mutex
	arrivals []arrival
	issued   []string
}

func newWitness(django string) *witness {
	w := &witness{}
	target := &url.URL{Scheme: "http", Host: django}
	w.django = &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host },
		ModifyResponse: w.readTokens,
	}
	w.server = httptest.NewServer(w)
	return w
}

func (w *witness) stop() { w.server.Close() }

func (w *witness) addr() string { return w.server.Listener.Addr().String() }

func (w *witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.arrivals = append(w.arrivals, arrival{r.Method, r.URL.Path, r.Header.Get("Authorization"), strings.Join(r.Header["Cookie"], "; ")})
	w.mu.Unlock()
	if r.URL.Path != socketPath {
		allowApp(rw.Header(), r)
		if r.Method == http.MethodOptions {
			rw.WriteHeader(http.StatusNoContent)
			return
		}
		w.django.ServeHTTP(rw, r)
		return
	}
	c, err := websocket.Accept(rw, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	word := "anonymous"
	if r.Header.Get("Authorization") != "" {
		word = "authorized"
	}
	_ = c.Write(r.Context(), websocket.MessageText, []byte(word))
	_ = c.Close(websocket.StatusNormalClosure, "")
}

// allowApp does for the API what django-cors-headers does for the trusted origin.
func allowApp(h http.Header, r *http.Request) {
	if r.URL.Path != "/api/me/" || r.Header.Get("Origin") != app {
		return
	}
	h.Set("Access-Control-Allow-Origin", app)
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("Access-Control-Allow-Headers", "Authorization")
	h.Set("Vary", "Origin")
}

// readTokens keeps the refresh token of a login.
func (w *witness) readTokens(res *http.Response) error {
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		return nil
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	var tokens struct{ Refresh string }
	if json.Unmarshal(body, &tokens) == nil && tokens.Refresh != "" {
		w.mu.Lock()
		w.issued = append(w.issued, tokens.Refresh)
		w.mu.Unlock()
	}
	return nil
}

// tokens returns the refresh tokens that Django handed out.
func (w *witness) tokens() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.issued)
}

// during returns the requests that went up while f ran.
func (w *witness) during(f func()) []arrival {
	w.mu.Lock()
	before := len(w.arrivals)
	w.mu.Unlock()
	f()
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.arrivals[before:])
}
