// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"fmt"
	"strconv"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Besides its tokens a session may have rows that belong to no token. Their jtis
// begin like those of its derived tokens and go on with a letter that is no hex
// digit, so that they sort after all of them. They name no user, so a query for a
// user's tokens never finds one. The text of the token is empty.
const (
	// lateLetter precedes the step of a token that had a late retry. The row's
	// blacklisted_at is the time of the retry.
	lateLetter = "y"

	// endLetter precedes the second up to which the end of the session is remembered.
	// It is the row's expires_at too. No row is updated: if the end must be
	// remembered for longer, a second row is written.
	endLetter = "z"

	// behindTokens is where the range of a session's derived tokens ends.
	behindTokens = "g"
)

// maxStamp is the last second of the year 9999, which every database has.
const maxStamp = 253402300799

// span is a range of jtis of one session: from the first, up to the second.
type span struct{ prefix, from, to string }

// after is the span of the derived tokens that come after a place.
func after(p store.Place) span {
	prefix := p.Prefix()
	s := span{prefix, prefix + behindTokens, prefix + behindTokens}
	if p.Step < store.MaxStep {
		s.from = prefix + stepDigits(p.Step+1)
	}
	return s
}

// lates and ends are the spans of the rows that belong to no token.
func lates(p store.Place) span {
	prefix := p.Prefix()
	return span{prefix, prefix + lateLetter, prefix + endLetter}
}

func ends(p store.Place) span {
	prefix := p.Prefix()
	return span{prefix, prefix + endLetter, prefix + endLetter + endLetter}
}

func stepDigits(step uint32) string { return fmt.Sprintf("%07x", step) }

// pair is an outstanding row that belongs to no token, and its blacklisted one.
type pair struct {
	jti     string
	expires int64

	// unspent is the jti of a token: the pair is written only if that token is not
	// blacklisted and its session has not ended. If it is empty, the pair is always
	// written.
	unspent string
	session store.Place
}

// endOf is the pair that ends a session. Pairs that are kept for longer sort later by
// jti.
func endOf(p store.Place, keep int64) *pair {
	keep = min(keep, maxStamp)
	return &pair{jti: p.Prefix() + endLetter + fmt.Sprintf("%010x", keep), expires: keep}
}

// lateOf is the pair that notes a late retry of the token at p. It is kept for
// sixteen rotations: for that long the session gets no other late retry.
func lateOf(p store.Place, successor *store.Issued) *pair {
	life := max(successor.ExpiresAt-successor.IssuedAt, 1)
	keep := successor.ExpiresAt
	if life < maxStamp/store.LateEvery {
		keep += store.LateEvery * life
	}
	return &pair{
		jti: p.Prefix() + lateLetter + stepDigits(p.Step), expires: min(keep, maxStamp),
		unspent: successor.JTI, session: p,
	}
}

// lateStep reads the step off the jti of a late retry's row.
func lateStep(jti string, p store.Place) (uint32, bool) {
	start := len(p.Prefix()) + len(lateLetter)
	if len(jti) <= start {
		return 0, false
	}
	n, err := strconv.ParseUint(jti[start:], 16, 32)
	return uint32(n), err == nil
}

// newest writes a query for the last row of a span.
func (l *layout) newest(b *query, s span, columns string) {
	b.add("(SELECT ", columns, " FROM ", l.outstanding, " AS n WHERE ", l.within("n.jti", s), " ORDER BY ")
	if l.tailored {
		b.add("CAST(n.jti AS BINARY) DESC LIMIT 1)")
		return
	}
	b.add("n.jti", l.d.descending(), " LIMIT 1)")
}

// within is dialect.within. If the database sorts differently from bytes, the index
// only finds the session, and all of its rows are read.
func (l *layout) within(column string, s span) part {
	if !l.tailored {
		return l.d.within(column, s)
	}
	bytes := "CAST(" + column + " AS BINARY)"
	return part{
		column + " LIKE ? AND " + bytes + " >= CAST(? AS BINARY) AND " + bytes + " < CAST(? AS BINARY)",
		[]param{{s.prefix + "%", ""}, {s.from, ""}, {s.to, ""}},
	}
}

// insertPair writes a pair's outstanding row if the condition holds. The caller adds
// what to do if the row exists.
func (l *layout) insertPair(b *query, p *pair, condition ...any) {
	b.add("INSERT INTO ", l.outstanding, " (jti, token, created_at, expires_at) SELECT ", text(p.jti), ", '', ",
		l.d.utcNow(l.zone), ", ", l.d.utcValue(stamp(p.expires), l.zone), " FROM (SELECT 1 AS one) AS one WHERE ").add(condition...)
}

// fits is the condition under which a pair may be written.
func (l *layout) fits(p *pair) part {
	if p.unspent == "" {
		return raw("1 = 1")
	}
	unspent, open := text(p.unspent), l.within("e.jti", ends(p.session))
	return part{
		"NOT EXISTS (SELECT 1 FROM " + l.blacklisted + " AS ub JOIN " + l.outstanding + " AS u ON u.id = ub.token_id WHERE u.jti = " + unspent.text +
			") AND NOT EXISTS (SELECT 1 FROM " + l.outstanding + " AS e WHERE " + open.text + ")",
		append(unspent.params, open.params...),
	}
}

// insertPairEnd writes the blacklisted row for an outstanding one.
func (l *layout) insertPairEnd(b *query, from string, more ...any) {
	b.add("INSERT INTO ", l.blacklisted, " (token_id, blacklisted_at) SELECT p.id, ", l.d.spentNow(l.zone), " FROM ", from, " AS p").add(more...)
}
