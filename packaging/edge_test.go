// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package packaging

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const demoKey = "a-demo-key-that-everybody-knows-and-that-protects-nothing"

// deadline is for what takes a moment, on a machine that is busy.
const deadline = time.Minute

// process is a server that a test started.
type process struct {
	*exec.Cmd
	done chan struct{}
	log  string
}

// start starts a server. It ends with the test, which shows its log if it failed.
func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	out, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd, make(chan struct{}), log}
	go func() { _ = cmd.Wait(); close(p.done) }()
	t.Cleanup(func() {
		p.stop(t)
		if t.Failed() {
			text, _ := os.ReadFile(log)
			t.Logf("the log of %s:\n%s", strings.Join(cmd.Args, " "), text)
		}
	})
	return p
}

// stop ends the server as systemd and containers do.
func (p *process) stop(t *testing.T) {
	t.Helper()
	_ = p.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(deadline):
		_ = p.Process.Kill()
		<-p.done
		t.Errorf("%s did not end in %s", p.Args[0], deadline)
	}
}

// await waits until ready reports no problem, or the server ended.
func (p *process) await(t *testing.T, ready func() error) {
	t.Helper()
	for until := time.Now().Add(deadline); ; time.Sleep(50 * time.Millisecond) {
		err := ready()
		if err == nil {
			return
		}
		select {
		case <-p.done:
			t.Fatalf("%s ended: %s", p.Args[0], p.ProcessState)
		default:
		}
		if time.Now().After(until) {
			t.Fatalf("%s: after %s: %v", p.Args[0], deadline, err)
		}
	}
}

// client takes the certificates of Caddy's own authority, which is made in the test.
var client = &http.Client{
	Timeout:   20 * time.Second,
	Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true},
}

// answer is a status and a body.
type answer struct {
	status int
	body   string
}

func send(method, url, body string) (answer, error) {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	res, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, string(text)}, err
}

// get returns an answer as soon as there is one.
func (p *process) get(t *testing.T, url string) answer {
	t.Helper()
	var got answer
	p.await(t, func() (err error) {
		got, err = send(http.MethodGet, url, "")
		return err
	})
	return got
}

// mint returns a refresh token with this key, by the program that is tested.
func mint(t *testing.T, program []string, key string) string {
	t.Helper()
	args := append(program[1:len(program):len(program)], "token-refresh", "mint", "--signing-key", "@-", "--claim", "user_id=1")
	cmd := exec.Command(program[0], args...)
	cmd.Stdin = strings.NewReader(key)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("mint: %v\n%s", err, errs.String())
	}
	return strings.TrimSpace(string(out))
}

// refresh sends a refresh token to a site, and returns the status and the tokens.
func refresh(t *testing.T, site, token string) (status int, access, next string) {
	t.Helper()
	got, err := send(http.MethodPost, site+"/api/token/refresh/", `{"refresh":"`+token+`"}`)
	if err != nil {
		t.Fatal(err)
	}
	var tokens struct{ Access, Refresh string }
	if err := json.Unmarshal([]byte(got.body), &tokens); err != nil {
		t.Fatalf("%d %s: %v", got.status, got.body, err)
	}
	return got.status, tokens.Access, tokens.Refresh
}
