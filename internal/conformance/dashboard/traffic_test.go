// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package dashboard

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

// traffic sends requests of every kind until the test is over.
type traffic struct {
	t      *testing.T
	edge   *edgetest.Edge
	client *http.Client
	began  time.Time
	stop   chan struct{}
}

func startTraffic(t *testing.T, edge *edgetest.Edge) {
	t.Helper()
	tr := &traffic{t: t, edge: edge, client: &http.Client{Timeout: time.Minute}, began: time.Now(), stop: make(chan struct{})}
	var running sync.WaitGroup
	for _, round := range []func(){tr.spending("api"), tr.spending("shop"), tr.others} {
		running.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-tr.stop:
					return
				case <-time.After(tr.pause()):
					round()
				}
			}
		})
	}
	t.Cleanup(func() {
		close(tr.stop)
		running.Wait()
	})
}

// pause is the time between two rounds. There are more and fewer in turn, as in life.
func (tr *traffic) pause() time.Duration {
	wave := math.Sin(time.Since(tr.began).Seconds() / 15)
	return time.Duration(120+60*wave) * time.Millisecond
}

// token returns one for user 1, signed with the key of the edge unless it is another.
func token(signer, kind string, lifetime time.Duration) string {
	now := time.Now()
	return conformance.Compact("HS256", signer, conformance.Header("HS256"), fmt.Sprintf(`{"token_type":%q,"exp":%d,"iat":%d,"jti":%q,"user_id":"1"}`,
		kind, now.Add(lifetime).Unix(), now.Add(-time.Hour).Unix(), rand.Text()))
}

func login() string { return token(key, "refresh", 24*time.Hour) }

// spending returns the rounds of a site with a store: a session that rotates, is logged
// out in the end, and is repeated within the grace and after it, and tokens that are no
// good.
func (tr *traffic) spending(site string) func() {
	type spent struct {
		token string
		at    time.Time
	}
	var old []spent
	rounds := 0
	long := login() // goes on through all rounds, so that its store can forget it
	return func() {
		rounds++
		long = tr.send(site, "refresh", long)
		first := login()
		second := tr.send(site, "refresh", first)
		third := tr.send(site, "refresh", second)
		tr.send(site, "verify", third)
		for range 3 {
			third = tr.send(site, "refresh", third)
		}
		switch rounds % 5 {
		case 0:
			tr.send(site, "refresh", second) // a straggler
		case 1:
			again := login()
			tr.send(site, "refresh", again)
			tr.send(site, "refresh", again) // a repeat
			old = append(old, spent{again, time.Now()})
		case 2:
			tr.send(site, "blacklist", third)
			tr.send(site, "refresh", third)
		case 3:
			tr.send(site, "refresh", token(key, "refresh", -time.Minute))
			tr.send(site, "refresh", token(key, "refresh", -time.Minute))
		case 4:
			tr.send(site, "refresh", token(other, "refresh", time.Hour))
			tr.send(site, "refresh", token(key, "access", time.Hour))
			tr.send(site, "refresh", "")
		}
		if len(old) > 0 && time.Since(old[0].at) > 4*time.Second {
			tr.send(site, "refresh", old[0].token)
			old = old[1:]
		}
	}
}

// others is a round of the sites without a store.
func (tr *traffic) others() {
	tr.send("rolled", "refresh", login())
	tr.send("rolled", "refresh", token(other, "refresh", time.Hour))
	tr.send("translated", "refresh", login())
	tr.send("checked", "refresh", login())
	tr.send("translated", "refresh", token(other, "refresh", time.Hour))
	now := time.Now()
	tr.send("partner", "refresh", conformance.Compact("ES256", os.Getenv("DASHBOARD_PEM"), `{"alg":"ES256","kid":"first","typ":"JWT"}`,
		fmt.Sprintf(`{"token_type":"refresh","exp":%d,"iat":%d,"jti":%q,"user_id":"1"}`, now.Add(time.Hour).Unix(), now.Unix(), rand.Text())))
}

// send sends a token to an endpoint of a site, and returns the refresh token of the
// answer, or else the one that was sent.
func (tr *traffic) send(site, endpoint, sent string) string {
	body := `{"refresh":"` + sent + `"}`
	switch {
	case sent == "":
		body = "{}"
	case endpoint == "verify":
		body = `{"token":"` + sent + `"}`
	}
	res, err := tr.client.Post("http://127.0.0.1:"+tr.edge.Value("port"+site)+"/api/token/"+endpoint+"/", "application/json", strings.NewReader(body))
	if err != nil {
		tr.t.Error(err)
		return sent
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		tr.t.Error(err)
	}
	var pair struct{ Refresh string }
	if res.StatusCode != http.StatusOK || json.Unmarshal(text, &pair) != nil || pair.Refresh == "" {
		return sent
	}
	return pair.Refresh
}
