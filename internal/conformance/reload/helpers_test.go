// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package reload

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/caddyrefresh/caddyrefresh"
	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
	_ "github.com/caddyrefresh/caddyrefresh/store/djangostore"
	_ "github.com/caddyrefresh/caddyrefresh/store/redisstore"
)

// site is an edge whose store has its password from a file.
type site struct {
	t         *testing.T
	edge      *edgetest.Edge
	caddyfile string
	file      string
	drawn     atomic.Int64
	server    server
}

// server is what keeps the records, and the user edge there.
type server interface {
	add(password string)  // it is good from now on
	drop(password string) // it is not, and whoever is logged in is thrown out
	both() bool           // two passwords can be good at once
}

const (
	oldPassword = "old-hunter2"
	newPassword = "new-hunter2"
)

// start runs an edge. In the store's line {password} stands for the placeholder.
func start(t *testing.T, s server, store string) *site {
	t.Helper()
	e := &site{t: t, server: s, file: filepath.Join(t.TempDir(), "password")}
	s.add(oldPassword)
	e.write(oldPassword)
	t.Setenv("RELOAD_KEY", djangotest.SecretKey)
	e.caddyfile = "http://127.0.0.1:{{port}} {\n\ttoken_refresh {\n\t\tsigning_key {env.RELOAD_KEY}\n\t\trotate_refresh_tokens\n\t\tblacklist_after_rotation\n" +
		"\t\treuse_grace 60s\n\t\tstore " + strings.ReplaceAll(store, "{password}", "{file."+e.file+"}") + "\n\t}\n}\n"
	e.edge = edgetest.Start(t, e.caddyfile)
	return e
}

func (e *site) write(password string) {
	e.t.Helper()
	if err := os.WriteFile(e.file, []byte(password+"\n"), 0o600); err != nil {
		e.t.Fatal(err)
	}
}

// login is a refresh token that nobody has seen.
func (e *site) login() string {
	now := time.Now().Unix()
	return djangotest.Sign(fmt.Sprintf(`{"token_type":"refresh","exp":%d,"iat":%d,"jti":"%032x","user_id":1}`, now+86400, now-60, e.drawn.Add(1)))
}

// client makes a connection for each request: a reload closes those that are idle, and
// a POST must not meet one of them.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}

// refresh asks for a successor and returns the status and the successor.
func (e *site) refresh(token string) (status int, successor string, err error) {
	res, err := client.Post(e.edge.URL+"/api/token/refresh", "application/json", strings.NewReader(`{"refresh":"`+token+`"}`))
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	var answer struct {
		Refresh string `json:"refresh"`
	}
	err = json.NewDecoder(res.Body).Decode(&answer)
	return res.StatusCode, answer.Refresh, err
}

// eventually waits for a status of new tokens. Other than that they get 503 and nothing
// else: a client that gets 401 throws its tokens away.
func (e *site) eventually(want int) {
	e.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		status, _, err := e.refresh(e.login())
		switch {
		case status == want && err == nil:
			return
		case status != 0 && status != 200 && status != 503:
			e.t.Fatalf("a good token gets %d, %v", status, err)
		case time.Now().After(end):
			e.t.Fatalf("status %d for a minute, want %d", status, want)
		}
	}
}

// goesOn refreshes a session as a client does, again after 503, and returns the
// successor.
func (e *site) goesOn(token string) string {
	e.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		status, successor, err := e.refresh(token)
		switch {
		case status == 200 && err == nil:
			return successor
		case status != 0 && status != 503, time.Now().After(end):
			e.t.Fatalf("a session gets %d, %v", status, err)
		}
	}
}

// rotated changes the password in the order that disturbs least: the server knows the
// new one, then the file, then the edge. Clients go on rotating all the while. If only
// one password is good at a time, a connection that the old configuration makes
// meanwhile fails, and clients ask again.
func (e *site) rotated() {
	e.t.Helper()
	e.eventually(200)
	var clients sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		clients.Go(func() {
			for token := e.login(); ; {
				status, next, err := e.refresh(token)
				switch {
				case status == 200 && err == nil:
					token = next
				case status == 0, status == 503 && !e.server.both():
					// Status 0: as it reloads, Caddy may close a connection that it has just accepted.
				default:
					e.t.Errorf("a session got %d, %v while the password changed", status, err)
					return
				}
				select {
				case <-stop:
					return
				case <-time.After(5 * time.Millisecond):
				}
			}
		})
	}
	e.server.add(newPassword)
	e.write(newPassword)
	e.edge.Reload(e.caddyfile)
	close(stop)
	clients.Wait()
	e.server.drop(oldPassword)
	e.eventually(200)
}

// late changes the password at the server first. Until the edge reads the file again
// the store is down, and no session ends.
func (e *site) late() {
	e.t.Helper()
	session := e.goesOn(e.login())
	e.server.add(oldPassword)
	e.server.drop(newPassword)
	e.eventually(503)
	e.write(oldPassword)
	e.edge.Reload(e.caddyfile)
	e.eventually(200)
	e.goesOn(session)
	shown := e.edge.Admin(http.MethodGet, "/config/", "") + e.edge.LogText()
	for _, password := range []string{oldPassword, newPassword} {
		if strings.Contains(shown, password) {
			e.t.Error("the configuration or the log shows the password")
		}
	}
}
