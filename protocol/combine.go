package protocol

import (
	"strconv"
	"strings"
)

// Ways to make one answer of those of several people.
const (
	CombineFirst  = "first"
	CombineAny    = "any"
	CombineAll    = "all"
	CombineVeto   = "veto"
	CombineQuorum = "quorum" // =N follows
)

// What somebody counts as who cannot be reached.
const (
	AbsentYes    = "yes"
	AbsentNo     = "no"
	AbsentIgnore = "ignore"
)

// Combination is Message.Combine, read.
type Combination struct {
	How    string
	Quorum int // how many have to agree; of CombineQuorum
}

// Combination reads Combine; first is meant where it is empty. The error is a
// *FieldError.
func (m Message) Combination() (Combination, error) {
	how, n, counted := strings.Cut(m.Combine, "=")
	switch how {
	case "":
		how = CombineFirst
	case CombineFirst, CombineAny, CombineAll, CombineVeto:
	case CombineQuorum:
		if quorum, err := strconv.ParseUint(n, 10, 16); err == nil && quorum > 0 {
			return Combination{how, int(quorum)}, nil
		}
		how = "?"
	default:
		how = "?"
	}
	if counted || how == "?" {
		return Combination{}, problem("Combine", "%s is not first, any, all, veto or quorum=N", describe(m.Combine))
	}
	return Combination{How: how}, nil
}

func (m Message) validateCombine() error {
	_, err := m.Combination()
	return err
}
