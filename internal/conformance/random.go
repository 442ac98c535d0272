// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// chaos makes cases at random.
type chaos struct {
	*maker
	rng *rand.Rand
}

// Random returns a case that the state of rng alone decides, but for the times
// in its token, which are about now. Times stay well away from the limits, so
// that the answer does not depend on the second.
func Random(rel *Set, p Profile, now float64, rng *rand.Rand) Case {
	x := chaos{&maker{rel: rel, p: p, now: now, names: map[string]int{}}, rng}
	var c Case
	switch n := rng.IntN(100); {
	case p.DJRestAuth != nil:
		c = x.djRestAuthCase()
	case p.slides():
		c = x.show(x.slidingToken())
	case n < 33:
		c = x.show(x.randomToken())
	case n < 45:
		c = x.show(x.changedToken())
	case n < 60:
		c = x.show(x.damaged(x.randomToken()))
	case n < 80:
		c = x.body()
	case n < 90:
		c = x.headers()
	case n < 95:
		c = x.oddHeaders()
	default:
		c = x.show(x.forged())
	}
	c.Name = fmt.Sprintf("random %09d", rng.IntN(1e9))
	return c
}

func pick[T any](rng *rand.Rand, all ...T) T { return all[rng.IntN(len(all))] }

// one says yes once in n times.
func (x *chaos) one(n int) bool { return x.rng.IntN(n) == 0 }

// show puts a token into one of the bodies that carry one.
func (x *chaos) show(token string) Case {
	path, field := RefreshPath, "refresh"
	if x.p.slides() && !x.one(8) {
		path, field = SlidingPath, "token"
	} else if x.one(5) {
		path, field = VerifyPath, "token"
	}
	c := Case{Token: token}
	switch x.rng.IntN(6) {
	case 0:
		c.Request = Form(path, field+"="+escapeForm(token))
	case 1:
		c.Request = Multipart(path, Part(`name="`+field+`"`, token)+"--b--\r\n")
	default:
		c.Request = JSON(path, `{"`+field+`":`+PyString(token)+`}`)
	}
	return c
}

// escapeForm escapes what a form gives a meaning to.
func escapeForm(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte("%&+= ;\r\n\t\x00", s[i]) >= 0 || s[i] >= 0x7f {
			fmt.Fprintf(&b, "%%%02X", s[i])
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func (x *chaos) randomToken() string {
	c := x.randomClaims()
	for x.one(3) {
		c = x.fault(c)
	}
	payload := c.Payload()
	if x.one(12) {
		payload = x.respaced(payload)
	}
	return x.p.Sign(payload)
}

// randomClaims are a good token's, with more of them, in any order.
func (x *chaos) randomClaims() Claims {
	c := x.claims()
	switch x.rng.IntN(8) {
	case 0:
		c = c.Without(x.p.UserID)
	case 1:
		c = c.With(x.p.UserID, pick(x.rng, `0`, `""`, `null`, `false`, `[]`))
	case 2, 3, 4:
		c = c.With(x.p.UserID, fmt.Sprintf(`"%d"`, 1+x.rng.IntN(5)))
	default:
		c = c.With(x.p.UserID, fmt.Sprint(1+x.rng.IntN(5)))
	}
	c = c.With("exp", x.at(int64(60+x.rng.IntN(5_000_000)))).With("iat", x.at(-int64(x.rng.IntN(5_000_000))))
	for range x.rng.IntN(6) {
		c = c.With(x.name(), x.value(0))
	}
	if x.one(4) {
		x.rng.Shuffle(len(c), func(i, j int) { c[i], c[j] = c[j], c[i] })
	}
	return c
}

// fault makes one claim wrong, or merely odd.
func (x *chaos) fault(c Claims) Claims {
	name := pick(x.rng, "exp", "iat", "nbf", x.p.JTI, "jti", x.p.Type, "aud", "iss", "sub", x.p.UserID)
	if name == x.p.UserID {
		return c.Without(name)
	}
	if x.one(4) {
		return c.Without(name)
	}
	switch name {
	case "exp", "iat", "nbf":
		return c.With(name, pick(x.rng,
			x.at(-3600), x.at(3600), x.at(-3600)+".5", x.at(3600)+".25", `0`, `-1`, `true`, `"x"`, `"`+x.at(3600)+`"`, `null`, `[]`, `{}`, `1e+30`, `NaN`, `253402300799`, x.value(1)))
	case x.p.Type:
		return c.With(name, pick(x.rng, `"access"`, `"refresh"`, `"sliding"`, `"REFRESH"`, x.value(1)))
	case "aud", "iss":
		return c.With(name, pick(x.rng, `"web"`, `["web"]`, `["mobile","web"]`, `["mobile",1]`, `"api"`, `["api"]`, `"https://issuer.example"`, PyString("éditeur"), `""`, `[]`, x.value(1)))
	}
	return c.With(name, x.value(1))
}

func (x *chaos) name() string {
	return pick(x.rng, "role", "tenant", "scope", "name", "email", "é", "🚀", "a b", "", "sub", "nbf_", "session", "Exp", "perm\"s", "x\\y", fmt.Sprintf("c%d", x.rng.IntN(50)))
}

// value is a JSON value as Python spells it.
func (x *chaos) value(depth int) string {
	n := x.rng.IntN(14)
	if depth > 3 {
		n = x.rng.IntN(10)
	}
	switch n {
	case 0:
		return pick(x.rng, `null`, `true`, `false`, `NaN`, `Infinity`, `-Infinity`)
	case 1, 2:
		return fmt.Sprint(x.rng.Int64() >> x.rng.IntN(64) * pick(x.rng, int64(1), -1))
	case 3:
		return pick(x.rng, "1", "-9") + strings.Repeat(fmt.Sprint(x.rng.IntN(10)), x.rng.IntN(60))
	case 4:
		return PyFloat((x.rng.Float64() - 0.5) * pick(x.rng, 1, 1e3, 1e15, 1e17, 1e-5, 1e300, 1e-300))
	case 5, 6, 7, 8, 9:
		return PyString(x.text(x.rng.IntN(20)))
	case 10, 11:
		var parts []string
		for range x.rng.IntN(5) {
			parts = append(parts, x.value(depth+1))
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	var object Claims
	for range x.rng.IntN(5) {
		object = object.With(x.name(), x.value(depth+1))
	}
	return object.Payload()
}

func (x *chaos) text(n int) string {
	var b strings.Builder
	for range n {
		b.WriteRune(pick(x.rng, 'a', 'Z', '0', ' ', '"', '\\', '/', '<', '&', '\'', '\n', 0, 0x1f, 0x7f, 'é', 'ß', '名', 0x2028, 0xfeff, '🚀', 0x10ffff))
	}
	return b.String()
}

// respaced spells a payload as Python does not: with white space or raw UTF-8.
func (x *chaos) respaced(payload string) string {
	switch x.rng.IntN(4) {
	case 0:
		return " " + payload + "\n"
	case 1:
		return "{ " + payload[1:]
	case 2:
		return payload[:len(payload)-1] + `,"spelled":` + pick(x.rng, `1E5`, `"é"`, `"\/"`, `-0`, `0.10`, `[1, 2]`, `{"a" : 1}`, `1e5`, `"\u0041"`) + `}`
	}
	return strings.Replace(payload, `,"iat"`, `, "iat"`, 1)
}
