// SPDX-License-Identifier: Apache-2.0

package usercheck

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/textproto"
	"slices"
	"time"

	"github.com/caddyserver/caddy/v2"
	"golang.org/x/net/http/httpguts"

	"github.com/caddyrefresh/caddyrefresh/internal/explain"
	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

const (
	defaultTimeout     = 2 * time.Second
	defaultMaxInFlight = 64

	maxTimeout  = 10 * time.Second
	maxCache    = time.Hour
	maxInFlight = 10_000
)

// Settings say where the backend is asked whether a user may go on.
type Settings struct {
	// The URL of the backend's view, http or https, with {user_id} once in its path:
	// https://backend.internal/internal/users/{user_id}
	URL string `json:"url,omitempty"`

	// Headers of each request. Write a secret as a placeholder, such as
	// {env.EDGE_SECRET}. Default: none
	Header map[string]string `json:"header,omitempty"`

	// How long a refresh waits for the answer, at most 10s. Default: 2s
	Timeout caddy.Duration `json:"timeout,omitempty"`

	// How long the edge remembers that a user is active, at most 1h: so long a user who
	// was deactivated goes on refreshing. Refusals are not remembered. Default: 0s
	Cache caddy.Duration `json:"cache,omitempty"`

	// How many requests may be under way at once. A refresh beyond that waits for one to
	// end, within the timeout. Default: 64
	MaxInFlight int `json:"max_in_flight,omitempty"`
}

func (s *Settings) timeout() time.Duration {
	return cmp.Or(time.Duration(s.Timeout), defaultTimeout)
}

// Validate refuses settings that are out of range.
func (s *Settings) Validate() error {
	var errs []error
	if t := time.Duration(s.Timeout); t < 0 || t > maxTimeout || t > 0 && t < time.Millisecond {
		errs = append(errs, fmt.Errorf("timeout %s is out of range: write a duration from 1ms to %s; %s is the default", t, maxTimeout, defaultTimeout))
	}
	if c := time.Duration(s.Cache); c < 0 || c > maxCache || c > 0 && c < time.Millisecond {
		errs = append(errs, fmt.Errorf("cache %s is out of range: write a duration from 1ms to 1h, such as 30s, or delete the line", c))
	}
	if s.MaxInFlight < 0 || s.MaxInFlight > maxInFlight {
		errs = append(errs, fmt.Errorf("max_in_flight %d is out of range: write a number from 1 to %d; %d is the default", s.MaxInFlight, maxInFlight, defaultMaxInFlight))
	}
	return errors.Join(errs...)
}

// ownHeaders are the headers that the edge or net/http writes.
var ownHeaders = []string{
	"Connection", "Content-Length", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"X-Request-Id", "Traceparent", "Tracestate",
}

// resolved returns the headers with their placeholders replaced.
func (s *Settings) resolved() (map[string]string, error) {
	header := make(map[string]string, len(s.Header))
	for _, name := range slices.Sorted(maps.Keys(s.Header)) {
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			return nil, fmt.Errorf("header %.40q is not the name of a header: write header X-Edge-Secret {env.EDGE_SECRET}", name)
		case slices.Contains(ownHeaders, canonical):
			return nil, fmt.Errorf("header %s is one that the edge writes itself: delete the line", canonical)
		case header[canonical] != "":
			return nil, fmt.Errorf("header %s is given twice: keep one line", canonical)
		}
		value, err := setting.Resolve("header "+name, s.Header[name])
		if err != nil {
			return nil, err
		}
		if !httpguts.ValidHeaderFieldValue(value) {
			return nil, fmt.Errorf("header %s: its value has a line break or another control character: store the secret without one", name)
		}
		header[canonical] = value
	}
	return header, nil
}

// publicHeaders are headers whose values are no secrets.
var publicHeaders = []string{"Accept", "Host", "User-Agent", "X-Forwarded-Host", "X-Forwarded-Proto"}

// WrittenOut returns the name of a header that may be a secret and is written out in the
// configuration, or "".
func (s *Settings) WrittenOut() string {
	for _, name := range slices.Sorted(maps.Keys(s.Header)) {
		if !setting.HasPlaceholder(s.Header[name]) && !slices.Contains(publicHeaders, textproto.CanonicalMIMEHeaderKey(name)) {
			return name
		}
	}
	return ""
}

// UnmarshalJSON implements [json.Unmarshaler]. Its errors say how to write a setting
// that is refused.
func (s *Settings) UnmarshalJSON(data []byte) error {
	type settings Settings // has no methods
	return explain.JSON(data, (*settings)(s), explain.Names[Settings]())
}
