// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSince: a recording that is told as differences from another is the same again
// when it is made whole, and tells nothing twice.
func TestSince(t *testing.T) {
	answer := func(status int) Answer { return Answer{Status: status, Body: "{}"} }
	base := &Recording{Release: "5.3", Profiles: []RecordedProfile{{Name: "default"}}, Exchanges: []Exchange{
		{Name: "same", Profile: "default", Request: "a", Django: answer(200)},
		{Name: "answered otherwise", Profile: "default", RequestBase64: []byte{0xff}, Django: answer(200)},
		{Name: "asked otherwise", Profile: "default", Request: "c", Django: answer(200)},
		{Name: "later", Profile: "default", Request: "d", Now: 1, Django: answer(200)},
		{Name: "gone", Profile: "default", Request: "e", Django: answer(200)},
	}}
	whole := &Recording{Release: "5.3-newest", Base: "5.3", Profiles: base.Profiles, Versions: map[string]string{"PyJWT": "2.15.1"}, Exchanges: []Exchange{
		base.Exchanges[0],
		{Name: "answered otherwise", Profile: "default", RequestBase64: []byte{0xff}, Django: answer(401)},
		{Name: "asked otherwise", Profile: "default", Request: "C", Django: answer(200)},
		{Name: "later", Profile: "default", Request: "d", Now: 2, Django: answer(200)},
		{Name: "new", Profile: "default", Request: "f", Django: answer(400), Parity: "crash"},
	}}
	want := &Recording{
		Release: "5.3-newest", Base: "5.3", Versions: whole.Versions, Without: []string{"default/gone"},
		Exchanges: []Exchange{
			{Name: "answered otherwise", Profile: "default", Django: answer(401)},
			whole.Exchanges[2], whole.Exchanges[3], whole.Exchanges[4],
		},
	}
	since := whole.Since(base)
	if diff := cmp.Diff(want, since); diff != "" {
		t.Errorf("the differences (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(whole, since.on(base)); diff != "" {
		t.Errorf("made whole (-want +got)\n%s", diff)
	}
}

// TestRecordingsHoldDifferences guards the size of the repository, and that a recording
// shows what its libraries changed: no exchange is told that the base tells already.
func TestRecordingsHoldDifferences(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "django")
	bases := map[string]map[string]Exchange{}
	for _, s := range Contemporary() {
		base, err := LoadRecording(filepath.Join(dir, s.Name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		bases[s.Name] = map[string]Exchange{}
		for _, e := range base.Exchanges {
			bases[s.Name][e.key()] = e
		}
	}
	for _, s := range RecordedSets() {
		if s.IsContemporary() {
			continue
		}
		path := filepath.Join(dir, s.Name+".json")
		told, err := readRecording(path)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := LoadRecording(path)
		if err != nil {
			t.Fatal(err)
		}
		now := map[string]Exchange{}
		for _, e := range whole.Exchanges {
			now[e.key()] = e
		}
		for _, e := range told.Exchanges {
			if was, ok := bases[s.Base][e.key()]; ok && reflect.DeepEqual(was, now[e.key()]) {
				t.Errorf("%s tells %q again, which is as in %s", s.Name, e.key(), s.Base)
			}
		}
		for _, key := range told.Without {
			if _, ok := bases[s.Base][key]; !ok {
				t.Errorf("%s is without %q, which %s does not have", s.Name, key, s.Base)
			}
		}
	}
}
