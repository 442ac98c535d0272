// SPDX-License-Identifier: Apache-2.0

package conformance

// The paths of the views for sliding tokens.
const (
	ObtainSlidingPath = "/api/token/sliding/"
	SlidingPath       = "/api/token/sliding/refresh/"
)

// SlidingProfiles are configurations of projects with sliding tokens, which the
// protected view takes in place of access tokens.
func SlidingProfiles() []Profile {
	ps := []Profile{
		{Name: "sliding", SimpleJWT: map[string]any{}},
		{
			Name: "sliding-custom",
			SimpleJWT: map[string]any{
				"SLIDING_TOKEN_LIFETIME": 90.5, "SLIDING_TOKEN_REFRESH_EXP_CLAIM": "again", "SLIDING_TOKEN_REFRESH_LIFETIME": 7200,
				"TOKEN_TYPE_CLAIM": "kind", "JTI_CLAIM": "token_id", "USER_ID_CLAIM": "uid",
				"LEEWAY": 30.5, "AUDIENCE": []string{"web", "mobile"}, "ISSUER": "https://issuer.example", "ALGORITHM": "HS512",
			},
			Caddyfile: []string{
				"sliding_token_lifetime 90500ms", "sliding_token_refresh_exp_claim again", "sliding_token_refresh_lifetime 2h",
				"token_type_claim kind", "jti_claim token_id", "user_id_claim uid",
				"leeway 30500ms", "audience web mobile", "issuer https://issuer.example", "algorithm HS512",
			},
			Algorithm: "HS512", UserID: "uid", JTI: "token_id", Type: "kind", RefreshExp: "again",
			Audience: []string{"web", "mobile"}, Issuer: "https://issuer.example", Leeway: 30.5,
		},
	}
	for i := range ps {
		p := &ps[i]
		p.SimpleJWT["AUTH_TOKEN_CLASSES"] = []string{"rest_framework_simplejwt.tokens.SlidingToken"}
		if p.RefreshExp == "" {
			p.RefreshExp = "refresh_exp"
		}
		p.fill()
		p.Caddyfile = append(p.Caddyfile, "sliding_path /api/token/sliding/refresh")
	}
	return ps
}

// slides reports whether the profile is of a project with sliding tokens.
func (p *Profile) slides() bool { return p.RefreshExp != "" }
