// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
)

// LoadRecording reads the recording of a set. One that is told as differences from
// another is made whole.
func LoadRecording(path string) (*Recording, error) {
	r, err := readRecording(path)
	if err != nil || r.Base == "" {
		return r, err
	}
	base, err := LoadRecording(filepath.Join(filepath.Dir(path), r.Base+".json"))
	if err != nil {
		return nil, err
	}
	return r.on(base), nil
}

// readRecording reads what a file has.
func readRecording(path string) (*Recording, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var r Recording
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("reading recording %s: %w", path, err)
	}
	return &r, nil
}

// key is what is distinct in a recording.
func (e *Exchange) key() string { return e.Profile + "/" + e.Name }

// Since returns the recording of a set as differences from its base's: the exchanges
// that are not the same, without the request where that is. Most are the same, and
// whoever reads the file sees what a release changed. The profiles have to be the
// same.
func (r *Recording) Since(base *Recording) *Recording {
	since := &Recording{Release: r.Release, Base: base.Release, Versions: r.Versions}
	was := map[string]*Exchange{}
	for i := range base.Exchanges {
		was[base.Exchanges[i].key()] = &base.Exchanges[i]
	}
	for _, e := range r.Exchanges {
		old := was[e.key()]
		delete(was, e.key())
		if old != nil && reflect.DeepEqual(*old, e) {
			continue
		}
		if old != nil && old.Now == e.Now && string(old.Raw()) == string(e.Raw()) {
			e.Request, e.RequestBase64 = "", nil
		}
		since.Exchanges = append(since.Exchanges, e)
	}
	for i := range base.Exchanges {
		if key := base.Exchanges[i].key(); was[key] != nil {
			since.Without = append(since.Without, key)
		}
	}
	return since
}

// on returns a recording that was told as differences from base as a whole one.
func (r *Recording) on(base *Recording) *Recording {
	whole := &Recording{Release: r.Release, Base: r.Base, Versions: r.Versions, Profiles: base.Profiles}
	dropped, differs := map[string]bool{}, map[string]Exchange{}
	for _, key := range r.Without {
		dropped[key] = true
	}
	for _, e := range r.Exchanges {
		differs[e.key()] = e
	}
	for _, old := range base.Exchanges {
		key := old.key()
		if e, ok := differs[key]; ok {
			if len(e.Raw()) == 0 {
				e.Request, e.RequestBase64 = old.Request, old.RequestBase64
			}
			whole.Exchanges = append(whole.Exchanges, e)
			delete(differs, key)
		} else if !dropped[key] {
			whole.Exchanges = append(whole.Exchanges, old)
		}
	}
	for _, e := range r.Exchanges { // in their order
		if _, ok := differs[e.key()]; ok {
			whole.Exchanges = append(whole.Exchanges, e)
		}
	}
	return whole
}
