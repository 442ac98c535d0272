// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// upstream stands in for Django: it counts what reaches it and says what it saw.
type upstream struct {
	address string
	reached atomic.Int64
}

func newUpstream(t *testing.T) *upstream {
	t.Helper()
	up := new(upstream)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		up.reached.Add(1)
		switch r.URL.Path {
		case "/stream":
			up.stream(w)
		case "/socket":
			up.echoSocket(w)
		default:
			size, _ := io.Copy(io.Discard, r.Body)
			fmt.Fprintf(w, "upstream %s %s X-Test=%s %d bytes", r.Method, r.RequestURI, r.Header.Get("X-Test"), size)
		}
	}))
	t.Cleanup(server.Close)
	up.address = server.Listener.Addr().String()
	return up
}

// stream sends one line and the next only after that one has been flushed.
func (*upstream) stream(w http.ResponseWriter) {
	for i := range 3 {
		fmt.Fprintf(w, "line %d\n", i)
		w.(http.Flusher).Flush()
		time.Sleep(10 * time.Millisecond)
	}
}

// echoSocket switches protocols and sends back what it gets.
func (*upstream) echoSocket(w http.ResponseWriter) {
	conn, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	_, _ = io.Copy(conn, buffered)
}

// behind is an edge in front of up that proxies errors too: the configuration in
// which an answer that is not our own would leak the most.
func behind(up *upstream) string {
	return `
		http://127.0.0.1:{{port}} {
			token_refresh {
				signing_key {env.DJANGO_SECRET_KEY}
				verify_path /api/token/verify
			}
			reverse_proxy ` + up.address + `
			handle_errors {
				reverse_proxy ` + up.address + `
			}
		}
	`
}

// raw sends a request as it stands and returns the status and the body.
func raw(t *testing.T, address, request string) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	if tcp, ok := conn.(*net.TCPConn); ok && strings.Contains(request, "X-Truncated") {
		_ = tcp.CloseWrite()
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// TestNothingReachesTheUpstream sends what Django would take for a POST to its
// own view, spelled in every way that could slip past, and faults that an edge
// could hand on.
func TestNothingReachesTheUpstream(t *testing.T) {
	up := newUpstream(t)
	edge := startEdge(t, behind(up))
	address := strings.TrimPrefix(edge.URL, "http://")
	body := refreshBody(newToken(t))
	post := func(method, target, body, headers string) string {
		return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s",
			method, target, address, headers, len(body), body)
	}
	for name, tt := range map[string]struct {
		request string
		status  int
	}{
		"lower case":          {post("post", "/api/token/refresh/", body, ""), 200},
		"title case":          {post("Post", "/api/token/refresh/", body, ""), 200},
		"double slash":        {post("POST", "//api/token/refresh", body, ""), 404},
		"dots":                {post("POST", "/x/../api/token/refresh", body, ""), 404},
		"encoded dots":        {post("POST", "/x/%2e%2e/api/token/refresh", body, ""), 404},
		"encoded slash":       {post("POST", "/api%2Ftoken%2frefresh", body, ""), 200},
		"encoded letter":      {post("POST", "/api/token/%72efresh", body, ""), 200},
		"encoded newline":     {post("POST", "/api/token/refresh%0A", body, ""), 404},
		"query":               {post("POST", "/api/token/refresh?x=1", body, ""), 200},
		"absolute form":       {post("POST", "http://"+address+"/api/token/refresh", body, ""), 200},
		"bad JSON":            {post("POST", "/api/token/refresh", "{", ""), 400},
		"no body":             {post("POST", "/api/token/refresh", "", ""), 400},
		"wrong type":          {post("POST", "/api/token/refresh", body, "Content-Type: text/plain\r\n"), 415}, // the last one counts, as in gunicorn
		"not acceptable":      {post("POST", "/api/token/refresh", body, "Accept: text/plain\r\n"), 406},
		"too large":           {post("POST", "/api/token/refresh", strings.Repeat(" ", 1<<20), ""), 413},
		"expects to continue": {post("POST", "/api/token/refresh", strings.Repeat(" ", 1<<20), "Expect: 100-continue\r\n"), 413},
		"method override":     {post("POST", "/api/token/verify", body, "X-HTTP-Method-Override: GET\r\n"), 400},
		"chunked": {"POST /api/token/refresh HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" +
			"Transfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body), 200},
		"chunked, too large": {"POST /api/token/refresh HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" +
			"Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("4000\r\n"+strings.Repeat(" ", 0x4000)+"\r\n", 5) + "0\r\n\r\n", 413},
		"truncated": {"POST /api/token/refresh HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-Truncated: 1\r\n" +
			"Content-Length: 9999\r\n\r\n" + body, 400},
		"broken chunk": {"POST /api/token/refresh HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" +
			"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
	} {
		if status, answer := raw(t, address, tt.request); status != tt.status {
			t.Errorf("%s: %d %s, want %d", name, status, answer, tt.status)
		}
		if n := up.reached.Swap(0); n != 0 {
			t.Errorf("%s: the upstream was reached", name)
		}
	}
}

// TestPassesUntouched: what is not ours reaches the upstream as it came.
func TestPassesUntouched(t *testing.T) {
	up := newUpstream(t)
	edge := startEdge(t, behind(up))
	for _, tt := range []struct{ method, target, body, want string }{
		{"GET", "/api/token/refresh/", "", "upstream GET /api/token/refresh/ X-Test=a 0 bytes"},
		{"OPTIONS", "/api/token/refresh", "", "upstream OPTIONS /api/token/refresh X-Test=a 0 bytes"},
		{"PUT", "/api/token/refresh", "x", "upstream PUT /api/token/refresh X-Test=a 1 bytes"},
		{"POST", "/api/token/", "{}", "upstream POST /api/token/ X-Test=a 2 bytes"},
		{"POST", "/a%2Fb//c?q=%20", "{}", "upstream POST /a%2Fb//c?q=%20 X-Test=a 2 bytes"},
		{"DELETE", "/x", "", "upstream DELETE /x X-Test=a 0 bytes"},
		{"PATCH", "/x", "abc", "upstream PATCH /x X-Test=a 3 bytes"},
		{"POST", "/upload", strings.Repeat("x", 8<<20), "upstream POST /upload X-Test=a 8388608 bytes"},
	} {
		if _, body := edge.Do(tt.method, tt.target, tt.body, "X-Test", "a"); body != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.method, tt.target, body, tt.want)
		}
	}
	if _, body := edge.Do("GET", "/stream", ""); body != "line 0\nline 1\nline 2\n" {
		t.Errorf("the stream is %q", body)
	}

	conn, err := net.Dial("tcp", strings.TrimPrefix(edge.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "GET /socket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("switching protocols: %v %v", res, err)
	}
	fmt.Fprint(conn, "ping\n")
	if line, err := r.ReadString('\n'); err != nil || line != "ping\n" {
		t.Errorf("the socket says %q, %v", line, err)
	}
}
