// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"cmp"
	"net"
	"strings"
)

// site writes the Caddyfile, indented as caddy fmt does it. Caddy's formatter itself is
// not used: it takes a backslash in backticks for an escape, and then strips white
// space from the values that follow.
func (v *Verdict) site(o Options) string {
	var b strings.Builder
	depth := 0
	put := func(lines ...string) {
		for _, l := range lines {
			if l == "}" {
				depth--
			}
			b.WriteString(strings.Repeat("\t", depth) + l + "\n")
			if strings.HasSuffix(l, " {") { // no value ends so: quote quotes it
				depth++
			}
		}
	}
	put("# From the project's settings, by caddyrefresh token-refresh import.", quote(cmp.Or(o.Address, address(v.facts.Hosts)))+" {")
	if headers := v.headerLines(); len(headers) > 0 {
		put("# What Django's middleware adds. An answer with Via is Django's, and has these headers.")
		put(headers...)
	}
	for _, block := range v.blocks() {
		block.put(put, o)
	}
	put("reverse_proxy "+quote(cmp.Or(o.Backend, "127.0.0.1:8000"))+" # Django", "}")
	return b.String()
}

// put writes a token_refresh block.
func (v *Verdict) put(put func(...string), o Options) {
	put("token_refresh {")
	if o.Name != "" {
		put("name " + quote(o.Name))
	}
	for i := range v.lines {
		put(v.lines[i].String())
	}
	switch {
	case len(v.dj) > 0:
		put("# REST_AUTH", "dj_rest_auth {")
		for i := range v.dj {
			put(v.dj[i].String())
		}
		put("}")
	case v.djRestAuth:
		put("dj_rest_auth # REST_AUTH")
	}
	if len(v.store) > 0 {
		l := v.store[0].String()
		if len(v.store) > 1 {
			l = "store " + v.store[0].name + " " + quoteAll(v.store[0].args) + " {"
			put("# " + v.store[0].from)
		} else {
			l = "store " + l
		}
		put(l)
		for _, l := range v.store[1:] {
			put(l.String())
		}
		if len(v.store) > 1 {
			put("}")
		}
	}
	put("}")
}

// String writes the line as a Caddyfile has it.
func (l *line) String() string {
	text := l.name
	if len(l.args) > 0 {
		text += " " + quoteAll(l.args)
	}
	if l.from != "" {
		text += " # " + l.from
	}
	return text
}

// address is the first host that is a name.
func address(hosts []string) string {
	for _, host := range hosts {
		if strings.Contains(host, ".") && host[0] != '.' && net.ParseIP(host) == nil &&
			!strings.ContainsFunc(host, func(r rune) bool { return r != '.' && r != '-' && !plainName(string(r)) }) {
			return host
		}
	}
	return "api.example.com"
}

// quoteAll quotes values and separates them by spaces.
func quoteAll(values []string) string {
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = quote(value)
	}
	return strings.Join(quoted, " ")
}

// quote writes a value as one token of a Caddyfile: unquoted if possible, in double
// quotes, or in backticks if it has backslashes or quotes itself. [Verdict.ReadBack]
// finds values that cannot be written in any of these ways.
func quote(value string) string {
	plain := value != "" && !strings.ContainsFunc(value, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"`'\\#<", r)
	})
	switch {
	case plain && !strings.ContainsAny(value, "{}"), isPlaceholder(value):
		return value
	case !strings.ContainsAny(value, "\"\\"):
		return `"` + value + `"`
	case !strings.Contains(value, "`"):
		return "`" + value + "`"
	default:
		return `"` + strings.ReplaceAll(value, `"`, `\"`) + `"`
	}
}

// isPlaceholder reports whether a value is one that the edge resolves at load, or
// for each request.
func isPlaceholder(value string) bool {
	name, ok := strings.CutPrefix(value, "{")
	name, closed := strings.CutSuffix(name, "}")
	return ok && closed && name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("{}\"`'\\#<$", r) })
}
