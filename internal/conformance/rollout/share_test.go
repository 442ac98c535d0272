// SPDX-License-Identifier: Apache-2.0

//go:build conformance && switching

package rollout

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

// TestShareOfSessions: of CONFORMANCE_SESSIONS users (10 000) 30% are answered for by
// the edge, and each of them stays on its side.
func TestShareOfSessions(t *testing.T) {
	rel, p := conformance.Newest(), conformance.Profiles()[0]
	// 5.5 looks users up, and there are no ten thousand: Django answers 401, and
	// that it was Django is all that is asked here.
	backend := django(t, rel, p)
	edge := edgetest.Start(t, quiet+site("port", backend, append(p.Caddyfile, "rollout 30%")...))
	address := "127.0.0.1:" + edge.Value("port")
	users := setting(t, "CONFORMANCE_SESSIONS", 10_000)
	here := make([]bool, users)
	ask := func(user int) bool {
		claims := conformance.Claims{
			{Name: "token_type", Raw: `"refresh"`},
			{Name: "exp", Raw: fmt.Sprint(time.Now().Unix() + 3600)},
			{Name: "jti", Raw: fmt.Sprintf(`"%032x"`, user)},
			{Name: "user_id", Raw: fmt.Sprint(user)},
		}
		_, _, edges := present(t, address, "refresh", p.Sign(claims.Payload()))
		return edges
	}
	var next atomic.Int64
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for user := int(next.Add(1)) - 1; user < users && !t.Failed(); user = int(next.Add(1)) - 1 {
				here[user] = ask(user)
			}
		})
	}
	asking.Wait()
	n := 0
	for user := range users {
		if here[user] {
			n++
		}
		if user%20 == 0 && ask(user) != here[user] {
			t.Errorf("user %d changed sides", user)
		}
	}
	t.Logf("the edge answers for %d of %d users", n, users)
	if got := float64(n) / float64(users); got < .28 || got > .32 {
		t.Errorf("the edge answers for %v of the users, want 0.3", got)
	}
}

// TestNotLater: at 0% Django's answer comes when it would come through a proxy alone.
func TestNotLater(t *testing.T) {
	rel, p := conformance.Newest(), conformance.Profiles()[1]
	backend := django(t, rel, p)
	edge := edgetest.Start(t, quiet+site("port", backend, append(p.Caddyfile, "rollout 0%")...)+
		"http://:{{portplain}} {\n\tbind 127.0.0.1\n\treverse_proxy "+backend+"\n}\n")
	claims := conformance.Claims{
		{Name: "token_type", Raw: `"refresh"`},
		{Name: "exp", Raw: fmt.Sprint(time.Now().Unix() + 3600)},
		{Name: "jti", Raw: `"0123456789abcdef0123456789abcdef"`},
		{Name: "user_id", Raw: "1"},
	}
	token := p.Sign(claims.Payload())
	ports := []string{"port", "portplain"}
	took := map[string][]time.Duration{}
	for pair := range 400 {
		for i := range ports {
			port := ports[(pair+i)%2] // each is first in half of the pairs
			began := time.Now()
			status, _, _ := present(t, "127.0.0.1:"+edge.Value(port), "refresh", token)
			took[port] = append(took[port], time.Since(began))
			if status != http.StatusOK {
				t.Fatalf("%s: %d", port, status)
			}
		}
	}
	median := func(port string) time.Duration {
		slices.Sort(took[port])
		return took[port][len(took[port])/2]
	}
	compared, plain := median("port"), median("portplain")
	t.Logf("the median of 400 answers: %v compared, %v through a proxy alone", compared, plain)
	if compared > plain+plain/4+time.Millisecond {
		t.Errorf("Django's answers take %v with the comparison and %v without", compared, plain)
	}
}
