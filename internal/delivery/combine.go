package delivery

import "github.com/deskbell/deskbell/protocol"

// vote is what one person's result comes to when several are asked.
type vote int

const (
	agreed   vote = iota // with a button that agrees
	declined             // with another
	closed               // let it be, without a button
	silent               // it was for him to answer, and he did not
	absent               // he could not be reached
	gaveUp               // the sender waits no longer
)

// voteOf says what a result comes to.
func voteOf(r Result) vote {
	switch r.Outcome {
	case Answered:
		if r.Reply.Button == protocol.NoButton || protocol.Agreed(r.Reply.Button) {
			return agreed
		}
		return declined
	case Told:
		if r.Err == nil { // nothing was asked
			return agreed
		}
	case Dismissed:
		return closed
	case TimedOut, Expired, Over:
		return silent
	case Interrupted:
		return gaveUp
	}
	return absent
}

// decision is what several people's votes come to.
type decision struct {
	counts   int    // the place in the votes of the one that counts
	countsAs string // protocol.AbsentYes or AbsentNo where his own word does not say so
}

// decide folds the votes that have arrived, in their order, of so many people.
// It is false while the next vote can still change anything. absentAs is
// Message.Absent.
//
//	first   the first button that is pressed
//	any     one yes is enough; no when nobody is left
//	all     everybody has to say yes; one no, or silence, is enough
//	veto    yes unless somebody says no; silence is none
//	quorum  so many yeses; no when they cannot come together any more
func decide(c protocol.Combination, absentAs string, people int, votes []vote) (decision, bool) {
	if i := last(votes, gaveUp); i >= 0 {
		return decision{counts: i}, true
	}
	left := people - len(votes)
	if c.How == protocol.CombineFirst {
		for i, v := range votes {
			if v == agreed || v == declined {
				return decision{counts: i}, true
			}
		}
		if left > 0 {
			return decision{}, false
		}
		if last(votes, closed) < 0 && absentAs == protocol.AbsentYes && last(votes, absent) >= 0 {
			return decision{last(votes, absent), protocol.AbsentYes}, true
		}
		return refusal(votes, absentAs), true
	}
	yes, no := 0, 0
	for _, v := range votes {
		switch {
		case v == agreed, v == absent && absentAs == protocol.AbsentYes, v == silent && c.How == protocol.CombineVeto:
			yes++
		case v == declined, v == closed, v == absent && absentAs == protocol.AbsentNo, v == silent:
			no++
		}
	}
	enough := 1
	switch c.How {
	case protocol.CombineQuorum:
		enough = c.Quorum
	case protocol.CombineAll, protocol.CombineVeto:
		if no > 0 {
			return refusal(votes, absentAs), true
		}
		if left > 0 {
			return decision{}, false
		}
	}
	switch {
	case yes >= enough:
		return consent(votes, absentAs), true
	case yes+left < enough:
		return refusal(votes, absentAs), true
	}
	return decision{}, false
}

// consent is the vote that counts of those that come to a yes.
func consent(votes []vote, absentAs string) decision {
	if i := last(votes, agreed); i >= 0 {
		return decision{counts: i}
	}
	if i := last(votes, absent); i >= 0 && absentAs == protocol.AbsentYes {
		return decision{i, protocol.AbsentYes}
	}
	return decision{last(votes, silent), protocol.AbsentYes}
}

// refusal is the vote that counts of those that come to no yes: who said no,
// else who says why there is none.
func refusal(votes []vote, absentAs string) decision {
	for i, v := range votes {
		if v == declined {
			return decision{counts: i}
		}
	}
	if i := last(votes, closed); i >= 0 {
		return decision{counts: i}
	}
	if i := last(votes, absent); i >= 0 && absentAs == protocol.AbsentNo {
		return decision{i, protocol.AbsentNo}
	}
	if i := last(votes, silent); i >= 0 {
		return decision{counts: i}
	}
	if i := last(votes, absent); i >= 0 {
		return decision{counts: i}
	}
	return decision{0, protocol.AbsentNo} // there are too few people
}

// last is the place of the last vote of a kind, −1 where there is none.
func last(votes []vote, kind vote) int {
	for i := len(votes) - 1; i >= 0; i-- {
		if votes[i] == kind {
			return i
		}
	}
	return -1
}
