// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"encoding/json"
)

// Recording is what the recorder writes for one set. A set with a Base is told as
// differences from that one's recording: see [Recording.Since].
type Recording struct {
	Release   string            `json:"release"` // the set's name
	Base      string            `json:"base,omitempty"`
	Versions  map[string]string `json:"versions"` // of the libraries of the Django that answered
	Profiles  []RecordedProfile `json:"profiles,omitempty"`
	Exchanges []Exchange        `json:"exchanges"`
	Without   []string          `json:"without,omitempty"` // exchanges of the base that it does not have
}

// RecordedProfile is a configuration, as Django and as the edge have it.
type RecordedProfile struct {
	Name      string          `json:"name"`
	SimpleJWT json.RawMessage `json:"simple_jwt"` // lifetimes in seconds
	Caddyfile []string        `json:"caddyfile"`  // lines of a token_refresh block
}

// Recorded returns the profile as recordings have it.
func (p *Profile) Recorded() (RecordedProfile, error) {
	settings, err := json.Marshal(p.SimpleJWT)
	return RecordedProfile{Name: p.Name, SimpleJWT: settings, Caddyfile: p.Caddyfile}, err
}

// Exchange is a request, Django's answer, and the clock and the jtis that it
// was made with.
type Exchange struct {
	Name          string   `json:"name"`
	Profile       string   `json:"profile"`
	Now           float64  `json:"now"`            // seconds since 1970
	JTIs          []string `json:"jtis,omitempty"` // the access token's, then the refresh token's
	Request       string   `json:"request,omitempty"`
	RequestBase64 []byte   `json:"request_base64,omitempty"` // instead of Request, where it is not UTF-8

	Django Answer `json:"django"`
	// Parity names the row of docs/parity.md that allows the edge to answer as
	// Edge says. Without it the edge answers as Django does.
	Parity string  `json:"parity,omitempty"`
	Edge   *Answer `json:"edge,omitempty"`
}

// Raw returns the bytes of the request.
func (e *Exchange) Raw() []byte {
	if e.RequestBase64 != nil {
		return e.RequestBase64
	}
	return []byte(e.Request)
}

// Want returns what the edge must answer.
func (e *Exchange) Want() Answer {
	if e.Edge != nil {
		return *e.Edge
	}
	return e.Django
}
