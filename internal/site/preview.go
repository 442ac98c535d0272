// SPDX-License-Identifier: Apache-2.0

package site

import (
	"bytes"
	"context"
	"net/http"

	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// Preview is what a client would get for a token, and why.
type Preview struct {
	simplejwt.Explanation
	Status int
	Body   []byte // of a refusal; nil for a success, whose tokens are not made

	Referred bool // the backend words the refusal; the client gets Body if it does not
	Sliding  bool // the token was taken for a sliding token
}

// Preview says what a client would get for a refresh token, or for a sliding token
// where the site refreshes these. It mints, spends, writes and counts nothing,
// provided that ask, as in [simplejwt.Backend.Explain], writes nothing.
func (s *Site) Preview(ctx context.Context, token []byte, ask simplejwt.Ask) Preview {
	var m memory
	explain := s.Backend.Explain
	sliding := len(s.SlidingPaths) > 0 && (len(s.RefreshPaths) == 0 || s.Backend.IsSliding(token))
	if sliding {
		explain = s.Backend.ExplainSliding
	}
	p := Preview{Explanation: explain(ctx, &m.token, token, s.Now(), ask), Status: http.StatusOK, Sliding: sliding}
	if p.Err != nil {
		answer := s.unauthorized(&m, new(record), p.Err)
		p.Status, p.Body = answer.Status, bytes.Clone(answer.Body)
		p.Referred = s.RefersRefusals && s.refers(p.Err, token)
	}
	return p
}
