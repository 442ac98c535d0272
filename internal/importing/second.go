// SPDX-License-Identifier: Apache-2.0

package importing

import "slices"

// A token_refresh block answers as one kind of refresh view. A project that has both
// SimpleJWT's and dj-rest-auth's gets a second block, for the latter alone.

// hasBoth reports whether the edge can answer for both kinds of refresh view.
func (f *Facts) hasBoth() bool {
	has := func(kinds ...string) bool {
		return slices.ContainsFunc(f.Views, func(view View) bool { return slices.Contains(kinds, view.Kind) && view.whyNot() == "" })
	}
	return has("refresh", "sliding_refresh") && has(djRefresh)
}

// djAlone returns the facts of the project as if it had no view but dj-rest-auth's.
func (f *Facts) djAlone() *Facts {
	alone := *f
	alone.Unrecognised, alone.CookieViews = nil, nil
	alone.Views = slices.DeleteFunc(slices.Clone(f.Views), func(view View) bool { return view.Kind != djRefresh })
	return &alone
}

// blocks returns the verdicts of the site's blocks.
func (v *Verdict) blocks() []*Verdict {
	if v.second == nil {
		return []*Verdict{v}
	}
	return []*Verdict{v, v.second}
}

// Blocks returns how many token_refresh blocks the site has.
func (v *Verdict) Blocks() int { return len(v.blocks()) }

// addSecond takes over what the second block has to report, unless it cannot be written.
func (v *Verdict) addSecond() {
	if v.second == nil {
		return
	}
	if len(v.second.Stays) > 0 {
		v.second = nil
		return
	}
	for _, part := range []struct {
		into *[]string
		from []string
	}{
		{&v.Carries, v.second.Carries}, {&v.Better, v.second.Better}, {&v.Differs, v.second.Differs}, {&v.ToDo, v.second.ToDo},
	} {
		for _, sentence := range part.from {
			if !slices.Contains(*part.into, sentence) {
				*part.into = append(*part.into, sentence)
			}
		}
	}
}
