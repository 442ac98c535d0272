// SPDX-License-Identifier: Apache-2.0

package login

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/jsonmember"
)

const (
	refresh  = "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2lnLW9mX3JlZnJlc2g-_c2lnLW9mX3JlZnJlc2g-AA"
	access   = "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIn0.c2lnLW9mX2FjY2Vzcw-_c2lnLW9mX2FjY2Vzcw-AAAA"
	stranger = "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2lnLW9mX290aGVycw-_c2lnLW9mX290aGVycw-AAAA"
	doubtful = "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2lnLWluX2RvdWJ0-_c2lnLWluX2RvdWJ0-AAAAAAAA"
)

// site knows two tokens.
type site struct {
	begun  []Outcome
	remark error
	keeps  error // what Keep returns
}

var errDoubt = errors.New("nobody can tell")

func (s *site) Kind(_ context.Context, token []byte) (Kind, error) {
	switch string(token) {
	case refresh:
		return Refresh, nil
	case access:
		return Access, nil
	case doubtful:
		return Other, errDoubt
	}
	return Other, nil
}

func (s *site) Keep(_ context.Context, refresh, access string) ([]string, error) {
	cookies := []string{"r=" + refresh}
	if access != "" {
		cookies = append(cookies, "a="+access)
	}
	return cookies, s.keeps
}

func (s *site) Begin(outcome Outcome, remark error) {
	s.begun, s.remark = append(s.begun, outcome), remark
}

// capture serves a login with an answer of next. The answer comes with headers that
// handlers in front have set.
func capture(c *Capture, s *site, next caddyhttp.HandlerFunc) (w *httptest.ResponseRecorder, outcome Outcome, cause, err error) {
	w = httptest.NewRecorder()
	w.Header().Set("Server", "Caddy")
	outcome, cause, err = c.Serve(w, httptest.NewRequest("POST", "/api/token", nil), next, s)
	return w, outcome, cause, err
}

// answering returns a backend with an answer of those headers: name, value, name, value.
func answering(status int, body string, headers ...string) caddyhttp.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) error {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Add(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, err := io.WriteString(w, body)
		return err
	}
}

func inJSON(body string, headers ...string) caddyhttp.HandlerFunc {
	return answering(200, body, append([]string{"Content-Type", "application/json"}, headers...)...)
}

func path(dotted string) jsonmember.Path { return strings.Split(dotted, ".") }

var (
	usual  = &Capture{Path: "/api/token", Refresh: path("refresh"), MaxBody: 1 << 10}
	both   = &Capture{Path: "/api/token", Refresh: path("refresh"), Access: path("access"), MaxBody: 1 << 10}
	nested = &Capture{Path: "/api/login", Refresh: path("data.tokens.refreshToken"), Access: path("data.tokens.accessToken"), MaxBody: 1 << 10}
)

// TestCapture: the shapes in which logins hand out tokens that can be taken out.
func TestCapture(t *testing.T) {
	plain := http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}}
	for name, tt := range map[string]struct {
		capture *Capture
		next    caddyhttp.HandlerFunc
		status  int
		cookies []string
		body    string
		header  http.Header // besides Set-Cookie, Content-Length and Server
	}{
		"SimpleJWT's own": {
			usual, inJSON(`{"refresh":"` + refresh + `","access":"` + access + `"}`), 200,
			[]string{"r=" + refresh},
			`{"access":"` + access + `"}`, plain,
		},
		"both cookies": {
			both, inJSON(`{"refresh":"` + refresh + `","access":"` + access + `"}`), 200,
			[]string{"r=" + refresh, "a=" + access},
			`{}`, plain,
		},
		"the rest keeps its bytes": {
			both, inJSON("{ \"id\" : 9007199254740993,\n \"access\" : \"" + access + "\", \"refresh\":\"" + refresh + "\" , \"e\":\"\\u00e9\\/\" }\n"), 200,
			[]string{"r=" + refresh, "a=" + access},
			"{ \"id\" : 9007199254740993 , \"e\":\"\\u00e9\\/\" }\n", plain,
		},
		"nested, with other names": {
			nested, inJSON(`{"ok":true,"data":{"user":{"id":1},"tokens":{"accessToken":"` + access + `","refreshToken":"` + refresh + `"}}}`), 200,
			[]string{"r=" + refresh, "a=" + access},
			`{"ok":true,"data":{"user":{"id":1},"tokens":{}}}`, plain,
		},
		"a registration": {
			usual, answering(201, `{"id":1,"refresh":"`+refresh+`"}`, "Content-Type", "application/vnd.api+json; charset=utf-8", "Location", "/users/1"), 201,
			[]string{"r=" + refresh},
			`{"id":1}`,
			http.Header{"Content-Type": {"application/vnd.api+json; charset=utf-8"}, "Cache-Control": {"no-store"}, "Location": {"/users/1"}},
		},
		"cookies of the backend are kept": {
			usual, inJSON(`{"refresh":"`+refresh+`"}`, "Set-Cookie", "sessionid=1; HttpOnly", "Set-Cookie", "csrftoken=2", "Vary", "Cookie", "Allow", "POST"), 200,
			[]string{"sessionid=1; HttpOnly", "csrftoken=2", "r=" + refresh},
			`{}`,
			http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}, "Vary": {"Cookie"}, "Allow": {"POST"}},
		},
		"headers about the old body go": {
			usual, inJSON(`{"refresh":"`+refresh+`"}`, "Cache-Control", "private, max-age=60", "Cache-Control", "immutable", "ETag", `"1"`, "Digest", "x",
				"Content-Digest", "x", "Repr-Digest", "x", "Content-MD5", "x", "Last-Modified", "x", "Expires", "x", "Pragma", "x", "Trailer", "X-Sum",
				"CDN-Cache-Control", "max-age=9", "Surrogate-Control", "x", "Content-Length", "999"), 200,
			[]string{"r=" + refresh},
			`{}`, plain,
		},
		"a trailer goes": {
			usual, func(w http.ResponseWriter, r *http.Request) error {
				err := inJSON(`{"refresh":"`+refresh+`"}`, "Trailer", "X-Sum")(w, r)
				w.Header().Set("X-Sum", "1")
				w.Header().Set(http.TrailerPrefix+"X-Other", "1")
				return err
			}, 200, []string{"r=" + refresh}, `{}`, plain,
		},
		"the status is implied": {
			usual, func(w http.ResponseWriter, _ *http.Request) error {
				w.Header().Set("Content-Type", "APPLICATION/JSON ;charset=utf-8")
				_, err := io.WriteString(w, `{"refresh":"`+refresh+`"}`)
				return err
			}, 200,
			[]string{"r=" + refresh},
			`{}`,
			http.Header{"Content-Type": {"APPLICATION/JSON ;charset=utf-8"}, "Cache-Control": {"no-store"}},
		},
		"early hints are dropped": {
			usual, func(w http.ResponseWriter, r *http.Request) error {
				w.Header().Set("Link", "</x?"+refresh+">")
				w.WriteHeader(http.StatusEarlyHints)
				w.Header().Del("Link")
				return inJSON(`{"refresh":"`+refresh+`"}`)(w, r)
			}, 200, []string{"r=" + refresh}, `{}`, plain,
		},
		"in pieces, with flushes": {
			usual, func(w http.ResponseWriter, _ *http.Request) error {
				w.Header().Set("Content-Type", "application/json")
				for _, c := range []byte(`{"refresh":"` + refresh + `"}`) {
					_, _ = w.Write([]byte{c})
					if err := http.NewResponseController(w).Flush(); err != nil {
						return err
					}
				}
				return nil
			}, 200, []string{"r=" + refresh}, `{}`, plain,
		},
		"escaped": {
			usual, inJSON(`{"refresh":"` + strings.ReplaceAll(refresh, ".", `\u002e`) + `"}`), 200, []string{"r=" + refresh}, `{}`, plain,
		},
		"the member twice, and the last counts": {
			usual, inJSON(`{"refresh":"x","refresh":"` + refresh + `"}`), 200, []string{"r=" + refresh}, `{}`, plain,
		},
		"no access token": {
			both, inJSON(`{"refresh":"` + refresh + `","access":null}`), 200, []string{"r=" + refresh}, `{"access":null}`, plain,
		},
		"an access token that is not ours": {
			both, inJSON(`{"refresh":"` + refresh + `","access":"` + stranger + `"}`), 200, []string{"r=" + refresh}, `{"access":"` + stranger + `"}`, plain,
		},
		"a cookie of the backend that no script can read": {
			usual, inJSON(`{"refresh":"`+refresh+`"}`, "Set-Cookie", "old="+refresh+"; httponly"), 200,
			[]string{"old=" + refresh + "; httponly", "r=" + refresh},
			`{}`, plain,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := new(site)
			w, outcome, cause, err := capture(tt.capture, s, tt.next)
			if outcome != Captured || cause != nil || err != nil || !slices.Equal(s.begun, []Outcome{Captured}) {
				t.Fatalf("outcome %d, cause %v, error %v; begun %v", outcome, cause, err, s.begun)
			}
			if w.Code != tt.status || w.Body.String() != tt.body {
				t.Errorf("got  %d %s\nwant %d %s", w.Code, w.Body, tt.status, tt.body)
			}
			res := w.Result()
			if res.ContentLength != int64(len(tt.body)) || len(res.Trailer) > 0 {
				t.Errorf("Content-Length %d, trailers %v", res.ContentLength, res.Trailer)
			}
			header := maps.Clone(res.Header)
			if diff := cmp.Diff(tt.cookies, header["Set-Cookie"]); diff != "" {
				t.Errorf("cookies -want +got\n%s", diff)
			}
			for _, name := range []string{"Set-Cookie", "Content-Length", "Server"} {
				if header.Get(name) == "" {
					t.Errorf("there is no %s", name)
				}
				header.Del(name)
			}
			if diff := cmp.Diff(tt.header, header); diff != "" {
				t.Errorf("headers -want +got\n%s", diff)
			}
		})
	}
}

// TestPass: what holds no refresh token of ours goes out as it came.
func TestPass(t *testing.T) {
	for name, tt := range map[string]struct {
		next    caddyhttp.HandlerFunc
		outcome Outcome
		status  int
		body    string
		header  http.Header // besides Server
	}{
		"a second factor":            {inJSON(`{"ephemeral_token":"x","method":"app"}`, "ETag", `"1"`), Passed, 200, `{"ephemeral_token":"x","method":"app"}`, http.Header{"Content-Type": {"application/json"}, "Etag": {`"1"`}}},
		"a second factor, null":      {inJSON(`{"refresh":null}`), Passed, 200, `{"refresh":null}`, http.Header{"Content-Type": {"application/json"}}},
		"an access token alone":      {inJSON(`{"access":"` + access + `"}`), Passed, 200, `{"access":"` + access + `"}`, http.Header{"Content-Type": {"application/json"}}},
		"not ours":                   {inJSON(`{"refresh":"` + stranger + `"}`), Foreign, 200, `{"refresh":"` + stranger + `"}`, http.Header{"Content-Type": {"application/json"}}},
		"no token":                   {inJSON(`{"refresh":"x"}`), Foreign, 200, `{"refresh":"x"}`, http.Header{"Content-Type": {"application/json"}}},
		"an empty answer":            {answering(204, "", "X-A", "1"), Passed, 204, "", http.Header{"X-A": {"1"}}},
		"an empty answer, encoded":   {answering(204, "", "Content-Encoding", "br"), Passed, 204, "", http.Header{"Content-Encoding": {"br"}}},
		"a redirect":                 {answering(302, "x", "Location", "/next?code=1"), Passed, 302, "x", http.Header{"Location": {"/next?code=1"}}},
		"a page":                     {answering(200, "<p>"+access, "Content-Type", "text/html"), Passed, 200, "<p>" + access, http.Header{"Content-Type": {"text/html"}}},
		"identity":                   {answering(200, "x", "Content-Encoding", "identity", "Content-Type", "a/b"), Passed, 200, "x", http.Header{"Content-Encoding": {"identity"}, "Content-Type": {"a/b"}}},
		"a refusal":                  {answering(401, `{"detail":"No active account"}`, "Www-Authenticate", "Bearer"), Passed, 401, `{"detail":"No active account"}`, http.Header{"Www-Authenticate": {"Bearer"}}},
		"a long page of an error":    {answering(500, strings.Repeat("x", 5000)), Passed, 500, strings.Repeat("x", 5000), http.Header{}},
		"a compressed error":         {answering(400, "\x1f\x8b", "Content-Encoding", "gzip"), Passed, 400, "\x1f\x8b", http.Header{"Content-Encoding": {"gzip"}}},
		"as long as it may be":       {answering(200, strings.Repeat("x", 1<<10), "Content-Type", "a/b"), Passed, 200, strings.Repeat("x", 1<<10), http.Header{"Content-Type": {"a/b"}}},
		"no JSON after all":          {inJSON(`{"refresh":`), Passed, 200, `{"refresh":`, http.Header{"Content-Type": {"application/json"}}},
		"a cookie no script can see": {answering(204, "", "Set-Cookie", "old="+refresh+"; HttpOnly"), Passed, 204, "", http.Header{"Set-Cookie": {"old=" + refresh + "; HttpOnly"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := new(site)
			w, outcome, _, err := capture(usual, s, tt.next)
			if outcome != tt.outcome || err != nil || !slices.Equal(s.begun, []Outcome{tt.outcome}) || (s.remark != nil) != (outcome == Foreign) {
				t.Errorf("outcome %d, error %v; begun %v, %v", outcome, err, s.begun, s.remark)
			}
			header := maps.Clone(w.Result().Header)
			header.Del("Server")
			if diff := cmp.Diff(tt.header, header); diff != "" || w.Code != tt.status || w.Body.String() != tt.body {
				t.Errorf("got %d %s, headers -want +got\n%s", w.Code, w.Body, diff)
			}
		})
	}
}

// TestWithhold: an answer with a refresh token that cannot be taken out, or that cannot be
// read, does not go out. The cause says where it is and what to do.
func TestWithhold(t *testing.T) {
	pair := `{"refresh":"` + refresh + `","access":"` + access + `"}`
	for name, tt := range map[string]struct {
		next caddyhttp.HandlerFunc
		want []string // parts of the cause
	}{
		"other names":              {inJSON(`{"data":{"tokens":{"refresh_token":"` + refresh + `"}}}`), []string{"obtain_path /api/token { refresh data.tokens.refresh_token }"}},
		"no member":                {inJSON(`["` + refresh + `"]`), []string{"no member of an object"}},
		"in a list":                {inJSON(`{"tokens":[{"refresh":"` + refresh + `"}]}`), []string{"no member of an object"}},
		"a name with a dot":        {inJSON(`{"a.b":"` + refresh + `"}`), []string{"no member of an object"}},
		"a text alone":             {inJSON(`"` + refresh + `"`), []string{"no member of an object"}},
		"a name":                   {inJSON(`{"` + refresh + `":1}`), []string{"no member of an object"}},
		"twice":                    {inJSON(`{"refresh":"` + refresh + `","copy":"` + refresh + `"}`), []string{"in the member copy", "hand it out once"}},
		"the member twice":         {inJSON(`{"refresh":"` + refresh + `","refresh":"x"}`), []string{"not delivered"}},
		"beside other text":        {inJSON(`{"refresh":"Bearer ` + refresh + `"}`), []string{"in the member refresh beside other text"}},
		"two documents":            {inJSON(pair + pair), []string{"not JSON"}},
		"a byte order mark":        {inJSON("\xef\xbb\xbf" + pair), []string{"not JSON"}},
		"no Content-Type":          {answering(200, pair), []string{"Content-Type application/json"}},
		"a page":                   {answering(200, "<script>let t='"+refresh+"'</script>", "Content-Type", "text/html"), []string{"Content-Type application/json"}},
		"a page, escaped":          {answering(200, "<script>let t='"+strings.ReplaceAll(refresh, "-", `\u002D`)+"'</script>", "Content-Type", "text/html"), []string{"Content-Type"}},
		"a page in UTF-16":         {answering(200, strings.Join(strings.Split(refresh, ""), "\x00"), "Content-Type", "text/html; charset=utf-16"), []string{"Content-Type"}},
		"an event stream":          {answering(200, "data: "+pair+"\n\n", "Content-Type", "text/event-stream"), []string{"Content-Type"}},
		"a redirect":               {answering(302, "", "Location", "https://app.example.com/#refresh="+refresh+"&x=1"), []string{"header Location"}},
		"a redirect, escaped":      {answering(303, "", "Location", "/?next=%2Fdone%3Ft%3D"+strings.ReplaceAll(refresh, ".", "%252E")), []string{"header Location"}},
		"a redirect in JSON":       {answering(302, pair, "Content-Type", "application/json", "Location", "/"), []string{"in a redirect"}},
		"the body of a redirect":   {answering(302, `<a href="/?t=`+refresh+`">`, "Location", "/"), []string{"body"}},
		"a link":                   {inJSON(`{}`, "Link", "</?t="+refresh+">; rel=next"), []string{"header Link"}},
		"any header":               {inJSON(pair, "X-Refresh-Token", refresh), []string{"header X-Refresh-Token"}},
		"a cookie for scripts":     {inJSON(pair, "Set-Cookie", "refresh="+refresh+"; Path=/"), []string{"header Set-Cookie"}},
		"a header of a refusal":    {answering(403, strings.Repeat("x", 5000), "X-T", refresh), []string{"header X-T"}},
		"longer than max_body":     {answering(200, strings.Repeat("x", 1<<10+1)), []string{"longer than 1024 bytes", "raise max_body"}},
		"longer, a header too":     {answering(200, strings.Repeat("x", 1<<10+1), "X-T", refresh), []string{"header X-T"}},
		"compressed":               {inJSON("\x1f\x8b\x08", "Content-Encoding", "gzip"), []string{"compressed", "switch compression off"}},
		"compressed twice":         {inJSON("\x1f\x8b\x08", "Content-Encoding", "identity", "Content-Encoding", "br"), []string{"compressed"}},
		"another protocol":         {answering(101, ""), []string{"changes protocols"}},
		"nobody can tell":          {inJSON(`{"x":"` + doubtful + `"}`), []string{errDoubt.Error()}},
		"nobody can tell, refused": {answering(401, "", "X-T", doubtful), []string{errDoubt.Error()}},
		"a trailer": {func(w http.ResponseWriter, r *http.Request) error {
			err := inJSON(pair, "Trailer", "X-T")(w, r)
			w.Header().Set("X-T", refresh)
			return err
		}, []string{"header X-T"}},
		"it goes on after the limit": {func(w http.ResponseWriter, r *http.Request) error {
			for range 1000 {
				if _, err := w.Write(make([]byte, 1000)); err != nil && r.Context().Err() != nil {
					panic(http.ErrAbortHandler) // as a proxy does
				}
			}
			return nil
		}, []string{"max_body"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := new(site)
			w, outcome, cause, err := capture(usual, s, tt.next)
			if outcome != Withheld || cause == nil || err != nil || len(s.begun) > 0 {
				t.Fatalf("outcome %d, cause %v, error %v; begun %v", outcome, cause, err, s.begun)
			}
			for _, part := range tt.want {
				if !strings.Contains(cause.Error(), part) {
					t.Errorf("the cause is %q, want %q", cause, part)
				}
			}
			if strings.Contains(cause.Error(), "eyJ") {
				t.Errorf("a token is in the cause: %s", cause)
			}
			if diff := cmp.Diff(http.Header{"Server": {"Caddy"}}, w.Header()); diff != "" || w.Body.Len() > 0 || w.Flushed {
				t.Errorf("something was written: %q, headers -want +got\n%s", w.Body, diff)
			}
		})
	}
}
