// SPDX-License-Identifier: Apache-2.0

package site

import "sync"

// flights knows the tokens that are with the backend. Of two requests with one token
// at once the backend may let both win, and which of them it saw first is not known
// here, so they are not compared.
type flights struct {
	mu    sync.Mutex
	under map[string]*flight // by the token
}

// flight is a token that is with the backend.
type flight struct {
	token    string
	requests int
	others   bool // there were several at once
}

func (f *flights) enter(token string) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	fl := f.under[token]
	if fl == nil || token == "" {
		fl = &flight{token: token}
		f.under[token] = fl
	}
	fl.requests++
	fl.others = fl.others || fl.requests > 1
	return fl
}

func (f *flights) leave(fl *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fl.requests--; fl.requests == 0 && f.under[fl.token] == fl {
		delete(f.under, fl.token)
	}
}

// met reports whether there were other requests with the token.
func (f *flights) met(fl *flight) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fl.others
}
