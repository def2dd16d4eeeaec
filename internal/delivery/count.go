package delivery

import (
	"slices"

	"github.com/deskbell/deskbell/protocol"
)

// count collects everybody's results until the one that counts is among them.
type count struct {
	combination protocol.Combination
	absentAs    string
	everybody   bool // nobody's counts for others
	results     []Result
	votes       []vote
	who         []int // whose each vote is, by his place in the results
	decided     bool
	counts      int
}

// newCount counts what becomes of a message; of a question, with everybody, nobody's
// answer is one for others.
func newCount(m protocol.Message, people int, everybody bool) *count {
	c := &count{absentAs: m.Absent, everybody: everybody || !asks(m.Kind), results: make([]Result, people)}
	c.combination, _ = m.Combination() // it was validated
	return c
}

// add takes note of what became of the message at one of the people.
func (c *count) add(n int, r Result) {
	c.results[n] = r
	if c.everybody || c.decided {
		return
	}
	c.votes, c.who = append(c.votes, voteOf(r)), append(c.who, n)
	var d decision
	if d, c.decided = decide(c.combination, c.absentAs, len(c.results), c.votes); !c.decided {
		return
	}
	c.counts = c.who[d.counts]
	counting := &c.results[c.counts]
	if counting.CountsAs = d.countsAs; counting.Outcome == Answered && d.countsAs == protocol.AbsentNo {
		counting.Err = ErrTooFew
	}
}

// inOrder are the results with the one that counts in front: where none counts for
// others, one of somebody who was reached.
func (c *count) inOrder() []Result {
	for _, enough := range []Outcome{Answered, Told} {
		n := slices.IndexFunc(c.results, func(r Result) bool { return r.Outcome == enough })
		if c.everybody && n >= 0 {
			c.counts = n
			break
		}
	}
	first := c.results[c.counts]
	copy(c.results[1:c.counts+1], c.results[:c.counts])
	c.results[0] = first
	return c.results
}
