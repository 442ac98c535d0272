// SPDX-License-Identifier: Apache-2.0

package edgetest

import (
	"io"
	"net/http"
	"strings"
)

// Metrics returns what the admin endpoint says at /metrics, in Prometheus' text
// format.
func (e *Edge) Metrics() string {
	e.t.Helper()
	return e.Admin(http.MethodGet, "/metrics", "")
}

// Admin sends a request to the admin endpoint and returns the body of the answer.
// A status of 300 and above fails the test.
func (e *Edge) Admin(method, path, body string) string {
	e.t.Helper()
	status, answer := e.TryAdmin(method, path, body)
	if status >= http.StatusMultipleChoices {
		e.t.Fatalf("%s %s at the admin endpoint: status %d: %s", method, path, status, answer)
	}
	return answer
}

// TryAdmin is Admin for a request that may be refused.
func (e *Edge) TryAdmin(method, path, body string) (status int, answer string) {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.t.Context(), method, "http://127.0.0.1:"+e.admin+path, strings.NewReader(body))
	if err != nil {
		e.t.Fatalf("making a request to the admin endpoint: %v", err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, answer := e.send(req)
	return res.StatusCode, answer
}

// Do sends a request to {{port}}, with headers given as name, value, name, value.
// It returns the status, the header and the whole body of the answer.
func (e *Edge) Do(method, path, body string, headers ...string) (*http.Response, string) {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.t.Context(), method, e.URL+path, strings.NewReader(body))
	if err != nil {
		e.t.Fatalf("making a request: %v", err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	return e.send(req)
}

// send sends a request and reads the whole answer.
func (e *Edge) send(req *http.Request) (*http.Response, string) {
	e.t.Helper()
	res, err := e.Client.Do(req)
	if err != nil {
		e.t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		e.t.Fatalf("%s %s: reading the answer: %v", req.Method, req.URL, err)
	}
	return res, string(body)
}
