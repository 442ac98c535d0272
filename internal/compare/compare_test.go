// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	epoch = time.Unix(1_800_000_000, 0)
	plain = http.Header{"Content-Type": {"application/json"}, "Vary": {"Accept"}, "Allow": {"POST, OPTIONS"}}
	page  = http.Header{"Content-Type": {"text/html; charset=utf-8"}}
)

// signed is a token with that payload. Its signature is nobody's.
func signed(payload string) string {
	return b64.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + b64.EncodeToString([]byte(payload)) + ".c2ln"
}

const (
	claims  = `{"token_type":"access","exp":1800000300,"iat":1800000000,"jti":"00000000000000000000000000000001","user_id":"1","x":{"a":[1,2.0]}}`
	refused = `{"detail":"Token is invalid","code":"token_not_valid"}`
)

func pair(payload string) string { return `{"access":"` + signed(payload) + `"}` }

func with(from, to string) string { return strings.Replace(claims, from, to, 1) }

// exchange is one in which both sides answer the same: change makes it differ.
func exchange(status int, body string, change func(x *Exchange)) *Exchange {
	x := &Exchange{
		Site:    &Site{JTIClaim: "jti", Blacklisted: "Token is blacklisted", NoActiveAccount: "No active account found for the given token."},
		Request: Request{Endpoint: "refresh", Path: "/api/token/refresh/", Token: signed(`{"exp":1800086400,"jti":"a"}`)},
		Django:  Answer{Status: status, Header: plain.Clone(), Body: []byte(body)},
		Came:    epoch,
		Took:    10 * time.Millisecond,
	}
	x.Edge = Edge{Answer: Answer{Status: status, Header: plain.Clone(), Body: []byte(body)}, Outcome: "issued"}
	if change != nil {
		change(x)
	}
	return x
}

// TestTokens: tokens are the same but for the jti and some seconds; each other
// difference has its name.
func TestTokens(t *testing.T) {
	for _, tt := range []struct {
		name, edge string
		want       Finding
	}{
		{"only the jti", with("0001", "0002"), Finding{Result: Same}},
		{"a second apart", with("1800000300", "1800000299"), Finding{Result: Same}},
		{"three seconds later than Django's", with("1800000300", "1800000303"), Finding{Result: Differs, Names: []string{"access.exp"}}},
		{"a minute apart", with("1800000300", "1800000240"), Finding{Result: Differs, Names: []string{"access.exp"}}},
		{"exp a float", with("1800000300", "1800000300.0"), Finding{Result: Differs, Names: []string{"access.exp"}}},
		{"iat another time", with("1800000000", "1799990000"), Finding{Result: Differs, Names: []string{"access.iat"}}},
		{"a jti of another shape", with(`"00000000000000000000000000000001"`, `"1"`), Finding{Result: Differs, Names: []string{"access.jti"}}},
		{"another user", with(`"user_id":"1"`, `"user_id":"2"`), Finding{Result: Differs, Names: []string{"access.user_id"}}},
		{"a user of another type", with(`"user_id":"1"`, `"user_id":1`), Finding{Result: Differs, Names: []string{"access.user_id"}}},
		{"a claim too few", with(`,"x":{"a":[1,2.0]}`, ``), Finding{Result: Differs, Names: []string{"access.x"}}},
		{"a claim too many", with(`"x":`, `"y":1,"x":`), Finding{Result: Differs, Names: []string{"access.y"}}},
		{"another order", with(`"user_id":"1","x":{"a":[1,2.0]}`, `"x":{"a":[1,2.0]},"user_id":"1"`), Finding{Result: Differs, Names: []string{"access claims in another order"}}},
		{"a value spelled otherwise", with("2.0", "20e-1"), Finding{Result: Listed, Row: "claim-spelling"}},
		{"a float too large", with("2.0", "1e400"), Finding{Result: Differs, Names: []string{"access.x"}}},
		{"a name spelled otherwise", with(`"x"`, `"\u0078"`), Finding{Result: Listed, Row: "claim-spelling"}},
		{"another value", with("2.0", "2.5"), Finding{Result: Differs, Names: []string{"access.x"}}},
		{"an integer for a float", with("2.0", "2"), Finding{Result: Differs, Names: []string{"access.x"}}},
		{"no payload", "x", Finding{Result: Differs, Names: []string{"access"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := exchange(200, pair(claims), func(x *Exchange) { x.Edge.Body = []byte(pair(tt.edge)) })
			if diff := cmp.Diff(tt.want, x.Compare()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestExpirations: the times of dj-rest-auth's answers are the same but for some seconds.
func TestExpirations(t *testing.T) {
	body := func(expiration string) []byte {
		return []byte(`{"access":"` + signed(claims) + `","access_expiration":` + expiration + `}`)
	}
	differs := Finding{Result: Differs, Names: []string{"body.access_expiration"}}
	for _, tt := range []struct {
		django, edge string
		want         Finding
	}{
		{`"2026-11-26T10:00:00.123456Z"`, `"2026-11-26T10:00:00.000001Z"`, Finding{Result: Same}},
		{`"2026-11-26T10:00:01Z"`, `"2026-11-26T10:00:00.999999Z"`, Finding{Result: Same}},
		{`"2026-11-26T10:00:00.123456"`, `"2026-11-26T10:00:00.000001"`, Finding{Result: Same}},
		{`"2026-11-26T10:00:00.123456Z"`, `"2026-11-26T10:00:00.000001"`, differs},
		{`"2026-11-26T11:00:00.123456Z"`, `"2026-11-26T10:00:00.000001Z"`, differs},
		{`"2026-11-26T10:00:00.123456+00:00"`, `"2026-11-26T10:00:00.000001Z"`, differs},
		{`null`, `"2026-11-26T10:00:00.000001Z"`, differs},
	} {
		x := exchange(200, "", func(x *Exchange) { x.Django.Body, x.Edge.Body = body(tt.django), body(tt.edge) })
		if diff := cmp.Diff(tt.want, x.Compare()); diff != "" {
			t.Errorf("%s and %s (-want +got)\n%s", tt.django, tt.edge, diff)
		}
	}
}

// TestSameValue: the two texts are one value to Python, or they are not.
func TestSameValue(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"1e400", "Infinity", true},
		{"-1e400", "-Infinity", true},
		{"1E5", "100000.0", true},
		{"1E5", "100000", false},
		{"-0", "0", true},
		{"123456789.123456789", "123456789.12345679", true},
		{"9007199254740993", "9007199254740992", false},
		{`"\u00e9"`, `"é"`, true},
		{`"nan"`, "NaN", false},
		{`{"a": [1e400]}`, `{"a":[Infinity]}`, true},
		{`{"a":1,"a":2}`, `{"a":2}`, true},
		{`{"a":1,"b":2}`, `{"b":2,"a":1}`, true},
		{"", "0", false},
	} {
		if got := sameValue(tt.a, tt.b); got != tt.same {
			t.Errorf("%s and %s: %v", tt.a, tt.b, got)
		}
	}
}

// TestAnswers: what differs has a name, and a row of the parity page excuses what the
// row is about and nothing else.
func TestAnswers(t *testing.T) {
	differs := func(names ...string) Finding { return Finding{Result: Differs, Names: names} }
	listed := func(row string, names ...string) Finding { return Finding{Result: Listed, Row: row, Names: names} }
	skipped := func(reason string) Finding { return Finding{Result: Skipped, Reason: reason} }
	edge := func(status int, outcome, body string) func(x *Exchange) {
		return func(x *Exchange) {
			x.Edge.Status, x.Edge.Outcome, x.Edge.Body = status, outcome, []byte(body)
		}
	}
	also := func(changes ...func(x *Exchange)) func(x *Exchange) {
		return func(x *Exchange) {
			for _, change := range changes {
				change(x)
			}
		}
	}
	header := func(h http.Header) func(x *Exchange) { return func(x *Exchange) { x.Django.Header = h } }
	token := func(token string) func(x *Exchange) { return func(x *Exchange) { x.Request.Token = token } }
	ownStore := func(x *Exchange) { x.Site.HasStore = true }
	django := func(x *Exchange) { x.Site.HasStore, x.Site.SharesBackend, x.Site.SeesUsers = true, true, true }
	asks := func(x *Exchange) { x.Site.SeesUsers, x.Site.AsksUsers = true, true }
	for _, tt := range []struct {
		name   string
		status int
		body   string
		change func(x *Exchange)
		want   Finding
	}{
		{"the same refusal", 401, refused, nil, Finding{Result: Same}},
		{"another text", 401, refused, edge(401, "expired", strings.Replace(refused, "invalid", "expired", 1)), differs("body.detail")},
		{"no code", 401, refused, edge(401, "expired", `{"detail":"Token is invalid"}`), differs("body.code")},
		{"space between", 401, refused, edge(401, "invalid", strings.Replace(refused, ":", ": ", 1)), differs("body")},
		{"no JSON", 401, "no", edge(401, "invalid", refused), differs("body")},
		{"no challenge", 401, refused, func(x *Exchange) { x.Edge.Header["Www-Authenticate"] = []string{"Bearer"} }, differs("Www-Authenticate")},
		{"Django takes it", 200, pair(claims), edge(401, "invalid", refused), differs("status")},
		{"Django takes it, and signs with another key", 200, pair(claims), also(edge(401, "invalid", refused), func(x *Exchange) { x.Edge.UnknownSigner = true }), differs("status", "signature")},
		{"Django takes it, and has another audience", 200, pair(with(`"x"`, `"aud":"a","x"`)), also(edge(401, "invalid", refused), func(x *Exchange) { x.Edge.WouldGive = []byte(pair(with(`"x"`, `"aud":"b","x"`))) }), differs("status", "access.aud")},
		{"the edge takes it", 401, refused, edge(200, "issued", pair(claims)), differs("status")},
		{"a token more", 200, pair(claims), edge(200, "rotated", strings.Replace(pair(claims), "}", `,"refresh":"a.b.c"}`, 1)), differs("body.refresh")},
		{"a long name", 401, refused, edge(401, "invalid", `{"`+strings.Repeat("n", 100)+`":1}`), differs("body.detail", "body.code", "body."+strings.Repeat("n", 59))},

		{"5xx", 503, "", edge(200, "issued", pair(claims)), skipped("server_error")},
		{"encoded", 200, "\x1f", header(http.Header{"Content-Encoding": {"br"}}), skipped("encoded")},
		{"at its end", 401, refused, also(edge(200, "issued", pair(claims)), token(signed(`{"exp":1800000001}`))), skipped("expiry")},
		{"at its end with leeway", 401, refused, also(edge(200, "issued", pair(claims)), token(signed(`{"exp":1799999941}`)), func(x *Exchange) { x.Site.Leeway = time.Minute }), skipped("expiry")},
		{"long after its end", 401, refused, also(edge(200, "issued", pair(claims)), token(signed(`{"exp":1799999941}`))), differs("status")},
		{"before its beginning", 401, refused, also(edge(200, "issued", pair(claims)), token(signed(`{"nbf":1800000001}`))), skipped("expiry")},
		{"just issued", 401, refused, also(edge(200, "issued", pair(claims)), token(signed(`{"iat":1799999999}`))), differs("status")},
		{"at its end, and the same", 401, refused, token(signed(`{"exp":1800000001}`)), Finding{Result: Same}},

		{"Vary with more", 200, "{}", header(http.Header{"Content-Type": plain["Content-Type"], "Allow": plain["Allow"], "Vary": {"Accept, Origin"}}), listed("middleware")},
		{"Vary with less", 200, "{}", header(http.Header{"Content-Type": plain["Content-Type"], "Allow": plain["Allow"], "Vary": {"Origin"}}), differs("Vary")},
		{"throttled", 429, `{"detail":"x"}`, edge(200, "issued", pair(claims)), listed("middleware", "status")},

		{"padding that Django takes", 200, pair(claims), also(edge(401, "invalid", refused), token(signed(claims)+"=")), listed("strict-token", "status")},
		{"padding that Django refuses in other words", 401, strings.Replace(refused, "invalid", "expired", 1), also(edge(401, "invalid", refused), token(signed(claims)+"=")), listed("strict-token", "body.detail")},
		{"padding and another challenge", 401, refused, also(token("x"), func(x *Exchange) {
			x.Edge.Outcome = "invalid"
			x.Edge.Header["Www-Authenticate"] = []string{"Bearer"}
		}), differs("Www-Authenticate")},
		{"padding that the edge takes", 401, refused, also(edge(200, "issued", pair(claims)), token(signed(claims)+"=")), differs("status")},
		{"a part of the issuer", 200, pair(claims), also(edge(401, "invalid", refused), token(signed(`{"iss":"a"}`)), func(x *Exchange) { x.Site.Issuer = "ab" }), listed("strict-token", "status")},
		{"another issuer", 200, pair(claims), also(edge(401, "invalid", refused), token(signed(`{"iss":"c"}`)), func(x *Exchange) { x.Site.Issuer = "ab" }), differs("status")},
		{"no jti with a store", 200, pair(claims), also(edge(401, "invalid", refused), ownStore, token(signed(`{"exp":1800086400}`))), listed("jti", "status")},
		{"no jti without one", 200, pair(claims), also(edge(401, "invalid", refused), token(signed(`{"exp":1800086400}`))), differs("status")},
		{"a previous key", 401, refused, also(edge(200, "issued", pair(claims)), func(x *Exchange) { x.Edge.PreviousSigner = true }), listed("previous-key", "status")},
		{"early data", 200, pair(claims), also(edge(425, "bad_request", "{}"), func(x *Exchange) { x.Request.EarlyData = true }), listed("early-data", "status")},
		{"the store is down", 200, pair(claims), also(edge(503, "store_error", "{}"), ownStore), listed("store-down", "status")},
		{"the keys are not known", 200, pair(claims), edge(503, "store_error", "{}"), listed("jwk-url", "status")},
		{"nobody knows the user", 200, pair(claims), edge(503, "user_check_error", "{}"), listed("user-check", "status")},
		{"a user whom user_check refuses", 200, pair(claims), also(edge(401, "user_refused", refused), asks), listed("user-check", "status")},
		{"a user whom another than user_check refuses", 200, pair(claims), edge(401, "user_refused", refused), differs("status")},
		{"an inactive user whom user_check passes", 401, `{"detail":"No active account found for the given token.","code":"no_active_account"}`, also(edge(200, "issued", pair(claims)), asks), differs("status")},
		{"the session is over", 200, pair(claims), also(edge(401, "expired", refused), func(x *Exchange) { x.Site.SessionsEnd = true }), listed("session-end", "status")},
		{"the session has an end", 200, pair(claims), also(edge(200, "issued", pair(with(`1800000300`, `1800000100`))), func(x *Exchange) { x.Site.SessionsEnd = true }), listed("session-end", "access.exp")},
		{"expired without an end of sessions", 200, pair(claims), edge(401, "expired", refused), differs("status")},
		{"another password", 200, pair(claims), also(edge(401, "user_refused", refused), func(x *Exchange) { x.Edge.PasswordChanged = true }), listed("password-change", "status")},
		{"blacklisted by Django", 401, `{"detail":"Token is blacklisted","code":"token_not_valid"}`, also(edge(200, "rotated", pair(claims)), ownStore), listed("logout-elsewhere", "status")},
		{"blacklisted in the tables that both read", 401, `{"detail":"Token is blacklisted","code":"token_not_valid"}`, also(edge(200, "rotated", pair(claims)), django), differs("status")},
		{"blacklisted, and the edge has no store", 401, `{"detail":"Token is blacklisted","code":"token_not_valid"}`, edge(200, "rotated", pair(claims)), differs("status")},
		{"an inactive user", 401, `{"detail":"No active account found for the given token.","code":"no_active_account"}`, edge(200, "issued", pair(claims)), listed("user-state", "status")},
		{"an inactive user that the store sees", 401, `{"detail":"No active account found for the given token.","code":"no_active_account"}`, also(edge(200, "issued", pair(claims)), django), differs("status")},
		{"an odd user logs out", 400, `{"non_field_errors":["x"]}`, also(edge(200, "revoked", "{}"), django, func(x *Exchange) { x.Request.Endpoint = "blacklist" }), listed("odd-user", "status")},
		{"the store's clock", 200, pair(claims), also(edge(200, "rotated", pair(with("1800000000", "1800000009"))), func(x *Exchange) { x.Edge.ClockApart = true }), listed("store-clock", "access.iat")},
		{"a chunked body", 400, `{"refresh":["This field is required."]}`, also(edge(200, "issued", pair(claims)), func(x *Exchange) { x.Request.Chunked = true }), listed("chunked", "status")},
		{"no chunked body", 400, `{"refresh":["This field is required."]}`, edge(200, "issued", pair(claims)), differs("status")},
		{"no slash", 301, "", also(edge(200, "issued", pair(claims)), func(x *Exchange) { x.Request.Path = "/api/token/refresh" }), listed("no-slash", "status")},
		{"a redirect with a slash", 301, "", edge(200, "issued", pair(claims)), differs("status")},
		{"not Django's path", 404, "", also(edge(401, "invalid", refused), func(x *Exchange) { x.Request.Path = "/api/token/refresh" }), differs("status")},
		{"a parser's words", 400, `{"detail":"JSON parse error - a"}`, edge(400, "bad_request", `{"detail":"JSON parse error - b"}`), listed("parse-text", "body.detail")},
		{"another parser's", 400, `{"detail":"JSON parse error - a"}`, edge(400, "bad_request", `{"detail":"Multipart form parse error - b"}`), differs("body.detail")},
		{"the browsable API", 200, "<html>", also(edge(200, "issued", pair(claims)), header(page), func(x *Exchange) { x.Request.Accept = "text/html" }), listed("accept-html", "Content-Type", "Allow", "Vary", "body")},
		{"a page that nobody asked for", 200, "<html>", also(edge(200, "issued", pair(claims)), header(page)), differs("Content-Type", "Allow", "Vary", "body")},
		{"Django's limits", 400, "<html>", also(edge(400, "bad_request", `{}`), header(page)), listed("django-limits", "Content-Type", "Allow", "Vary", "body")},
		{"two indents", 400, `{ "a":1}`, also(edge(400, "bad_request", `{"a":1}`), func(x *Exchange) { x.Request.Accept = "a/b;indent=1, a/c;indent=2" }), listed("accept-ties", "body")},
		{"a multipart body", 200, pair(claims), also(edge(400, "bad_request", `{}`), func(x *Exchange) { x.Request.ContentType = "Multipart/form-data; boundary=b" }), listed("multipart", "status")},
		{"an odd charset", 200, pair(claims), also(edge(400, "bad_request", `{}`), func(x *Exchange) { x.Request.ContentType = "application/json; charset=cp037" }), listed("body-encoding", "status")},
		{"a usual charset", 200, pair(claims), also(edge(400, "bad_request", `{}`), func(x *Exchange) { x.Request.ContentType = `application/json; charset="UTF_16"` }), differs("status")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, exchange(tt.status, tt.body, tt.change).Compare()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestRowsAreListed: each row that excuses a difference is one of docs/parity.md.
func TestRowsAreListed(t *testing.T) {
	page, err := os.ReadFile("../../docs/parity.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if !strings.Contains(string(page), "\n| `"+r.id+"` |") {
			t.Errorf("docs/parity.md has no row %s", r.id)
		}
	}
}
