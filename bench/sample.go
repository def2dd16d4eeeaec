package main

import (
	"errors"
	"slices"
	"time"
)

// sample is how long each of many rounds took.
type sample []time.Duration

func (s sample) quantile(q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(s))
	return sorted[int(q*float64(len(sorted)-1))]
}

func (s sample) rate() float64 {
	var sum time.Duration
	for _, d := range s {
		sum += d
	}
	return float64(len(s)) / sum.Seconds()
}

// compare tells ours beside the plain way, to the answer and until both are
// cleared away.
func (b bench) compare(plain, cleared, ours sample) error {
	for _, q := range []struct {
		name string
		q    float64
	}{{"p50", .5}, {"p99", .99}} {
		for _, f := range []struct {
			name  string
			value float64
			of    unit
		}{
			{"plain " + q.name, plain.seconds(q.q), seconds},
			{"plain, cleared away, " + q.name, cleared.seconds(q.q), seconds},
			{"deskbell " + q.name, ours.seconds(q.q), seconds},
			{"ratio to plain, " + q.name, ratio(plain, ours, q.q), times},
			{"ratio to plain, cleared away, " + q.name, ratio(cleared, ours, q.q), times},
		} {
			if err := b.tell(f.name, f.value, f.of); err != nil {
				return err
			}
		}
	}
	return errors.Join(b.tell("plain, cleared away, per second", cleared.rate(), number), b.tell("deskbell, per second", ours.rate(), number))
}

func ratio(plain, ours sample, q float64) float64 {
	return float64(ours.quantile(q)) / float64(plain.quantile(q))
}
