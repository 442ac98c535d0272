// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// StoryBook is what the recorder writes of the stories of one release.
type StoryBook struct {
	Release  string            `json:"release"`
	Versions map[string]string `json:"versions"`
	Profiles []RecordedProfile `json:"profiles"`
	Answers  []Answer          `json:"answers"` // each one once; <token> stands for a token of the step
	Stories  []Story           `json:"stories"`
}

// Story is a few requests, one after the other, to a server that remembers.
type Story struct {
	Name    string   `json:"name"`
	Profile string   `json:"profile"`
	Tokens  []string `json:"tokens"` // those that it begins with
	Steps   []Step   `json:"steps"`
}

// Step is a request of a story and Django's answer.
type Step struct {
	Now   float64  `json:"now"`            // seconds since 1970
	JTIs  []string `json:"jtis,omitempty"` // the access token's, then the refresh token's
	Ask   string   `json:"ask"`            // refresh, verify or blacklist
	Shows int      `json:"shows"`          // which token: of Story.Tokens, and then of those that steps gave
	Gives []string `json:"gives,omitempty"`

	Answer int `json:"answer"` // in StoryBook.Answers
	// Parity names the row of docs/parity.md that allows the edge to give the
	// answer Edge. Without it the edge answers as Django does.
	Parity string `json:"parity,omitempty"`
	Edge   int    `json:"edge,omitempty"`
}

// StoryRequest returns the request that shows a token to an endpoint.
func StoryRequest(ask, token string) Request {
	path, field := RefreshPath, "refresh"
	switch ask {
	case "verify":
		path, field = VerifyPath, "token"
	case "blacklist":
		path = BlacklistPath
	}
	return JSON(path, `{"`+field+`":`+PyString(token)+`}`)
}

// Want returns what the edge must answer to a step.
func (b *StoryBook) Want(s *Step) Answer {
	if s.Parity != "" {
		return b.Answers[s.Edge]
	}
	a := b.Answers[s.Answer]
	for _, token := range s.Gives {
		a.Body = strings.Replace(a.Body, "<token>", token, 1)
	}
	return a
}

// Note puts Django's answer into a step, and the edge's where it differs.
func (b *StoryBook) Note(s *Step, django Answer, row string, edge Answer) {
	s.Gives = tokens(django)
	for _, token := range s.Gives {
		django.Body = strings.Replace(django.Body, token, "<token>", 1)
	}
	s.Answer = b.place(django)
	if s.Parity = row; row != "" {
		s.Edge = b.place(edge)
	}
}

// place returns where in Answers an answer is.
func (b *StoryBook) place(a Answer) int {
	for i := range b.Answers {
		if b.Answers[i].Diff(&a) == "" {
			return i
		}
	}
	b.Answers = append(b.Answers, a)
	return len(b.Answers) - 1
}

// LoadStories reads a file that the recorder wrote.
func LoadStories(path string) (*StoryBook, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var b StoryBook
	if err := json.Unmarshal(data, &b); err != nil {
		return nil, fmt.Errorf("reading stories %s: %w", path, err)
	}
	return &b, nil
}
