// SPDX-License-Identifier: Apache-2.0

// Package jsonmember takes members out of a JSON document and leaves the rest as it
// is, byte for byte.
package jsonmember

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Path is where a member is: the names of the objects around it and its own.
type Path []string

// ErrNotJSON says that the document is not one JSON value.
var ErrNotJSON = errors.New("not JSON")

// Take returns the texts of the members at those paths, nil for one that is missing
// or no text, and the document without them. No path may lead through the member of
// another. Where an object has a member twice both are taken out, and the last counts,
// as in a browser. The document is not changed.
//
// The error is [ErrNotJSON].
func Take(document []byte, paths []Path) (texts []*string, rest []byte, err error) {
	t := taker{document: document, paths: paths, texts: make([]*string, len(paths))}
	t.decoder = json.NewDecoder(bytes.NewReader(document))
	t.decoder.UseNumber()
	open := make([]int, len(paths))
	for i := range paths {
		open[i] = i
	}
	if err := t.value(open, 0); err != nil {
		return nil, nil, ErrNotJSON
	}
	if _, err := t.decoder.Token(); err != io.EOF { //nolint:errorlint // Token returns it as it is
		return nil, nil, ErrNotJSON
	}
	return t.texts, append(t.rest, document[t.taken:]...), nil
}

type taker struct {
	document []byte
	decoder  *json.Decoder
	paths    []Path
	texts    []*string

	rest  []byte // the document without the members that were taken
	taken int64  // how much of the document has gone into rest or been left out
}

// maxDepth bounds how deep a document may be nested, as encoding/json does where it
// reads whole values.
const maxDepth = 10_000

// value reads a value that stands in depth others. open are the paths that lead into
// it, by their index.
func (t *taker) value(open []int, depth int) error {
	token, err := t.decoder.Token()
	if err != nil {
		return err
	}
	delim, nested := token.(json.Delim)
	switch {
	case !nested:
		return nil
	case depth == maxDepth:
		return ErrNotJSON
	case delim == '{':
		err = t.members(open, depth)
	default:
		for err == nil && t.decoder.More() {
			err = t.value(nil, depth+1)
		}
	}
	if err != nil {
		return err
	}
	_, err = t.decoder.Token() // the end
	return err
}

// members reads the members of an object.
func (t *taker) members(open []int, depth int) error {
	left := false // a member was, so that the next has to have its comma
	for t.decoder.More() {
		from := t.decoder.InputOffset()
		name, err := t.decoder.Token()
		if err != nil {
			return err
		}
		var into []int
		found := -1
		for _, i := range open {
			switch path := t.paths[i]; {
			case path[depth] != name:
			case len(path) == depth+1:
				found = i
			default:
				into = append(into, i)
			}
		}
		if found < 0 {
			left = true
			err = t.value(into, depth+1)
		} else {
			err = t.take(found, from, left)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// take takes out the member with the i-th path. Before it, at from, is its comma where
// a member was left there.
func (t *taker) take(i int, from int64, left bool) error {
	var raw json.RawMessage
	if err := t.decoder.Decode(&raw); err != nil {
		return err
	}
	t.texts[i] = nil
	if raw[0] == '"' {
		if err := json.Unmarshal(raw, &t.texts[i]); err != nil {
			return err
		}
	}
	t.rest = append(t.rest, t.document[t.taken:max(t.taken, from)]...)
	t.taken = t.decoder.InputOffset()
	if left {
		return nil
	}
	after := bytes.TrimLeft(t.document[t.taken:], " \t\r\n")
	if comma, found := bytes.CutPrefix(after, []byte(",")); found {
		t.taken = int64(len(t.document) - len(bytes.TrimLeft(comma, " \t\r\n")))
	}
	return nil
}
