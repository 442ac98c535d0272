// SPDX-License-Identifier: Apache-2.0

package operate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/stores"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// Django and the edges issue tokens by their own clocks, which are not the store's. A
// cut-off has to be later than all tokens so far, and earlier than those issued after
// the operator has the answer. So it is MaxClockOffset after the later clock, and the
// answer waits until both clocks are past it.

// errClocks says that a cut-off might miss tokens, or revoke those of later logins.
var errClocks = errors.New("this machine's clock and the store's differ by more than 2s, " +
	"so it is not known which tokens a cut-off would void: check NTP on both; " +
	"--force (\"force\": true) uses the store's clock alone")

// cutOff is a cut-off that is decided and not made yet.
type cutOff struct {
	second    int64
	force     bool
	edgeAhead time.Duration // how far this machine's clock is ahead of the store's
}

// clocks returns the time here and in the store at one moment.
func clocks(ctx context.Context, m *stores.Monitored) (edge, ofStore time.Time, err error) {
	began := time.Now()
	s := m.Look(ctx, operatorTimeout)
	if s.Now.IsZero() {
		return edge, ofStore, fmt.Errorf("%w: its clock cannot be read: %s", store.ErrUnavailable, s.LastError)
	}
	return began.Add(time.Since(began) / 2), s.Now, nil
}

// decide reads the clocks and chooses the second of the cut-off.
func decide(ctx context.Context, m *stores.Monitored, force bool) (cutOff, error) {
	if m.Traits().SharesBackend {
		return cutOff{force: force}, nil // it revokes the tokens in the tables, by no clock
	}
	edge, ofStore, err := clocks(ctx, m)
	if err != nil {
		return cutOff{}, err
	}
	c := cutOff{force: force, edgeAhead: edge.Sub(ofStore)}
	later := ofStore
	switch {
	case force:
	case c.edgeAhead.Abs() > stores.MaxClockOffset:
		return c, fmt.Errorf("%w (this machine's is %s)", errClocks, difference(c.edgeAhead))
	case c.edgeAhead > 0:
		later = edge
	}
	c.second = later.Unix() + int64(stores.MaxClockOffset/time.Second)
	return c, nil
}

// past waits until the clocks that c depends on are past its second.
func past(ctx context.Context, m *stores.Monitored, c cutOff) error {
	if m.Traits().SharesBackend {
		return nil
	}
	for {
		edge, ofStore, err := clocks(ctx, m)
		if err != nil {
			return fmt.Errorf("the cut-off is made, and whether the store's clock is past it is not known: %w", err)
		}
		earlier := ofStore
		if !c.force && edge.Before(ofStore) {
			earlier = edge
		}
		left := time.Unix(c.second+1, 0).Sub(earlier)
		if left <= 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the cut-off is made, and the clocks are not past it yet: %w", ctx.Err())
		case <-time.After(left):
		}
	}
}

// notes say what an operator has to know about a cut-off that was made.
func (c *cutOff) notes(answer *store.CutOffAnswer) (notes []string) {
	if c.second == 0 {
		return nil
	}
	if c.force {
		note := "forced: the cut-off uses the store's clock alone, and does not cover tokens that a machine issued whose clock is more than 2s ahead of it"
		if c.edgeAhead.Abs() > stores.MaxClockOffset {
			note += "; this machine's is " + difference(c.edgeAhead)
		}
		notes = append(notes, note)
	}
	if answer.Second > c.second {
		notes = append(notes, "an earlier cut-off reaches further: tokens that are issued up to "+
			time.Unix(answer.Second, 0).UTC().Format(time.RFC3339)+" are void")
	}
	return notes
}

func difference(ahead time.Duration) string {
	if ahead < 0 {
		return fmt.Sprintf("%s behind", (-ahead).Round(time.Second))
	}
	return fmt.Sprintf("%s ahead", ahead.Round(time.Second))
}
