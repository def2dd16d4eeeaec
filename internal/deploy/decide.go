// Package deploy carries out a job of software distribution: it asks whether to
// install now or later, keeps to what was chosen, installs, and tells of it.
//
// What is to be done is decided by one pure function, allowed, from facts that
// are remembered and a policy that is not.
package deploy

import (
	"slices"
	"time"
)

// impliedDays is for how long a job can be put off where only a number of times
// is given: without it, somebody who is rarely there would never have it.
const impliedDays = 14

// Policy says how a job may be put off. It is not remembered: one that is changed
// between two runs holds from then on.
type Policy struct {
	Times    int           // how often; Unlimited = as often as the other limits let
	For      time.Duration // from when the question was first shown; 0 = no such limit
	Deadline time.Time     // zero = none
	Interval time.Duration // between two questions, at least
	Delays   []Delay       // what is offered
	Shortest time.Duration // no shorter delay is offered: nobody would keep to it
}

// Unlimited is the number of times of a policy that does not count them.
const Unlimited = -1

// none reports whether the policy lets nobody put the job off.
func (p Policy) none() bool { return p.Times == Unlimited && p.For == 0 && p.Deadline.IsZero() }

// Decision is what is to be done with a job now.
type Decision struct {
	// NotBefore tells that nobody is to be asked yet: until then the job is put
	// off, or it was asked too short a time ago. Zero where it is.
	NotBefore time.Time
	// Chosen tells that NotBefore is a time that somebody chose.
	Chosen bool
	// Forced tells that the job cannot be put off any more.
	Forced bool
	// Left is how often it can be, Unlimited where that is not counted.
	Left int
	// Until is when it is installed without anybody having a choice; zero where
	// nothing but the number of times ends it.
	Until time.Time
	// Offers are the delays to choose from, the shortest first.
	Offers []Offer
}

// Offer is a delay and when it would be over.
type Offer struct {
	Delay Delay
	Until time.Time
}

// allowed decides what is to be done with a job now. It knows nothing but what it
// is given. Facts that lie in the future are of a clock that was set back, and
// keep nobody from being asked.
func allowed(facts Facts, p Policy, now time.Time) Decision {
	d := Decision{Left: Unlimited, Until: p.end(facts, now)}
	if p.Times != Unlimited {
		d.Left = max(0, p.Times-len(facts.Deferrals))
	}
	over := !d.Until.IsZero() && !now.Before(d.Until)
	d.Forced = p.none() || over || d.Left == 0
	if !over {
		d.NotBefore, d.Chosen = p.notBefore(facts, now)
		if !d.Until.IsZero() && d.NotBefore.After(d.Until) {
			d.NotBefore = d.Until // a deadline that was brought forward meanwhile
		}
	}
	if !d.Forced {
		d.Offers = p.offers(d.Until, now)
	}
	return d
}

// end is when a job cannot be put off any more, zero where no time ends it.
func (p Policy) end(facts Facts, now time.Time) time.Time {
	first := facts.FirstShown
	if first.IsZero() || first.After(now) {
		first = now
	}
	end := p.Deadline
	length := p.For
	if p.For == 0 && p.Times != Unlimited && p.Deadline.IsZero() {
		length = impliedDays * 24 * time.Hour
	}
	if length > 0 {
		if by := first.Add(length); end.IsZero() || by.Before(end) {
			end = by
		}
	}
	return end
}

// notBefore is until when nobody is to be asked, zero where somebody is.
func (p Policy) notBefore(facts Facts, now time.Time) (until time.Time, chosen bool) {
	if n := len(facts.Deferrals); n > 0 {
		if last := facts.Deferrals[n-1]; !now.Before(last.At) && now.Before(last.Until) {
			return last.Until, true
		}
	}
	if p.Interval > 0 && !facts.LastAsked.IsZero() && !now.Before(facts.LastAsked) {
		if next := facts.LastAsked.Add(p.Interval); now.Before(next) {
			return next, false
		}
	}
	return time.Time{}, false
}

// offers are the delays that are over by the end; where none is, the end itself.
func (p Policy) offers(end, now time.Time) []Offer {
	var offers []Offer
	for _, delay := range p.Delays {
		until := delay.From(now)
		if until.After(now) && until.Sub(now) >= p.Shortest && (end.IsZero() || !until.After(end)) {
			offers = append(offers, Offer{delay, until})
		}
	}
	slices.SortStableFunc(offers, func(a, b Offer) int { return a.Until.Compare(b.Until) })
	if len(offers) == 0 && !end.IsZero() {
		offers = []Offer{{Until: end}}
	}
	return offers
}
