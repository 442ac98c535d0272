// SPDX-License-Identifier: Apache-2.0

package conformance

// StoryProfiles are the configurations that remember: Django with its blacklist
// app, the edge with its file store. reuse_grace and reuse_detection are off.
func StoryProfiles() []Profile {
	ps := []Profile{
		{
			Name:      "spend",
			SimpleJWT: map[string]any{"ROTATE_REFRESH_TOKENS": true, "BLACKLIST_AFTER_ROTATION": true},
			Caddyfile: []string{"rotate_refresh_tokens", "blacklist_after_rotation"},
			Rotates:   true, Spends: true,
		},
		{
			Name:      "rotate-only",
			SimpleJWT: map[string]any{"ROTATE_REFRESH_TOKENS": true},
			Caddyfile: []string{"rotate_refresh_tokens", "store file"},
			Rotates:   true,
		},
		{
			Name:      "blacklist-only",
			Caddyfile: []string{"blacklist_path /api/token/blacklist"},
		},
	}
	for i := range ps {
		p := &ps[i]
		p.fill()
		p.Remembers = true
		// They share one store, and must not share its records.
		p.Caddyfile = append(p.Caddyfile, "name "+p.Name)
	}
	return ps
}
