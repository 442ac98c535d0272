// SPDX-License-Identifier: Apache-2.0

package site

import (
	"cmp"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"golang.org/x/time/rate"

	"github.com/caddyrefresh/caddyrefresh/internal/drf"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// outcome is what became of a request, in the words of logs and metrics.
type outcome uint8

const (
	issued outcome = iota
	rotated
	replayed
	lateRetry
	verified
	revoked
	badRequest
	invalid
	expired
	wrongType
	blacklisted
	straggler
	reused
	userRefused
	storeError
	originRefused
	tooLong
	userUnknown
	obtained
	passed
	foreign
	withheld
	failed

	firstOfLogins = obtained
)

// outcomes are the names of the outcomes and the levels that they are logged at.
// Clients' faults are Debug, since anyone can cause them; an ended session is Info, and
// so is a late retry, which a thief may have made.
var outcomes = [...]struct {
	name  string
	level zapcore.Level
}{
	issued:      {"issued", zapcore.DebugLevel},
	rotated:     {"rotated", zapcore.DebugLevel},
	replayed:    {"replayed", zapcore.DebugLevel},
	lateRetry:   {"late_retry", zapcore.InfoLevel},
	verified:    {"verified", zapcore.DebugLevel},
	revoked:     {"revoked", zapcore.DebugLevel},
	badRequest:  {"bad_request", zapcore.DebugLevel},
	invalid:     {"invalid", zapcore.DebugLevel},
	expired:     {"expired", zapcore.DebugLevel},
	wrongType:   {"wrong_type", zapcore.DebugLevel},
	blacklisted: {"blacklisted", zapcore.InfoLevel},
	straggler:   {"straggler", zapcore.InfoLevel},
	reused:      {"reused", zapcore.WarnLevel},
	userRefused: {"user_refused", zapcore.InfoLevel},
	storeError:  {"store_error", zapcore.ErrorLevel},

	originRefused: {"origin_refused", zapcore.InfoLevel},
	tooLong:       {"too_long", zapcore.ErrorLevel},
	userUnknown:   {"user_check_error", zapcore.ErrorLevel},

	// Of logins, which the backend answers.
	obtained: {"obtained", zapcore.DebugLevel}, // the tokens went into cookies
	passed:   {"passed", zapcore.DebugLevel},   // the answer had none
	foreign:  {"foreign", zapcore.WarnLevel},   // it had one that is not ours
	withheld: {"withheld", zapcore.ErrorLevel}, // it was not delivered
	failed:   {"failed", zapcore.DebugLevel},   // there was none
}

func (o outcome) String() string { return outcomes[o].name }

// undecided reports whether the token was not judged, so that the client keeps it.
func (o outcome) undecided() bool { return o == storeError || o == userUnknown }

// record is what logs, metrics and placeholders tell of a request: never a token.
// It outlives the request's [memory], since the access log is written last, and so
// it holds the values of the answer's headers as well.
type record struct {
	endpoint string
	outcome  outcome
	header   [drf.HeaderRoom]string

	answeredBy string // "" for the edge

	ids   []byte   // the jti, then the user id
	jti   int      // its length
	usual [96]byte // what ids begins as; it has room for two UUIDs
}

// byBackend is the value of answered_by if the backend answered.
const byBackend = "backend"

// maxLogged is how many bytes of a user id or a jti are logged.
const maxLogged = 255

// identify notes the jti and the user of the token. Both are empty if we did not sign
// the token.
func (rec *record) identify(token *simplejwt.Scratch) {
	rec.ids = append(rec.usual[:0], clip(token.JTI())...)
	rec.jti = len(rec.ids)
	rec.ids = append(rec.ids, clip(token.UserID())...)
}

func clip(text []byte) []byte { return text[:min(len(text), maxLogged)] }

func (rec *record) jtiText() string { return string(rec.ids[:rec.jti]) }

func (rec *record) userID() string { return string(rec.ids[rec.jti:]) }

// MarshalLogObject writes the record's fields.
func (rec *record) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("endpoint", rec.endpoint)
	enc.AddString("outcome", rec.outcome.String())
	enc.AddString("user_id", rec.userID())
	enc.AddString("jti", rec.jtiText())
	if rec.answeredBy != "" {
		enc.AddString("answered_by", rec.answeredBy)
	}
	return nil
}

// placeholder is a [caddy.ReplacerFunc].
func (rec *record) placeholder(key string) (any, bool) {
	switch key {
	case "http.token_refresh.outcome":
		return rec.outcome.String(), true
	case "http.token_refresh.user_id":
		return rec.userID(), true
	case "http.token_refresh.jti":
		return rec.jtiText(), true
	case "http.token_refresh.answered_by":
		return cmp.Or(rec.answeredBy, "edge"), true
	}
	return nil, false
}

// publish makes the record known to the rest of the request: the access log and
// placeholders. It has to come before the answer's header is written, since
// deferred header rules may ask for it.
func (rec *record) publish(r *http.Request) {
	ctx := r.Context()
	if repl, ok := ctx.Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		repl.Map(rec.placeholder)
	}
	if server, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server); ok && server.Logs == nil {
		return // no access log reads the field
	}
	if extra, ok := ctx.Value(caddyhttp.ExtraLogFieldsCtxKey).(*caddyhttp.ExtraLogFields); ok {
		extra.Add(zap.Object("token_refresh", rec))
	}
}

// log tells the operator what became of a request. Our own faults are logged as errors
// at most once a second, and as Debug otherwise.
func (s *Site) log(rec *record, cause error) {
	level := outcomes[rec.outcome].level
	if rec.outcome.undecided() {
		level = zapcore.DebugLevel
		once := s.notices.fault
		if rec.outcome == userUnknown {
			once = s.notices.userUnknown
		}
		once.Do(func() { level = zapcore.ErrorLevel })
	}
	if c := s.Logger.Check(level, "token request"); c != nil {
		c.Write(zap.Inline(rec), zap.Error(cause))
	}
}

// notices limit how often the same message is logged.
type notices struct {
	fault, userUnknown, foreignStart, accepted, withheld *rate.Sometimes
}

func newNotices() notices {
	return notices{
		fault:        &rate.Sometimes{Interval: time.Second},
		userUnknown:  &rate.Sometimes{Interval: time.Second},
		foreignStart: &rate.Sometimes{First: 1},
		accepted:     &rate.Sometimes{Interval: time.Second},
		withheld:     &rate.Sometimes{Interval: time.Second},
	}
}
