// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"testing"
)

// TestHostileCookies sends requests byte for byte, as no browser would. In each, TOKEN is
// a good refresh token.
func TestHostileCookies(t *testing.T) {
	edge := startEdge(t, spending(cookieBlock))
	host := strings.TrimPrefix(edge.URL, "http://")
	const post = "POST /api/token/refresh HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n"
	for name, tt := range map[string]struct {
		request string
		want    string // status, then cleared, set or kept
	}{
		"as it should be":            {post + "Cookie: r=TOKEN", "200 set"},
		"lines, as HTTP/2 has them":  {post + "Cookie: x=1\r\nCookie: r=TOKEN", "200 set"},
		"two in two lines":           {post + "Cookie: r=TOKEN\r\nCookie: r=TOKEN", "401 cleared"},
		"two, one empty":             {post + "Cookie: r=TOKEN; r=", "401 cleared"},
		"two, one without a value":   {post + "Cookie: r; r=TOKEN", "401 cleared"},
		"a list with a comma":        {post + "Cookie: x=1, r=TOKEN", "400 kept"},
		"another case":               {post + "Cookie: R=TOKEN", "400 kept"},
		"a longer name":              {post + "Cookie: rr=TOKEN", "400 kept"},
		"in another's quotes":        {post + `Cookie: x="; r=TOKEN"`, "401 cleared"},
		"space inside":               {post + "Cookie: r=TOKEN x", "401 cleared"},
		"8 KiB":                      {post + "Cookie: r=" + strings.Repeat("a", 8<<10), "401 cleared"},
		"dots":                       {post + "Cookie: r=" + strings.Repeat(".", 8<<10), "401 cleared"},
		"bytes":                      {post + "Cookie: r=\xff\xfe\x80", "401 cleared"},
		"body without a token":       {strings.Replace(post, "Length: 0", "Length: 2", 1) + "Content-Type: application/json\r\nCookie: r=TOKEN\r\n\r\n{}", "200 set"},
		"null in the body":           {strings.Replace(post, "Length: 0", "Length: 16", 1) + "Content-Type: application/json\r\nCookie: r=TOKEN\r\n\r\n{\"refresh\":null}", "400 kept"},
		"body of another type":       {strings.Replace(post, "Length: 0", "Length: 1", 1) + "Content-Type: text/plain\r\nCookie: r=TOKEN\r\n\r\nx", "415 kept"},
		"a chunked body":             {strings.Replace(post, "Content-Length: 0", "Transfer-Encoding: chunked", 1) + "Cookie: r=TOKEN\r\n\r\n0", "200 set"},
		"an odd spelling":            {strings.Replace(post, "/token/", "//token/", 1) + "Cookie: r=TOKEN", "404 kept"},
		"early data":                 {post + "Early-Data: 1\r\nCookie: r=TOKEN", "425 kept"},
		"two origins":                {post + "Origin: http://HOST\r\nOrigin: null\r\nCookie: r=TOKEN", "403 kept"},
		"origin with another's port": {post + "Origin: http://HOST0\r\nCookie: r=TOKEN", "403 kept"},
		"the host's own origin":      {post + "Origin: http://HOST\r\nCookie: r=TOKEN", "200 set"},
		"an origin with CR LF":       {post + "Origin: http://x\r\n Set-Cookie: r=1\r\nCookie: r=TOKEN", "403 kept"},
		"GET":                        {strings.Replace(post, "POST", "GET", 1) + "Cookie: r=TOKEN", "200 kept"},
		"HEAD":                       {strings.Replace(post, "POST", "HEAD", 1) + "Cookie: r=TOKEN", "200 kept"},
		"OPTIONS":                    {strings.Replace(post, "POST", "OPTIONS", 1) + "Cookie: r=TOKEN", "200 kept"},
	} {
		request := strings.NewReplacer("HOST", host, "TOKEN", newToken(t)).Replace(tt.request)
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(request + "\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		method, _, _ := strings.Cut(request, " ")
		res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		dump, err := httputil.DumpResponse(res, true)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		conn.Close()
		did := " kept"
		for _, c := range res.Cookies() {
			if did = " set"; c.MaxAge < 0 {
				did = " cleared"
			}
		}
		if got := res.Status[:3] + did; got != tt.want {
			t.Errorf("%s: %s, want %s\n%s", name, got, tt.want, dump)
		}
	}
}

// TestClaimsInjectNoHeader: what a user wrote into a claim is in no header of an answer,
// and a placeholder with it ends no line.
func TestClaimsInjectNoHeader(t *testing.T) {
	edge := startEdge(t, strings.Replace(spending(cookieBlock), "log\n", "log\nheader >X-User {http.token_refresh.user_id}\nheader >X-JTI {http.token_refresh.jti}\n", 1))
	const claim = "a\r\nSet-Cookie: r=evil; Path=/\r\n\r\n<script>"
	token := newToken(t, "--claim", "user_id="+claim, "--claim", "name="+claim)
	res, body := edge.Do("POST", refreshPath, "", append([]string{"Cookie", "r=" + token}, ours...)...)
	if res.StatusCode != http.StatusOK || body != "{}" || len(res.Cookies()) != 2 {
		t.Errorf("%d %s with cookies %v", res.StatusCode, body, res.Cookies())
	}
	if !strings.HasPrefix(res.Header.Get("X-User"), "a") {
		t.Errorf("X-User is %q: that tries nothing", res.Header.Get("X-User"))
	}
	for _, c := range res.Cookies() {
		if strings.Contains(c.Raw, "evil") {
			t.Errorf("the claim set a cookie: %s", c.Raw)
		}
	}
}
