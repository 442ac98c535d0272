// SPDX-License-Identifier: Apache-2.0

package usercheck

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel/propagation"
)

const (
	requestIDHeader = "X-Request-ID" // net/http sends X-Request-Id

	maxResponseHeader = 64 << 10
	maxBody           = 16 << 10 // more is not read, and the connection is closed
)

// newClient makes a client that follows no redirect: a view that redirects is not the
// one that was meant, and the secret is for it alone.
func newClient(transport http.RoundTripper, maxConnections int) *http.Client {
	if transport == nil {
		transport = &http.Transport{
			// Without Proxy, so that a variable of the environment does not lead
			// the secret to a proxy.
			DialContext:            (&net.Dialer{Timeout: maxTimeout}).DialContext,
			TLSHandshakeTimeout:    maxTimeout,
			MaxIdleConnsPerHost:    maxConnections,
			IdleConnTimeout:        30 * time.Second,
			DisableCompression:     true,
			MaxResponseHeaderBytes: maxResponseHeader,
		}
	}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ask makes one request. The status decides; the body is dropped.
func (c *Checker) ask(ctx context.Context, at string) answer {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return answer{resultBadID, errors.New("the URL cannot be made for the id of the token's user: look at the URL")}
	}
	req.Header.Set("User-Agent", "caddyrefresh")
	if id := c.requestID(ctx); id != "" {
		req.Header.Set(requestIDHeader, id)
	}
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(req.Header))
	for name, value := range c.header {
		if name == "Host" {
			req.Host = value
			continue
		}
		req.Header.Set(name, value)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return answer{resultUnreachable, c.explain(err)}
	}
	if resp.StatusCode != http.StatusSwitchingProtocols { // whose body is the connection
		// Only a body that was read to its end leaves the connection to the next request.
		_, _ = io.CopyN(io.Discard, resp.Body, maxBody+1)
	}
	_ = resp.Body.Close()
	switch {
	case resp.StatusCode >= 200 && resp.StatusCode <= 299:
		return answer{resultActive, nil}
	case resp.StatusCode == http.StatusGone:
		return answer{resultRefused, nil}
	default:
		return answer{resultBadAnswer, fmt.Errorf("the backend answers %d: %s", resp.StatusCode, cure(resp.StatusCode))}
	}
}

// cure says what to do about a status.
func cure(status int) string {
	switch {
	case status >= 300 && status <= 399:
		return "write the URL that it redirects to; Django adds a slash at the end (APPEND_SLASH), " +
			"or wants header X-Forwarded-Proto https (SECURE_SSL_REDIRECT)"
	case status == http.StatusBadRequest:
		return "name the host of the URL in ALLOWED_HOSTS, or write header Host with a name from there"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return "compare the secret in header with the one that the view wants"
	case status == http.StatusNotFound:
		return "check the URL; for a user who is missing or inactive the view has to answer 410"
	case status == http.StatusTooManyRequests:
		return "exempt the view from rate limits"
	case status >= 500:
		return "look at the backend's log"
	default:
		return "the view has to answer 204 for an active user, and 410 for any other"
	}
}

// explain says why there is no answer. The error that it gets quotes the URL, and with
// it the user's id.
func (c *Checker) explain(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the backend gives no answer within %s: look why it is slow, or write a longer timeout", c.timeout)
	}
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err
	}
	// What answers may not be a view, and may send back what it gets.
	for _, value := range c.header {
		if strings.Contains(err.Error(), value) {
			return errors.New("what answers is not HTTP, and quotes a header: check the URL")
		}
	}
	return fmt.Errorf("the backend cannot be asked: %w: check the URL, the network and certificates", err)
}
