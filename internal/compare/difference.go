// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"net/http"
	"slices"
	"strings"
)

// difference gathers what differs between two answers.
type difference struct {
	x     *Exchange
	names []string
	row   string // of what is no difference of the answer itself, or ""
}

// maxName is how many bytes of a claim's name are reported.
const maxName = 64

func (d *difference) add(name string) {
	if name = name[:min(len(name), maxName)]; !slices.Contains(d.names, name) {
		d.names = append(d.names, name)
	}
}

func (x *Exchange) differences() difference {
	d := difference{x: x}
	if x.Django.Status != x.Edge.Status {
		d.add("status") // and with it everything else
		return d
	}
	for _, name := range Headers {
		d.header(name)
	}
	d.body(x.Django.Body, x.Edge.Body, x.Django.Status == http.StatusOK)
	return d
}

func (d *difference) header(name string) {
	django, edge := d.x.Django.Header.Values(name), d.x.Edge.Header.Values(name)
	switch {
	case strings.Join(django, ", ") == strings.Join(edge, ", "):
	case name == "Vary" && varies(django, edge):
		d.row = "middleware"
	default:
		d.add(name)
	}
}

// varies reports whether Django's answer varies by all that the edge's varies by:
// middleware adds to that.
func varies(django, edge []string) bool {
	has := fields(django)
	for _, field := range fields(edge) {
		if !slices.Contains(has, field) {
			return false
		}
	}
	return true
}

func fields(values []string) (all []string) {
	for _, v := range values {
		for field := range strings.SplitSeq(v, ",") {
			all = append(all, strings.ToLower(strings.TrimSpace(field)))
		}
	}
	return all
}

// body compares bodies: JSON objects member by member, and anything else by its
// bytes. good says that they are answers with tokens.
func (d *difference) body(django, edge []byte, good bool) {
	if string(django) == string(edge) {
		return
	}
	want, err1 := Members(string(django))
	got, err2 := Members(string(edge))
	if err1 != nil || err2 != nil {
		d.add("body")
		return
	}
	found := len(d.names)
	for _, m := range apart(want, got) {
		d.add("body." + m)
	}
	skeletons := [2]string{string(django), string(edge)}
	for _, w := range want {
		g, ok := member(got, w.Name)
		switch {
		case !ok:
		case good && isToken(w) && isToken(g):
			d.token(w.Name, unquoted(w.Raw), unquoted(g.Raw))
			skeletons[0] = strings.Replace(skeletons[0], w.Raw, "", 1)
			skeletons[1] = strings.Replace(skeletons[1], g.Raw, "", 1)
		case good && isExpiration(w) && d.sameExpiration(w.Raw, g.Raw):
			skeletons[0] = strings.Replace(skeletons[0], w.Raw, "", 1)
			skeletons[1] = strings.Replace(skeletons[1], g.Raw, "", 1)
		case w.Raw != g.Raw:
			d.add("body." + w.Name)
		}
	}
	if len(d.names) == found && skeletons[0] != skeletons[1] {
		d.add("body") // the order of the members, or the space between them
	}
}

// apart returns the names of the members that only one of the objects has.
func apart(a, b []Member) (names []string) {
	for _, pair := range [][2][]Member{{a, b}, {b, a}} {
		for _, m := range pair[0] {
			if _, ok := member(pair[1], m.Name); !ok {
				names = append(names, m.Name)
			}
		}
	}
	return names
}

func member(all []Member, name string) (Member, bool) {
	i := slices.IndexFunc(all, func(m Member) bool { return m.Name == name })
	if i < 0 {
		return Member{}, false
	}
	return all[i], true
}

func isToken(m Member) bool {
	return (m.Name == "access" || m.Name == "refresh" || m.Name == "token") && len(m.Raw) > 2 && m.Raw[0] == '"' && strings.Count(m.Raw, ".") == 2
}

// isExpiration reports whether m is a time that dj-rest-auth's refresh view writes.
func isExpiration(m Member) bool {
	return (m.Name == "access_expiration" || m.Name == "refresh_expiration") && len(m.Raw) > 2 && m.Raw[0] == '"'
}

func unquoted(raw string) string { return raw[1 : len(raw)-1] }
