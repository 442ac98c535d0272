// SPDX-License-Identifier: Apache-2.0

package conformance

// patientStore is the file store with time to spare: a busy machine must not
// make it answer 503.
const patientStore = "store file {\n\ttimeout 10s\n}"

// StoryProfiles are the configurations that remember: Django with its blacklist
// app, the edge with its file store. reuse_grace and reuse_detection are off.
func StoryProfiles() []Profile {
	ps := []Profile{
		{
			Name:      "spend",
			SimpleJWT: map[string]any{"ROTATE_REFRESH_TOKENS": true, "BLACKLIST_AFTER_ROTATION": true},
			Caddyfile: []string{"rotate_refresh_tokens", "blacklist_after_rotation", patientStore},
			Rotates:   true, Spends: true, VerifyLooks: true,
		},
		{
			Name:      "rotate-only",
			SimpleJWT: map[string]any{"ROTATE_REFRESH_TOKENS": true},
			Caddyfile: []string{"rotate_refresh_tokens", patientStore},
			Rotates:   true,
		},
		{
			Name:      "blacklist-only",
			Caddyfile: []string{"blacklist_path /api/token/blacklist", patientStore},
		},
		{
			// Nothing is spent, and yet verifying looks into the blacklist.
			Name:        "no-rotation",
			SimpleJWT:   map[string]any{"BLACKLIST_AFTER_ROTATION": true},
			Caddyfile:   []string{"blacklist_after_rotation", patientStore},
			VerifyLooks: true, Stories: 60,
		},
	}
	for i := range ps {
		p := &ps[i]
		p.fill()
		p.Remembers = true
		if p.Stories == 0 {
			p.Stories = 120
		}
		// They share one store, and must not share its records.
		p.Caddyfile = append(p.Caddyfile, "name "+p.Name+" separate")
	}
	return ps
}
