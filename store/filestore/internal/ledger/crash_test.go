// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

const (
	crashSessions = 32
	crashKills    = 50 // the environment variable TORTURE sets another number
)

// TestKill kills a process under load at random moments and holds what it leaves
// to what it had said:
//
//   - no token that was spent with an answer delivered is ever fresh again;
//   - what a repeat is given is what the answer had said;
//   - a client whose answer was lost goes on, within the grace.
//
// The sessions go on from kill to kill, on one file.
func TestKill(t *testing.T) {
	kills := crashKills
	if n, err := strconv.Atoi(os.Getenv("TORTURE")); err == nil {
		kills = n
	}
	path := filepath.Join(t.TempDir(), "tokens.db")
	sessions := make([]session, crashSessions)
	for i := range sessions {
		sessions[i].token = fmt.Sprintf("%04x0000000000000000000000000000", i)
	}
	answered, lost := 0, 0
	// A kill seldom meets the moment between the disk and the answer where the
	// disk is fast: go on until one did.
	kill := 0
	for ; kill < kills || lost == 0 && kill < 10*kills; kill++ {
		answered += runAndKill(t, path, sessions)
		f := newFile(t, path, Options{})
		for i := range sessions {
			s := &sessions[i]
			if s.before.JTI != "" {
				a := crashSpend(t, f, s.before.JTI)
				if a.Verdict != store.Replayed && a.Verdict != store.Straggler {
					t.Fatalf("kill %d: a token spent with an answer = %v", kill, a.Verdict)
				}
				if a.Verdict == store.Replayed && a.Successor != s.before.next {
					t.Fatalf("kill %d: a repeat is given %+v, the answer was %+v", kill, a.Successor, s.before.next)
				}
			}
			a := crashSpend(t, f, s.token)
			if a.Forgot {
				t.Fatalf("kill %d: the record of a session is lost", kill)
			}
			if !a.Verdict.Passes() {
				t.Fatalf("kill %d: the client's token = %v, want rotated or replayed", kill, a.Verdict)
			}
			if a.Verdict == store.Replayed {
				lost++
			}
			s.before.JTI, s.before.next, s.token = s.token, a.Successor, a.Successor.JTI
		}
		for _, jti := range spentBefore(sessions) {
			if a := crashSpend(t, f, jti); a.Verdict == store.Rotated {
				t.Fatalf("kill %d: a token spent long ago is fresh", kill)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills, %d answers delivered, %d lost", kill, answered, lost)
	if answered < kill || lost == 0 {
		t.Errorf("%d kills met %d answers, %d of them lost: there was no load", kill, answered, lost)
	}
}

// session is what a client holds: its token, and the last answer that it got.
type session struct {
	token  string
	before struct {
		JTI  string
		next store.Issued
	}
	spent []string // some of the tokens spent with an answer
}

func spentBefore(sessions []session) (all []string) {
	for i := range sessions {
		all = append(all, sessions[i].spent...)
	}
	return all
}

func crashSpend(t *testing.T, f *File, jti string) store.Answer {
	t.Helper()
	a, err := f.Spend(t.Context(), crashSpending(jti))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func crashSpending(jti string) *store.Spend {
	s := spending(jti, time.Hour)
	s.Successor.IssuedAt = time.Now().UnixNano() // tells the attempts apart
	return s
}

// runAndKill lets another process go on with all sessions, kills it after a
// random time and takes down the answers that it delivered.
func runAndKill(t *testing.T, path string, sessions []session) (answered int) {
	t.Helper()
	cmd, in, out := another(t, envSpend, path)
	tokens := make([]string, len(sessions))
	for i := range sessions {
		tokens[i] = sessions[i].token
	}
	if _, err := io.WriteString(in, strings.Join(tokens, "\n")+"\n\n"); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); err != nil || line != "open <nil>\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	timer := time.AfterFunc(time.Duration(5+rand.IntN(120))*time.Millisecond, func() {
		if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Errorf("kill: %v", err)
		}
	})
	defer timer.Stop()
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // a line cut short was not delivered
		}
		var i int
		var verdict, jti string
		var next store.Issued
		if _, err := fmt.Sscan(line, &i, &verdict, &jti, &next.JTI, &next.IssuedAt, &next.ExpiresAt); err != nil {
			t.Fatalf("the other process says %q: %v", line, err)
		}
		s := &sessions[i]
		if verdict != "rotated" || jti != s.token {
			t.Fatalf("session %d: %s %s, want rotated %s", i, verdict, jti, s.token)
		}
		s.before.JTI, s.before.next, s.token = jti, next, next.JTI
		if len(s.spent) < 20 {
			s.spent = append(s.spent, jti)
		}
		answered++
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Success() {
		t.Fatalf("the other process ended by itself")
	}
	return answered
}

// spendForever is the other process: one goroutine a session, an answer a line,
// each written only after the store has answered.
func spendForever(path string) {
	in := bufio.NewScanner(os.Stdin)
	var tokens []string
	for in.Scan() && in.Text() != "" {
		tokens = append(tokens, in.Text())
	}
	f, err := NewFile(path, Options{}, nil)
	if err == nil {
		_, err = f.get(context.Background())
	}
	fmt.Println("open", err)
	for i, jti := range tokens {
		go func() {
			for {
				a, err := f.Spend(context.Background(), crashSpending(jti))
				if err != nil {
					fmt.Println(i, "error", jti, err)
					return
				}
				// One write a line: a pipe does not mix them up.
				_, _ = fmt.Fprintln(os.Stdout, i, a.Verdict, jti, a.Successor.JTI, a.Successor.IssuedAt, a.Successor.ExpiresAt)
				jti = a.Successor.JTI
			}
		}()
	}
	select {} // until killed
}
