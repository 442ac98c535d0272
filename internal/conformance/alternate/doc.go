// SPDX-License-Identifier: Apache-2.0

// Package alternate lets Django and the edge answer in turn on the database of
// one Django project, and holds what comes of it to a twin project that Django
// alone serves: every answer, and in the end every column of every row of the
// blacklist app.
//
// A sequence is one login and a few requests that show its tokens. All sequences
// go on side by side, a request of each in turn; the seed decides what is asked,
// and which of the two answers. Users are active, inactive, deleted, missing or
// not named, some from half way on.
//
// Where the sides may differ is foretold by a model of the rows crash and
// logout-spent of docs/parity.md, of the outstanding row that the edge writes for
// every token that it hands out, and of the rows that end a session. The model says what the edge must answer and
// write instead; nothing else may differ.
//
// CONFORMANCE_SEED repeats a run, CONFORMANCE_SEQUENCES sets the number of
// sequences for each release and database, CONFORMANCE_RELEASE picks one release.
package alternate
