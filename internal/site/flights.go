// SPDX-License-Identifier: Apache-2.0

package site

import "sync"

// flights knows which tokens the backend is working on. Two requests with one token at
// once are not compared: the backend may accept both, and the edge does not know which
// it saw first.
type flights struct {
	mu    sync.Mutex
	under map[string]*flight // by the token
}

// flight is a token that the backend is working on.
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
