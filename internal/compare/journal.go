// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// kept is how many differences are remembered.
const kept = 100

// Journal counts the results of the comparisons of one handler since its configuration
// was loaded, and remembers the latest differences.
type Journal struct {
	name string

	mu       sync.Mutex
	counts   map[string]*Counts
	findings []Entry // the latest last
}

// Counts says how often the comparisons of an endpoint had each result.
type Counts struct {
	Name     string            `json:"name"`
	Endpoint string            `json:"endpoint"`
	Same     uint64            `json:"same"`
	Differs  uint64            `json:"differs"`
	Listed   map[string]uint64 `json:"listed"`  // by the row of docs/parity.md
	Skipped  map[string]uint64 `json:"skipped"` // by the reason
}

// Entry is a difference. It holds no part of a token.
type Entry struct {
	At       time.Time `json:"at"`
	Name     string    `json:"name"`
	Endpoint string    `json:"endpoint"`
	Result   Result    `json:"result"`
	Row      string    `json:"row,omitempty"`
	Django   int       `json:"django"` // the status
	Edge     int       `json:"edge"`
	Names    []string  `json:"names"` // of what differs
}

// journals are those of all configurations that run.
var journals = struct {
	sync.Mutex
	open []*Journal
}{}

// Open opens the journal of a handler of that name. [Journal.Close] forgets it.
func Open(name string) *Journal {
	j := &Journal{name: name, counts: make(map[string]*Counts)}
	journals.Lock()
	defer journals.Unlock()
	journals.open = append(journals.open, j)
	return j
}

// Close forgets the journal.
func (j *Journal) Close() {
	journals.Lock()
	defer journals.Unlock()
	journals.open = slices.DeleteFunc(journals.open, func(other *Journal) bool { return other == j })
}

// Note takes note of a finding, with the statuses of both sides.
func (j *Journal) Note(endpoint string, f *Finding, django, edge int, at time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	c := j.counts[endpoint]
	if c == nil {
		c = &Counts{Name: j.name, Endpoint: endpoint, Listed: map[string]uint64{}, Skipped: map[string]uint64{}}
		j.counts[endpoint] = c
	}
	switch f.Result {
	case Same:
		c.Same++
		return
	case Skipped:
		c.Skipped[f.Reason]++
		return
	case Listed:
		c.Listed[f.Row]++
	case Differs:
		c.Differs++
	}
	if len(j.findings) == kept {
		// Listed differences must not push out others.
		oldest := max(0, slices.IndexFunc(j.findings, func(e Entry) bool { return e.Result == Listed }))
		j.findings = slices.Delete(j.findings, oldest, oldest+1)
	}
	j.findings = append(j.findings, Entry{
		At: at, Name: j.name, Endpoint: endpoint, Result: f.Result, Row: f.Row, Django: django, Edge: edge, Names: f.Names,
	})
}

// Report is what the journals of all handlers say.
type Report struct {
	Compared    []Counts `json:"compared"`
	Differences []Entry  `json:"differences"` // the latest first
}

// Read returns what the journals say now. Of the latest differences of all handlers
// it has a hundred.
func Read() Report {
	report := Report{Compared: []Counts{}, Differences: []Entry{}}
	journals.Lock()
	open := slices.Clone(journals.open)
	journals.Unlock()
	for _, j := range open {
		j.read(&report)
	}
	slices.SortStableFunc(report.Compared, func(a, b Counts) int {
		return strings.Compare(a.Name+"\x00"+a.Endpoint, b.Name+"\x00"+b.Endpoint)
	})
	slices.SortStableFunc(report.Differences, func(a, b Entry) int { return b.At.Compare(a.At) })
	report.Differences = report.Differences[:min(len(report.Differences), kept)]
	return report
}

func (j *Journal) read(into *Report) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range j.counts {
		copied := *c
		copied.Listed, copied.Skipped = maps.Clone(c.Listed), maps.Clone(c.Skipped)
		into.Compared = append(into.Compared, copied)
	}
	into.Differences = append(into.Differences, j.findings...)
}
