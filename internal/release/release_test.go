// SPDX-License-Identifier: Apache-2.0

package release

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFind: which releases the four settings stand for. A setting that is left out
// stands for the newest release that pip installs with the others.
func TestFind(t *testing.T) {
	newest := Versions{"5.3.1", pyJWTs.newest().String(), drfs.newest().String(), "5.2.19"}
	with := func(change func(v *Versions)) Versions {
		v := newest
		change(&v)
		return v
	}
	all := []string{"simplejwt_version", "pyjwt_version", "drf_version", "django_version"}
	for name, tc := range map[string]struct {
		versions Versions
		want     Versions
		remarks  Remarks
	}{
		"nothing": {Versions{}, newest, Remarks{Assumed: all}},
		"a series": {
			Versions{SimpleJWT: "5.2", PyJWT: "2.10", DRF: "3.16", Django: "4.2"},
			Versions{"5.2.2", "2.10.1", "3.16.1", "4.2.30"},
			Remarks{},
		},
		"full releases": {
			Versions{SimpleJWT: "5.3.0", PyJWT: "2.10.0", DRF: "3.15.1", Django: "5.1.7"},
			Versions{"5.3.0", "2.10.0", "3.15.1", "5.1.7"},
			Remarks{},
		},
		"a PyJWT that is excluded": {
			Versions{SimpleJWT: "5.5.0"},
			with(func(v *Versions) { v.SimpleJWT, v.PyJWT = "5.5.0", "2.9.0" }),
			Remarks{Assumed: all[1:]},
		},
		"a PyJWT that is excluded, all the same": {
			Versions{SimpleJWT: "5.5.0", PyJWT: "2.10.0"},
			with(func(v *Versions) { v.SimpleJWT, v.PyJWT = "5.5.0", "2.10.0" }),
			Remarks{Assumed: all[2:], Apart: []string{"SimpleJWT 5.5.0 asks for a PyJWT before 2.10.0"}},
		},
		"a Django that breaks it": {
			Versions{SimpleJWT: "5.2.0"},
			with(func(v *Versions) { v.SimpleJWT, v.DRF, v.Django = "5.2.0", "3.17.2", "4.2.30" }),
			Remarks{Assumed: all[1:]},
		},
		"an old Django": {
			Versions{Django: "5.1"},
			with(func(v *Versions) { v.DRF, v.Django = "3.17.2", "5.1.15" }),
			Remarks{Assumed: all[:3]},
		},
		"a DRF that a newer Django breaks, all the same": {
			Versions{DRF: "3.17.2", Django: "6.1"},
			with(func(v *Versions) { v.DRF, v.Django = "3.17.2", "6.1.3" }),
			Remarks{Assumed: all[:2], Apart: []string{"Django REST framework 3.17.2 cannot be imported with a Django from 6.1.0 on"}},
		},
		"a DRF that wants a newer Django": {
			Versions{DRF: "3.18.0", Django: "5.1"},
			with(func(v *Versions) { v.DRF, v.Django = "3.18.0", "5.1.15" }),
			Remarks{Assumed: all[:2], Apart: []string{"Django REST framework 3.18.0 asks for Django 5.2.0 or later"}},
		},
		"a newer series": {
			Versions{PyJWT: "3.0"},
			newest,
			Remarks{
				Assumed: []string{all[0], all[2], all[3]},
				Newer:   []string{"pyjwt_version 3.0 is newer than this edge knows; it answers as PyJWT " + newest.PyJWT + " does: update the edge"},
			},
		},
		"a newer release of a series": {
			Versions{SimpleJWT: "5.3.9"},
			newest,
			Remarks{
				Assumed: all[1:],
				Newer:   []string{"simplejwt_version 5.3.9 is newer than this edge knows; it answers as SimpleJWT 5.3.1 does: update the edge"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, remarks, err := Find(tc.versions)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, r.Versions()); diff != "" {
				t.Errorf("versions (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(tc.remarks, remarks); diff != "" {
				t.Errorf("remarks (-want +got)\n%s", diff)
			}
		})
	}
}

// TestFindRefuses: a text that is no version, or a version that is too old, is refused.
// The error names the setting and the known releases.
func TestFindRefuses(t *testing.T) {
	for _, tc := range []struct {
		versions Versions
		want     string
	}{
		{Versions{SimpleJWT: "5.1.0"}, `simplejwt_version "5.1.0" is not supported: write one of ` + strings.Join(Names(), ", ") + ", or a full release such as 5.5.1"},
		{Versions{PyJWT: "2.3"}, `pyjwt_version "2.3" is not supported: write one of 2.4, 2.5, `},
		{Versions{DRF: "3.13.1"}, `drf_version "3.13.1" is not supported: write one of 3.14, `},
		{Versions{Django: "4.1"}, `django_version "4.1" is not supported: write one of 4.2, `},
		{Versions{Django: "4.9.1"}, `django_version "4.9.1" is not supported: write one of 4.2, `},
		{Versions{Django: "5"}, `django_version "5" is not a version: write two or three numbers`},
		{Versions{PyJWT: "2.10.0b1"}, `pyjwt_version "2.10.0b1" is not a version: write two or three numbers`},
	} {
		if _, _, err := Find(tc.versions); err == nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("%+v: got %v\nwant %s...", tc.versions, err, tc.want)
		}
	}
}

// TestTables: each library's releases are sorted oldest first, one for each series, and
// Find returns each of them for its own name.
func TestTables(t *testing.T) {
	for _, l := range []*library{&simpleJWTs, &pyJWTs, &drfs, &djangos} {
		if !slices.IsSortedFunc(l.known, Version.Compare) {
			t.Errorf("the releases of %s do not stand oldest first", l.name)
		}
		if series := l.series(); len(slices.Compact(series)) != len(l.known) {
			t.Errorf("%s has a series twice: %v", l.name, l.series())
		}
		for _, v := range l.known {
			var remarks Remarks
			for _, text := range []string{v.String(), v.Series()} {
				if got, err := l.find(text, &remarks); err != nil || got != v {
					t.Errorf("%s %s is taken for %s: %v", l.name, text, got, err)
				}
			}
			if remarks.Newer != nil {
				t.Errorf("%s %s: %v", l.name, v, remarks.Newer)
			}
		}
	}
	if want := []string{"5.2", "5.3", "5.4", "5.5"}; !slices.Equal(Names()[:len(want)], want) {
		t.Errorf("the series are %v, want %v and later ones", Names(), want)
	}
	if got, want := Newest().Versions(), (Versions{
		simpleJWTs.newest().String(), pyJWTs.newest().String(), drfs.newest().String(), djangos.newest().String(),
	}); got != want {
		t.Errorf("the newest is %s, want %s", got, want)
	}
}

// TestLines: the lines of a release lead back to it.
func TestLines(t *testing.T) {
	v := Versions{"5.2.1", "2.7.0", "3.15.2", "4.2.30"}
	want := []string{"simplejwt_version 5.2.1", "pyjwt_version 2.7.0", "drf_version 3.15.2", "django_version 4.2.30"}
	if diff := cmp.Diff(want, v.Lines()); diff != "" {
		t.Error(diff)
	}
	if got, want := v.String(), "SimpleJWT 5.2.1, PyJWT 2.7.0, Django REST framework 3.15.2, Django 4.2.30"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
