// SPDX-License-Identifier: Apache-2.0

// Package store says what a store of spent refresh tokens is asked, what it answers
// and what it promises. It holds the types and the rules that every store shares, but
// no storage: the stores are the packages below it, and others may write more. A new
// store is finished when storetest.Run passes on it. One that works on the backend's
// own tables implements [BackendAware] besides.
//
// # Tokens and sessions
//
// A refresh token is known by its jti. The jti of the token that replaces it is
// computed from it (see [Successor]): it carries the session that the token
// belongs to and its step in that session (see [Locate]). So every token of a
// session leads to one record, and a repeated request can be given the same
// successor without any token being kept.
//
// Of a session the store holds one [Record], which each rotation overwrites. Of a
// user it holds at most one fact: the cut-off, a second up to which every token
// of that user is void.
//
// # The table
//
// Spend decides about the token of step n in this order, in one step that no
// other edge can come between:
//
//	| what the store holds                                         | verdict   |
//	|--------------------------------------------------------------|-----------|
//	| the session has ended, or the user has a cut-off that is not | Refused   |
//	| before the token's iat                                       |           |
//	| no record, or n is Last or later                             | Rotated   |
//	| n is Last-1, and its spending is younger than the grace      | Replayed  |
//	| n is Last-1, and a late retry is allowed                     | Replayed  |
//	| n is before Last-1, and its spending is among the Remembered | Straggler |
//	| and younger than the grace                                   |           |
//	| anything else                                                | Reused    |
//
// Rotated writes, a late retry writes that the grace begins anew, and Reused ends
// the session where [Spend.EndOnReuse] asks for it. A late retry is allowed where
// the token was spent less than [Spend.LateRetry] ago, its successor has not
// expired, and [LateEvery] rotations lie between it and the session's last one.
// [Answer.Late] tells it from a repeat within the grace.
//
// Check reads the same facts and writes nothing: Refused as above, Spent where n
// is before Last, else Live, since a question that spends nothing has no grace. A
// store that sees users adds one row: where the answer would be Live, Rotated or
// Replayed and the user does not pass the checks, it is UserRefused and nothing
// is written.
//
// If a derived token has no record, or its step is after Last, the store has lost
// data. The token is let through, since its user did nothing wrong, and
// [Answer.Forgot] is set.
//
// # Promises
//
//   - Spend is linearizable across all processes that share the resource, and
//     what an answer says is durable before the answer is given.
//   - No answer is a guess. What cannot be known in time is an error, and an
//     error may hide a write that landed: asking again is safe, since within the
//     grace it is a repeat. No store retries a Spend on its own where the first
//     attempt may have been carried out.
//   - The context bounds every wait. A store recovers by itself.
//   - One site's records are never seen, counted or removed by another: Name is
//     part of every key.
//   - Records go away by themselves once nothing depends on them (see
//     [Record.Keep] and [AdminLife]), without a pause for anyone.
//   - What a store wrote carries the version of its layout. A store that meets
//     another one answers ErrLayout and never reads it.
//   - Time is the store's own clock, the same for all edges, and every answer
//     carries it.
//
// # Text
//
// A jti is 1 to 255 bytes without NUL, chosen by whoever holds the signing key,
// and a user id is any text: both may hold spaces, line breaks, braces, quotes
// or bytes that are not UTF-8. A store must keep them apart byte by byte.
//
// # A store of one's own
//
// The example of this package is a whole store. One that is meant for use is a Go
// module of its own, built into Caddy with xcaddy's --with. It needs these packages
// and nothing internal:
//
//   - It is a Caddy module whose id is http.token_refresh.stores.<name>, and a
//     caddyfile.Unmarshaler if a Caddyfile is to say `store <name>`. The JSON of
//     its settings is the object of the handler's store, whose type is <name>.
//   - Package setting below this one reads settings: the lines of its block with
//     Each, Text, Number, Switch and so on, and placeholders with Resolve.
//   - A secret is a setting that takes a placeholder. It is read with
//     setting.Secret and resolved in Provision into an unexported field, so that
//     the admin API shows the placeholder. No error and no log line holds it, or a
//     token, or a jti.
//   - Its timeout is read with setting.Timeout and setting.ResolveTimeout and told
//     in [Traits.Timeout]. The handler gives each operation a context that ends by
//     then, and answers 503 where it does.
//   - Provision connects to nothing that may be down: a configuration has to load
//     even then. Connections that sites and reloads share belong in a caddy.UsagePool.
//   - [Identifier] says which records a store keeps. Without it stores are compared by
//     the JSON of their settings: one database spelled in two ways passes for two,
//     and handlers that must not share it are not refused.
//   - [Inspector] lets the command check look at it before it is used. Without it
//     the command says that the store was not looked at.
//   - [Locator] says which database is asked. Traces show it, and without it only the
//     store's kind.
//   - With several edges, time is the resource's own clock, never an edge's. If a
//     test can move the clock, storetest also tests what takes days.
//   - A store that decides in Go reads a [Record], calls its methods and writes it
//     back, all in one transaction. One that decides elsewhere follows the table.
//
// storetest.Run says whether it is finished. See [Store] for how this package may
// grow beneath it.
package store
