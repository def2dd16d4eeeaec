package delivery

import (
	"fmt"
	"slices"
	"testing"

	"github.com/deskbell/deskbell/protocol"
)

// yesOf says, of all that everybody did, whether it comes to a yes: the rules of
// docs/delivery.md, one after the other.
func yesOf(c protocol.Combination, absentAs string, votes []vote) bool {
	how := func(counted ...vote) (n int) {
		for _, v := range votes {
			if slices.Contains(counted, v) {
				n++
			}
		}
		return n
	}
	yeses, noes := how(agreed), how(declined, closed)
	switch absentAs {
	case protocol.AbsentYes:
		yeses += how(absent)
	case protocol.AbsentNo:
		noes += how(absent)
	}
	switch c.How {
	case protocol.CombineFirst:
		for _, v := range votes {
			if v == agreed || v == declined {
				return v == agreed
			}
		}
		return yeses > 0 && how(closed) == 0
	case protocol.CombineAny:
		return yeses > 0
	case protocol.CombineAll:
		return yeses > 0 && noes+how(silent) == 0
	case protocol.CombineVeto:
		return yeses+how(silent) > 0 && noes == 0
	}
	return yeses >= c.Quorum
}

// everything calls do with each sequence of n votes.
func everything(n int, votes []vote, do func([]vote)) {
	if n == 0 {
		do(votes)
		return
	}
	for v := agreed; v < gaveUp; v++ {
		everything(n-1, append(votes[:len(votes):len(votes)], v), do)
	}
}

// TestDecideEverything goes through whatever up to four people can do, in each
// order: it is decided as soon as nothing can change it any more, and not
// before, and who counts has said so.
func TestDecideEverything(t *testing.T) {
	combinations := []protocol.Combination{
		{How: protocol.CombineFirst},
		{How: protocol.CombineAny},
		{How: protocol.CombineAll},
		{How: protocol.CombineVeto},
		{How: protocol.CombineQuorum, Quorum: 1},
		{How: protocol.CombineQuorum, Quorum: 2},
		{How: protocol.CombineQuorum, Quorum: 3},
		{How: protocol.CombineQuorum, Quorum: 5},
	}
	cases := 0
	for _, c := range combinations {
		for _, absentAs := range []string{"", protocol.AbsentIgnore, protocol.AbsentYes, protocol.AbsentNo} {
			for people := 1; people <= 4; people++ {
				for n := 1; n <= people; n++ {
					everything(n, nil, func(votes []vote) {
						cases++
						d, decided := decide(c, absentAs, people, votes)
						if problem := checkDecision(c, absentAs, people, votes, d, decided); problem != "" {
							t.Errorf("%v, absent %q, %d people, %v: %+v, %v: %s", c, absentAs, people, votes, d, decided, problem)
						}
					})
				}
			}
		}
	}
	if cases < 20_000 {
		t.Errorf("only %d cases", cases)
	}
}

func checkDecision(c protocol.Combination, absentAs string, people int, votes []vote, d decision, decided bool) string {
	var can [2]bool // come to no, and yes
	everything(people-len(votes), votes, func(all []vote) {
		if yesOf(c, absentAs, all) {
			can[1] = true
		} else {
			can[0] = true
		}
	})
	open := can[0] && can[1]
	if c.How == protocol.CombineFirst && !slices.Contains(votes, agreed) && !slices.Contains(votes, declined) {
		open = len(votes) < people
	}
	switch {
	case open == decided:
		return fmt.Sprintf("can come to no and yes: %v", can)
	case !decided:
		return ""
	}
	who := votes[d.counts]
	if can[1] {
		if d.countsAs == "" && who != agreed || d.countsAs == protocol.AbsentNo {
			return "it is a yes"
		}
		if slices.Contains(votes, agreed) && who != agreed {
			return "somebody has said yes"
		}
		return ""
	}
	switch {
	case d.countsAs == protocol.AbsentYes, d.countsAs == "" && who == agreed:
		return "it is no yes"
	case slices.Contains(votes, declined) && who != declined:
		return "somebody has said no"
	case d.countsAs == protocol.AbsentNo && who == absent && absentAs != protocol.AbsentNo:
		return "nobody said that the absent count as no"
	}
	return ""
}

// TestDecideGaveUp: who waits no longer has decided nothing.
func TestDecideGaveUp(t *testing.T) {
	c := protocol.Combination{How: protocol.CombineVeto}
	if d, decided := decide(c, protocol.AbsentYes, 3, []vote{agreed, gaveUp}); !decided || d != (decision{counts: 1}) {
		t.Errorf("%+v, %v", d, decided)
	}
}
