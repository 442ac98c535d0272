// SPDX-License-Identifier: Apache-2.0

// Package store says what a store of spent refresh tokens is asked, what it
// answers and what it promises. It holds the words, the rules that every store
// shares and no storage: those live in the packages below it, and others may
// write more. A new store is finished when storetest.Run passes on it.
//
// # Tokens and sessions
//
// A refresh token is known by its jti. The jti of the token that replaces it is
// computed from it (see [Successor]), so a session is a chain of jtis that
// anyone who holds one of them can walk forward, and a repeated request can be
// given the same successor without any token being kept.
//
// Of a token the store holds at most two facts: that it was spent (when, and
// the iat and exp of its successor), and that it was revoked on purpose. Of a
// user it holds at most one: the cut-off, a second up to which every token of
// that user is void.
//
// # The table
//
// Spend decides in this order, in one step that no other edge can come between:
//
//	| what the store holds                                          | verdict   |
//	|---------------------------------------------------------------|-----------|
//	| the token, its user (cut-off not before the token's iat) or   | Refused   |
//	| its successor was revoked on purpose                          |           |
//	| nothing on the token, nothing on its successor                | Rotated   |
//	| the token is spent, younger than the grace, nothing on its    | Replayed  |
//	| successor                                                     |           |
//	| the token is spent, within the grace, its successor spent too | Straggler |
//	| anything else                                                 | Reused    |
//
// Only Rotated writes. Check reads the same facts and writes nothing: Refused
// as above, Live where Spend would have rotated, Spent for all the rest, since a
// question that spends nothing has no grace. A store that sees users adds one
// row: where the answer would be Live, Rotated or Replayed and the user does not
// pass the checks, it is UserRefused and nothing is written.
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
//     [KeepSpent] and [AdminLife]), without a pause for anyone.
//   - Time is the store's own clock, the same for all edges, and every answer
//     carries it.
//
// # Text
//
// A jti is 1 to 255 bytes without NUL, chosen by whoever holds the signing key,
// and a user id is any text: both may hold spaces, line breaks, braces, quotes
// or bytes that are not UTF-8. A store must keep them apart byte by byte.
package store
