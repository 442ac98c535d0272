// SPDX-License-Identifier: Apache-2.0

package login

import (
	"context"
	"net/http"
	"strconv"

	"github.com/caddyrefresh/caddyrefresh/internal/jsonmember"
)

// exchange is one answer to a login.
type exchange struct {
	*Capture
	Tokens
	ctx context.Context
	err error // why a token could not be judged, so that the answer must not go out
}

func (x *exchange) kind(token []byte) Kind {
	kind, err := x.Kind(x.ctx, token)
	if err != nil && x.err == nil {
		x.err = err
	}
	return kind
}

func (x *exchange) isRefresh(token []byte) bool { return x.kind(token) == Refresh }

// passes reports whether an answer of 400 and above may go out as it comes.
func (x *exchange) passes(h *held) bool {
	if x.leakingHeader(h.final) != "" || x.err != nil {
		return false
	}
	x.Begin(Passed, nil)
	return true
}

// finish sends an answer all of which is there.
func (x *exchange) finish(h *held) (outcome Outcome, cause, err error) {
	if h.through {
		h.trail()
		return Passed, nil, nil
	}
	found, cause := x.read(h)
	if x.err != nil {
		cause = x.err
	}
	if cause != nil {
		return Withheld, cause, nil
	}
	x.Begin(found.outcome, found.remark)
	if found.outcome == Captured {
		rewrite(h.final, found)
	}
	h.send()
	if len(found.body) > 0 {
		_, _ = h.w.Write(found.body) // an error means that the client is gone
	}
	if found.outcome != Captured {
		h.trail()
	}
	return found.outcome, found.remark, nil
}

// found is what an answer held, and what is left of it.
type found struct {
	outcome Outcome
	remark  error // for the log
	cookies []string
	body    []byte
}

// read looks through a held answer. The error says why it must not go out.
func (x *exchange) read(h *held) (*found, error) {
	if name := x.leakingHeader(h.header); name != "" {
		return nil, x.leak("in its header " + name)
	}
	switch {
	case h.large:
		return nil, x.unread("is longer than "+strconv.FormatInt(x.MaxBody, 10)+" bytes", "raise max_body")
	case h.status == http.StatusSwitchingProtocols:
		return nil, x.unread("changes protocols", "have it answer in JSON")
	case len(h.body) > 0 && isEncoded(h.final):
		return nil, x.unread("is compressed, although the request did not ask for it", "switch compression off for that path")
	}
	f := &found{body: h.body}
	readable := h.status < http.StatusMultipleChoices && isJSON(h.final)
	if readable {
		if err := x.capture(f); err != nil {
			return nil, err
		}
	}
	if find(f.body, x.isRefresh) {
		return nil, x.leakingBody(f.body, readable)
	}
	return f, nil
}

// capture takes the tokens out of a body in JSON.
func (x *exchange) capture(f *found) error {
	refresh := text(f.body, x.Refresh)
	if refresh == nil {
		return nil // it asks for a second factor, say
	}
	if !x.isRefresh([]byte(*refresh)) {
		f.outcome, f.remark = Foreign, x.foreign()
		return nil
	}
	paths, access := []jsonmember.Path{x.Refresh}, ""
	if x.Access != nil {
		if given := text(f.body, x.Access); given != nil && x.kind([]byte(*given)) == Access {
			paths, access = append(paths, x.Access), *given
		}
	}
	cookies, err := x.Keep(x.ctx, *refresh, access)
	if err != nil {
		return err
	}
	f.outcome, f.cookies = Captured, cookies
	_, f.body, err = jsonmember.Take(f.body, paths)
	return err
}

// text returns the text of a member, nil if there is none.
func text(document []byte, path jsonmember.Path) *string {
	texts, _, err := jsonmember.Take(document, []jsonmember.Path{path})
	if err != nil {
		return nil // the search for tokens looks at it as at any text
	}
	return texts[0]
}

// stale are the headers that describe a body as it was before the tokens were taken out,
// or that let caches keep it.
var stale = []string{
	"Etag", "Last-Modified", "Content-Md5", "Digest", "Content-Digest", "Repr-Digest", "Trailer", "Expires", "Pragma",
	"Cdn-Cache-Control", "Surrogate-Control",
}

// rewrite makes a header that of an answer whose tokens were taken out.
func rewrite(header http.Header, f *found) {
	for _, name := range stale {
		header.Del(name)
	}
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Length", strconv.Itoa(len(f.body)))
	header["Set-Cookie"] = append(header["Set-Cookie"], f.cookies...)
}
