// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestJournal: what is listed does not push out what differs, and a journal that is
// closed is forgotten.
func TestJournal(t *testing.T) {
	j := Open("shop")
	differs, listed := Finding{Result: Differs, Names: []string{"status"}}, Finding{Result: Listed, Row: "once"}
	j.Note("refresh", &differs, 401, 200, epoch)
	for range 3 * kept {
		j.Note("refresh", &listed, 401, 200, epoch.Add(time.Second))
	}
	j.Note("refresh", &Finding{Result: Same}, 200, 200, epoch)
	j.Note("verify", &Finding{Result: Skipped, Reason: "expiry"}, 200, 401, epoch)
	report := Read()
	want := []Counts{
		{Name: "shop", Endpoint: "refresh", Same: 1, Differs: 1, Listed: map[string]uint64{"once": 3 * kept}, Skipped: map[string]uint64{}},
		{Name: "shop", Endpoint: "verify", Listed: map[string]uint64{}, Skipped: map[string]uint64{"expiry": 1}},
	}
	if diff := cmp.Diff(want, report.Compared); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n := len(report.Differences); n != kept || report.Differences[0].Result != Listed || report.Differences[n-1].Result != Differs {
		t.Errorf("%d differences, from %s to %s", n, report.Differences[0].Result, report.Differences[n-1].Result)
	}
	j.Close()
	if diff := cmp.Diff(Report{Compared: []Counts{}, Differences: []Entry{}}, Read()); diff != "" {
		t.Errorf("closed (-want +got)\n%s", diff)
	}
}
