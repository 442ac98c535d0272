// SPDX-License-Identifier: Apache-2.0

package djangostore

import "strings"

// part is a piece of a statement with its parameters, in their order.
type part struct {
	text   string
	params []param
}

// param is a parameter, and the type that PostgreSQL is to take it for.
type param struct {
	value any
	cast  string
}

// hole stands for a parameter in the text of a part.
const hole = "?"

func raw(text string) part { return part{text: text} }

func value(v any, cast string) part { return part{hole, []param{{v, cast}}} }

func text(v string) part { return value(v, "text") }

// query is a statement while it is written. A name cannot hold a question mark,
// so each one in the text is a hole.
type query struct {
	d    dialect
	sql  strings.Builder
	args []any
}

// add writes pieces: strings as they are, parts with their parameters.
func (q *query) add(pieces ...any) *query {
	for _, piece := range pieces {
		switch p := piece.(type) {
		case string:
			q.sql.WriteString(p)
		case part:
			q.part(p)
		}
	}
	return q
}

func (q *query) part(p part) {
	rest := p.text
	for _, param := range p.params {
		before, after, _ := strings.Cut(rest, hole)
		q.sql.WriteString(before)
		q.args = append(q.args, param.value)
		q.sql.WriteString(q.d.placeholder(len(q.args), param.cast))
		rest = after
	}
	q.sql.WriteString(rest)
}

func (q *query) String() string { return q.sql.String() }
