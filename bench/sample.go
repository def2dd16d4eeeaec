package main

import (
	"fmt"
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

// compare prints ours beside the plain way, to the answer and until both are
// cleared away.
func compare(plain, cleared, ours sample) {
	fmt.Printf("%-24s %10s %10s %12s\n", "", "p50", "p99", "per second")
	for _, line := range []struct {
		name string
		s    sample
	}{{"plain", plain}, {"plain, cleared away", cleared}, {"deskbell, cleared away", ours}} {
		fmt.Printf("%-24s %10v %10v %12.0f\n", line.name, line.s.quantile(.5).Round(time.Microsecond), line.s.quantile(.99).Round(time.Microsecond), line.s.rate())
	}
	fmt.Printf("%-24s %10.2f %10.2f %12.2f\n", "ratio to plain", ratio(plain, ours, .5), ratio(plain, ours, .99), ours.rate()/plain.rate())
	fmt.Printf("%-24s %10.2f %10.2f %12.2f\n", "ratio, both cleared", ratio(cleared, ours, .5), ratio(cleared, ours, .99), ours.rate()/cleared.rate())
}

func ratio(plain, ours sample, q float64) float64 {
	return float64(ours.quantile(q)) / float64(plain.quantile(q))
}
