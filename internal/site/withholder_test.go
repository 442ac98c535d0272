// SPDX-License-Identifier: Apache-2.0

package site

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap/zapcore"
)

// secret stands for the tokens of an answer that nobody may get.
const secret = "SECRET"

// hostile are backends that do anything but refuse.
var hostile = []struct {
	name  string
	serve func(w http.ResponseWriter, r *http.Request) error
	level zapcore.Level
}{
	{"200", granting(200), zapcore.ErrorLevel},
	{"201", granting(201), zapcore.ErrorLevel},
	{"204", func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("X-Token", secret)
		w.WriteHeader(204)
		return nil
	}, zapcore.ErrorLevel},
	{"200 without saying so", func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, secret)
		return nil
	}, zapcore.ErrorLevel},
	{"200 in pieces", func(w http.ResponseWriter, _ *http.Request) error {
		for range 3 {
			_, _ = io.WriteString(w, secret)
			_ = http.NewResponseController(w).Flush()
		}
		return nil
	}, zapcore.ErrorLevel},
	{"a flush first", func(w http.ResponseWriter, _ *http.Request) error {
		_ = http.NewResponseController(w).Flush()
		w.WriteHeader(401)
		_, err := io.WriteString(w, secret)
		return err
	}, zapcore.ErrorLevel},
	{"200 after 103", func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Link", secret)
		w.WriteHeader(103)
		return granting(200)(w, r)
	}, zapcore.ErrorLevel},
	{"401 after 200", func(w http.ResponseWriter, r *http.Request) error {
		_ = granting(200)(w, r)
		return granting(401)(w, r)
	}, zapcore.ErrorLevel},
	{"200 from a copy", func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.Copy(w, strings.NewReader(strings.Repeat(secret, 1<<16)))
		return err
	}, zapcore.ErrorLevel},
	{"200 that never ends", func(w http.ResponseWriter, r *http.Request) error {
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, secret)
		}
		return r.Context().Err()
	}, zapcore.ErrorLevel},
	{"200 and a panic", func(w http.ResponseWriter, r *http.Request) error {
		_ = granting(200)(w, r)
		panic(http.ErrAbortHandler)
	}, zapcore.ErrorLevel},
	{"200 with trailers", func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Trailer", "X-Token")
		err := granting(200)(w, r)
		w.Header().Set("X-Token", secret)
		w.Header().Set(http.TrailerPrefix+"X-Token", secret)
		return err
	}, zapcore.ErrorLevel},
	{"an empty answer", func(http.ResponseWriter, *http.Request) error { return nil }, zapcore.ErrorLevel},
	{"switching protocols", func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Upgrade", "websocket")
		w.WriteHeader(101)
		if _, _, err := http.NewResponseController(w).Hijack(); err == nil {
			return errors.New("the connection was hijacked")
		}
		return nil
	}, zapcore.ErrorLevel},
	{"a redirect", func(w http.ResponseWriter, r *http.Request) error {
		http.Redirect(w, r, "/refresh/?"+secret, http.StatusPermanentRedirect)
		return nil
	}, zapcore.WarnLevel},
	{"500", granting(500), zapcore.WarnLevel},
	{"503", granting(503), zapcore.WarnLevel},
	{"an error", func(http.ResponseWriter, *http.Request) error {
		return caddyhttp.Error(http.StatusBadGateway, errors.New("connection refused"))
	}, zapcore.WarnLevel},
	{"a broken connection", func(http.ResponseWriter, *http.Request) error { panic(http.ErrAbortHandler) }, zapcore.WarnLevel},
	{"a hang", func(_ http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done()
		return r.Context().Err()
	}, zapcore.WarnLevel},
	{"401 too late", func(w http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done()
		return granting(401)(w, r)
	}, zapcore.WarnLevel},
}

// granting answers with tokens and a cookie.
func granting(status int) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Set-Cookie", "refresh="+secret)
		w.Header().Set("Content-Length", fmt.Sprint(len(secret)))
		w.WriteHeader(status)
		_, err := io.WriteString(w, secret)
		return err
	}
}

// TestNoGrantIsDelivered: whatever the backend answers to what the edge refused, the
// client gets a refusal: the edge's, unless the backend's is one. One line says so.
func TestNoGrantIsDelivered(t *testing.T) {
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			ts := newReferringSite(t, nil)
			ts.referralPatience = time.Second / 10
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Before", "kept")
				if err := ts.ServeHTTP(w, r, caddyhttp.HandlerFunc(tt.serve)); err != nil {
					t.Errorf("handle_errors would get %v", err)
				}
			}))
			defer server.Close()
			answer, err := http.Post(server.URL+"/refresh", "application/json", strings.NewReader(refreshBody(ts.login("exp", "1"))))
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil || answer.StatusCode != 401 || string(body) != `{"detail":"Token is invalid or expired","code":"token_not_valid"}` {
				t.Errorf("%d %s, %v", answer.StatusCode, body, err)
			}
			if all := fmt.Sprint(answer.Header, answer.Trailer); strings.Contains(all, secret) || answer.Header.Get("X-Before") != "kept" ||
				answer.Header.Get("Www-Authenticate") != `Bearer realm="api"` || answer.Header.Get("Upgrade") != "" {
				t.Errorf("the headers are %s", all)
			}
			lines := ts.logs.FilterLevelExact(tt.level).All()
			if len(lines) != 1 || !strings.HasPrefix(lines[0].Message, "the backend ") || strings.Contains(fmt.Sprint(lines), secret) {
				t.Errorf("at level %s there is %v", tt.level, lines)
			}
		})
	}
}

// TestRefusalsPass: each refusal of the backend's reaches the client as it is,
// trailers and pieces included, and one that breaks off is not passed off as whole.
func TestRefusalsPass(t *testing.T) {
	for status := 400; status < 500; status++ {
		ts := newReferringSite(t, nil)
		w := httptest.NewRecorder()
		err := ts.ServeHTTP(w, request("/refresh", "{}"), caddyhttp.HandlerFunc(granting(status)))
		if err != nil || w.Code != status || w.Body.String() != secret || w.Header().Get("Set-Cookie") == "" {
			t.Errorf("%d: %d %v %s, %v", status, w.Code, w.Header(), w.Body, err)
		}
	}
	for _, tt := range []struct {
		name  string
		serve caddyhttp.HandlerFunc
		whole bool
	}{
		{"pieces and trailers", func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Trailer", "X-Sum")
			w.Header().Set("Cache-Control", "private")
			w.WriteHeader(400)
			_, _ = io.WriteString(w, "un, ")
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "deux")
			w.Header().Set("X-Sum", "3")
			return nil
		}, true},
		{"a panic", func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, "un, ")
			panic(http.ErrAbortHandler)
		}, false},
		{"an error", func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, "un, ")
			return errors.New("the backend is gone")
		}, false},
	} {
		ts := newReferringSite(t, nil)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := ts.ServeHTTP(w, r, tt.serve); err != nil {
				t.Errorf("%s: handle_errors would get %v", tt.name, err)
			}
		}))
		answer, err := http.Post(server.URL+"/refresh", "application/json", strings.NewReader("{}"))
		if err != nil {
			server.Close()
			if tt.whole {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if (err == nil) != tt.whole {
			t.Errorf("%s: %s, %v", tt.name, body, err)
		}
		if tt.whole && (string(body) != "un, deux" || answer.Trailer.Get("X-Sum") != "3" || answer.Header.Get("Cache-Control") != "private") {
			t.Errorf("%s: %s %v %v", tt.name, body, answer.Header, answer.Trailer)
		}
		server.Close()
	}
}

// TestForeignPanicGoesOn: a panic of another handler is not caught, and the client gets
// nothing.
func TestForeignPanicGoesOn(t *testing.T) {
	ts, w := newReferringSite(t, nil), httptest.NewRecorder()
	defer func() {
		if p := recover(); p != "fault" || w.Body.Len() != 0 {
			t.Errorf("recovered %v; the client got %q", p, w.Body)
		}
	}()
	err := ts.ServeHTTP(w, request("/refresh", "{}"), caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		_ = granting(200)(w, r)
		panic("fault")
	}))
	t.Errorf("no panic, %v", err)
}

// TestGrantsAreOurs: what the edge accepts never reaches the backend.
func TestGrantsAreOurs(t *testing.T) {
	ts, backend := newReferringSite(t, nil), &french{}
	for _, r := range []*http.Request{
		request("/refresh", refreshBody(ts.login())),
		request("/verify", `{"token":"`+ts.login()+`"}`),
		request("/blacklist", refreshBody(ts.login())),
	} {
		w := httptest.NewRecorder()
		if err := ts.ServeHTTP(w, r, backend); err != nil || w.Code != 200 || len(backend.bodies) != 0 {
			t.Errorf("%s: %d %s, %v; the backend got %q", r.URL, w.Code, w.Body, err, backend.bodies)
		}
	}
}

// FuzzWithheld: the input is a script of what the backend does to the answer. Whatever
// it does, the client gets only a refusal's status, and no part of any other answer.
func FuzzWithheld(f *testing.F) {
	f.Add([]byte{200, 'w', 'w'})
	f.Add([]byte{103, 200, 'w', 'f', 161})
	f.Add([]byte{'f', 161, 'w'})
	f.Add([]byte{161, 'w', 'f', 'p'})
	f.Add([]byte{'h', 'e'})
	f.Fuzz(func(t *testing.T, script []byte) {
		ts := newReferringSite(t, nil)
		ts.referralPatience = time.Hour
		w := httptest.NewRecorder()
		refused, begun := false, false
		begin := func(status int) {
			if !begun && (status >= 200 || status == 101) {
				begun, refused = true, status >= 400 && status < 500
			}
		}
		backend := caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
			for _, step := range script {
				switch step {
				case 'w':
					begin(200)
					_, _ = io.WriteString(w, secret)
				case 'f':
					begin(200)
					_ = http.NewResponseController(w).Flush()
				case 'h':
					w.Header().Set("X-Token", secret)
				case 'e':
					return errors.New("an error")
				case 'p':
					panic(http.ErrAbortHandler)
				default:
					status := 100 + 2*int(step) // 100 to 610
					begin(status)
					w.WriteHeader(status)
				}
			}
			return nil
		})
		func() {
			defer func() {
				if p := recover(); p != nil && (p != http.ErrAbortHandler || !refused) {
					t.Errorf("panic %v", p)
				}
			}()
			if err := ts.ServeHTTP(w, request("/refresh", refreshBody(ts.login("exp", "1"))), backend); err != nil {
				t.Errorf("handle_errors would get %v", err)
			}
		}()
		got := w.Result()
		defer got.Body.Close()
		if got.StatusCode < 400 || got.StatusCode > 499 {
			t.Errorf("status %d", got.StatusCode)
		}
		if !refused && (strings.Contains(w.Body.String(), secret) || strings.Contains(fmt.Sprint(got.Header), secret) || got.StatusCode != 401) {
			t.Errorf("%d %v %s", got.StatusCode, got.Header, w.Body)
		}
	})
}
