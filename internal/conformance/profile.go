// SPDX-License-Identifier: Apache-2.0

package conformance

// The paths of the Django project, and of the edge in front of it.
const (
	ObtainPath    = "/api/token/"
	RefreshPath   = "/api/token/refresh/"
	VerifyPath    = "/api/token/verify/"
	BlacklistPath = "/api/token/blacklist/"
	ProtectedPath = "/api/protected/"
)

// Profile is one configuration, said three times: to Django, to the edge, and
// to the code that makes tokens.
type Profile struct {
	Name      string
	SimpleJWT map[string]any // Django's setting of that name; lifetimes in seconds
	Caddyfile []string       // the lines of a token_refresh block, without simplejwt_version

	Algorithm, Key     string   // a secret, or a private key in PEM
	Public, OtherKey   string   // the public half in PEM, "" for a secret; a key of the same kind
	UserID, JTI, Type  string   // claim names
	Audience           []string // what a good token says
	Issuer             string
	Leeway             float64 // seconds
	RefreshExp         string  // the claim that ends the refreshing of sliding tokens, "" where there are none
	Rotates            bool
	Spends             bool // a refresh token works once
	VerifyLooks        bool // into the blacklist: BLACKLIST_AFTER_ROTATION
	Remembers          bool // with Django's blacklist app
	Stories            int  // that are recorded of it
	AudienceIsOneValue bool
	Vary               string      // what middleware adds to Vary
	DJRestAuth         *DJRestAuth // nil: the project is without dj-rest-auth
	JSONOnly           bool        // DEFAULT_RENDERER_CLASSES is JSONRenderer alone
}

// secret is long enough for HS512. It guards nothing.
const secret = "conformance only: sixty-four bytes and more, so that it serves HS512 too"

// Profiles are the configurations that every release is tried with. The first
// one is SimpleJWT's defaults.
func Profiles() []Profile {
	ps := []Profile{
		{Name: "default"},
		{
			Name:      "rotate",
			SimpleJWT: map[string]any{"ROTATE_REFRESH_TOKENS": true},
			Caddyfile: []string{"rotate_refresh_tokens"},
			Rotates:   true,
		},
		{
			Name: "audience-list",
			SimpleJWT: map[string]any{
				"AUDIENCE": []string{"web", "mobile"}, "ISSUER": "https://issuer.example",
				"LEEWAY": 120, "ROTATE_REFRESH_TOKENS": true,
			},
			Caddyfile: []string{
				"audience web mobile", "issuer https://issuer.example", "leeway 120s", "rotate_refresh_tokens on",
			},
			Audience: []string{"web", "mobile"}, Issuer: "https://issuer.example", Leeway: 120, Rotates: true,
		},
		{
			Name:      "audience-one",
			SimpleJWT: map[string]any{"AUDIENCE": "api"},
			Caddyfile: []string{"audience api"},
			Audience:  []string{"api"}, AudienceIsOneValue: true,
		},
		{
			Name: "custom",
			SimpleJWT: map[string]any{
				"ALGORITHM": "HS512", "USER_ID_CLAIM": "uid", "JTI_CLAIM": "token_id", "TOKEN_TYPE_CLAIM": "kind",
				"ACCESS_TOKEN_LIFETIME": 3600, "REFRESH_TOKEN_LIFETIME": 1209600,
				"ROTATE_REFRESH_TOKENS": true, "AUTH_HEADER_TYPES": []string{"JWT", "Bearer"},
			},
			Caddyfile: []string{
				"algorithm HS512", "user_id_claim uid", "jti_claim token_id", "token_type_claim kind",
				"access_token_lifetime 1h", "refresh_token_lifetime 14d",
				"rotate_refresh_tokens", "auth_header_types JWT Bearer",
			},
			Algorithm: "HS512", UserID: "uid", JTI: "token_id", Type: "kind", Rotates: true,
		},
		{
			Name: "hs384",
			SimpleJWT: map[string]any{
				"ALGORITHM": "HS384", "ACCESS_TOKEN_LIFETIME": 90.5, "REFRESH_TOKEN_LIFETIME": 100000.75,
				"LEEWAY": 30.5, "ROTATE_REFRESH_TOKENS": true, "ISSUER": "éditeur",
			},
			Caddyfile: []string{
				"algorithm HS384", "access_token_lifetime 90500ms", "refresh_token_lifetime 100000750ms",
				"leeway 30500ms", "rotate_refresh_tokens", "issuer éditeur",
			},
			Algorithm: "HS384", Issuer: "éditeur", Leeway: 30.5, Rotates: true,
		},
	}
	for i := range ps {
		ps[i].fill()
	}
	return ps
}

// JSONOnlyProfile is a project whose views have one renderer. It is not recorded:
// but for the headers and a few refusals it is rotate.
func JSONOnlyProfile() Profile {
	p := Profile{
		Name: "json-only", SimpleJWT: map[string]any{"ROTATE_REFRESH_TOKENS": true},
		Caddyfile: []string{"rotate_refresh_tokens", "renderers json"}, Rotates: true, JSONOnly: true,
	}
	p.fill()
	return p
}

// UnnamedProfiles are projects whose TOKEN_TYPE_CLAIM or JTI_CLAIM is None, for
// which SimpleJWT writes the name null. They are not recorded: the golden files of
// internal/simplejwt have what SimpleJWT makes of them.
func UnnamedProfiles() []Profile {
	ps := []Profile{
		{
			Name: "no-type", SimpleJWT: map[string]any{"TOKEN_TYPE_CLAIM": nil, "ROTATE_REFRESH_TOKENS": true, "AUDIENCE": []string{"api"}},
			Caddyfile: []string{"token_type_claim off", "rotate_refresh_tokens", "audience api", "audience_list"},
			Type:      "null", Rotates: true, Audience: []string{"api"},
		},
		{
			Name: "no-id", SimpleJWT: map[string]any{"JTI_CLAIM": nil, "ROTATE_REFRESH_TOKENS": true},
			Caddyfile: []string{"jti_claim off", "rotate_refresh_tokens"}, JTI: "null", Rotates: true,
		},
		{
			Name: "neither", SimpleJWT: map[string]any{"TOKEN_TYPE_CLAIM": nil, "JTI_CLAIM": nil, "ROTATE_REFRESH_TOKENS": true},
			Caddyfile: []string{"token_type_claim off", "jti_claim off", "rotate_refresh_tokens"}, JTI: "null", Type: "null", Rotates: true,
		},
	}
	for i := range ps {
		ps[i].fill()
	}
	return ps
}

// fill adds what all profiles have, and SimpleJWT's defaults.
func (p *Profile) fill() {
	if p.SimpleJWT == nil {
		p.SimpleJWT = map[string]any{}
	}
	if p.Key == "" {
		p.Key, p.OtherKey = secret, secret+"x"
	} else {
		p.Public = publicHalf(p.Key)
		p.SimpleJWT["VERIFYING_KEY"] = p.Public
	}
	p.SimpleJWT["SIGNING_KEY"] = p.Key
	p.Caddyfile = append([]string{`signing_key "` + p.Key + `"`, "verify_path /api/token/verify"}, p.Caddyfile...)
	for _, d := range []struct {
		field *string
		value string
	}{{&p.Algorithm, "HS256"}, {&p.UserID, "user_id"}, {&p.JTI, "jti"}, {&p.Type, "token_type"}} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
}

// Challenge is the WWW-Authenticate of a 401.
func (p *Profile) Challenge() string {
	if types, ok := p.SimpleJWT["AUTH_HEADER_TYPES"].([]string); ok {
		return types[0] + ` realm="api"`
	}
	return `Bearer realm="api"`
}
