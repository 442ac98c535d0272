// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"slices"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// leastSecret is how many bytes a secret needs at least (RFC 7518 section 3.2).
var leastSecret = map[string]int{"HS256": 32, "HS384": 48, "HS512": 64}

// key writes the lines for the algorithm and the keys.
func (v *Verdict) key() {
	f, k := v.facts, &v.facts.Key
	algorithm, _ := f.text("ALGORITHM")
	if !slices.Contains(simplejwt.Algorithms(), algorithm) {
		v.stays("ALGORITHM is %.40q, which the edge does not have", algorithm)
		return
	}
	if algorithm != simplejwt.DefaultAlgorithm {
		v.add("algorithm", algorithm, "ALGORITHM")
	}
	symmetric := simplejwt.Symmetric(algorithm)
	switch {
	case k.Kind != "secret" && k.Kind != "pem":
		v.stays("%s is a Python object: give it as text in PEM", k.From)
	case symmetric && k.Kind == "pem":
		v.stays("%s is a PEM, and ALGORITHM %s takes a secret", k.From, algorithm)
	case !symmetric && k.Kind != "pem":
		v.stays("%s is not a PEM, and ALGORITHM %s takes one", k.From, algorithm)
	case k.Length == 0:
		v.stays("%s is empty", k.From)
	}
	v.signingKey(k)
	if symmetric {
		if least := leastSecret[algorithm]; k.Length < least {
			v.addSwitch("allow_short_key", k.From+" is short for its algorithm")
			v.differs("%s has %d bytes, and RFC 7518 requires %d for %s: the edge warns of it at load", k.From, k.Length, least, algorithm)
		}
		return
	}
	v.verifyingKey(k)
}

func (v *Verdict) signingKey(k *Key) {
	variable := "DJANGO_SECRET_KEY"
	if k.From != "SECRET_KEY" {
		variable = "DJANGO_SIGNING_KEY"
	}
	placeholder := "{env." + variable + "}"
	switch {
	case len(k.Env) > 0 && plainName(k.Env[0]):
		placeholder = "{env." + k.Env[0] + "}"
		v.toDo("give Caddy the variable %s, as Django has it", k.Env[0])
	case k.File != "" && !strings.ContainsAny(k.File, "{}\n\r"):
		placeholder = "{file." + k.File + "}"
		v.toDo("give Caddy the file %s, as Django has it", k.File)
	case len(k.EnvEscaped) > 0 && plainName(k.EnvEscaped[0]):
		placeholder = "{env." + k.EnvEscaped[0] + "}"
		v.toDo("give Caddy the variable %s, as Django has it: a literal \\n in it is read as a line break", k.EnvEscaped[0])
	default:
		v.toDo("give Caddy the value of %s in the variable %s: no variable and no file of the project holds exactly this value", k.From, variable)
	}
	v.add("signing_key", placeholder, k.From)
}

// verifyingKey writes jwk_url if the project has one, and else checks that VERIFYING_KEY
// is the public half of the signing key.
func (v *Verdict) verifyingKey(k *Key) {
	url, _ := v.facts.text("JWK_URL")
	switch {
	case url != "" && v.facts.SimpleJWT.JWKURLCut:
		variable := "DJANGO_JWK_URL"
		if names := v.facts.SimpleJWT.JWKURLEnv; len(names) > 0 && plainName(names[0]) {
			variable = names[0]
		}
		v.toDo("give Caddy the value of JWK_URL in the variable %s: it may hold a secret", variable)
		v.add("jwk_url", "{env."+variable+"}", "JWK_URL")
	case url != "":
		v.add("jwk_url", url, "JWK_URL")
	case k.Pair == nil:
		v.stays("VERIFYING_KEY is empty or cannot be read, so Django refuses every token")
	case !*k.Pair:
		v.stays("VERIFYING_KEY is not the public half of %s, so Django refuses its own tokens", k.From)
	default:
		v.carries("VERIFYING_KEY is the public half of %s, which the edge computes by itself", k.From)
	}
}

// plainName reports whether a variable's name can stand in a placeholder.
func plainName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}
