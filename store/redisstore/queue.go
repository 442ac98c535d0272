// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// rueidis does not heed a context everywhere: a caller waits without end where its
// ring is full, where another caller dials and, in a cluster, where the topology is
// being learnt. So no caller enters rueidis. Requests go into a bounded queue, from
// which a few goroutines take them in batches, and each caller waits for its answer
// or for the end of its own time, whichever comes first. While a server hangs, only
// these goroutines hang with it. The batches also make this faster than one call of
// rueidis per request.
const (
	// maxQueued is how many requests of a lane wait to be sent. A caller with a
	// further one waits for a place, until its time is over.
	maxQueued = 1024

	// maxBatch is how many requests are sent at once.
	maxBatch = 64

	// dispatchers is how many batches of a lane may be under way.
	dispatchers = 4

	// clusterLanes is how many queues the slots of a cluster are divided into, so
	// that a master that hangs does not hold up requests to the others. It holds up
	// only those that share a lane with its slots.
	clusterLanes = 64

	clusterSlots = 16384
)

// request is one command on its way.
type request struct {
	cmd    rueidis.Completed
	gone   atomic.Bool // nobody waits any more
	answer rueidis.RedisResult
	done   chan struct{} // closed once answer is there
}

// lanes are the queues, by equal ranges of a cluster's slots. A store without a
// cluster has one.
type lanes []chan *request

func newLanes(cluster bool) lanes {
	l := make(lanes, 1)
	if cluster {
		l = make(lanes, clusterLanes)
	}
	for i := range l {
		l[i] = make(chan *request, maxQueued)
	}
	return l
}

// at returns the lane of a slot; without a cluster the slot does not matter.
func (l lanes) at(slot uint16) chan *request {
	return l[int(slot)%clusterSlots*len(l)/clusterSlots]
}

// patience is how long a caller waits: until its context ends, or the store's
// timeout. A timer costs less than a derived context, and thousands end at once when
// a server hangs.
type patience struct {
	ctx   context.Context
	timer *time.Timer
}

// patience starts the clock of one operation, whatever it is made of.
func (s *Store) patience(ctx context.Context) *patience {
	return &patience{ctx, time.NewTimer(s.timeout)}
}

func (p *patience) over() error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	return context.DeadlineExceeded
}

// enqueue hands a command over to the dispatchers.
func (r *resource) enqueue(p *patience, cmd rueidis.Completed) (*request, error) {
	q := &request{cmd: cmd, done: make(chan struct{})}
	lane := r.lanes.at(cmd.Slot())
	select {
	case lane <- q:
		return q, nil
	default:
	}
	select {
	case lane <- q:
		return q, nil
	case <-p.ctx.Done():
	case <-p.timer.C:
	}
	return nil, p.over()
}

// wait returns the answer to a request, if it comes in time. A request that was given
// up may still be carried out, as any write whose answer is lost.
func (q *request) wait(p *patience) (rueidis.RedisResult, error) {
	select {
	case <-q.done:
		return q.answer, nil
	case <-p.ctx.Done():
	case <-p.timer.C:
	}
	q.gone.Store(true)
	return rueidis.RedisResult{}, p.over()
}

// dispatch runs the dispatchers of all lanes until the resource ends.
func (r *resource) dispatch(client rueidis.Client) {
	// Each caller waits for its answer with its own time. With a context that can
	// end, rueidis would watch it for every batch.
	ctx := context.WithoutCancel(r.ctx)
	for _, lane := range r.lanes {
		for range dispatchers {
			go func() {
				batch := make([]*request, 0, maxBatch)
				cmds := make([]rueidis.Completed, 0, maxBatch)
				for {
					select {
					case q := <-lane:
						batch = gather(append(batch[:0], q), lane)
						cmds = sendBatch(ctx, client, batch, cmds[:0])
					case <-r.ctx.Done():
						return
					}
				}
			}()
		}
	}
}

// gather adds what waits in the lane already, up to maxBatch.
func gather(batch []*request, lane <-chan *request) []*request {
	for len(batch) < maxBatch {
		select {
		case q := <-lane:
			batch = append(batch, q)
		default:
			return batch
		}
	}
	return batch
}

// sendBatch sends the requests that somebody still waits for and hands out the
// answers. cmds is a buffer, which is returned to be used again.
func sendBatch(ctx context.Context, client rueidis.Client, batch []*request, cmds []rueidis.Completed) []rueidis.Completed {
	awaited := batch[:0]
	for _, q := range batch {
		if !q.gone.Load() {
			awaited, cmds = append(awaited, q), append(cmds, q.cmd)
		}
	}
	if len(cmds) == 0 {
		return cmds
	}
	for i, answer := range client.DoMulti(ctx, cmds...) {
		awaited[i].answer = answer
		close(awaited[i].done)
	}
	clear(cmds)
	return cmds
}
