package setup

import (
	"errors"
	"fmt"
	"strings"

	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/policy"
)

// examineLedgers looks at what is written down of what happened to messages: for
// an administrator at the computer's, and at the caller's own. One that was never
// written is no finding.
func (i Installation) examineLedgers() []Finding {
	var findings []Finding
	if mailbox.Administrator() {
		findings = append(findings, examineLedger("ledger", i.Queue, ledger.Administrators)...)
	}
	return append(findings, examineLedger("own ledger", i.Queue, ledger.Own)...)
}

func examineLedger(what, queue string, find func(string) (ledger.Place, error)) []Finding {
	place, err := find(queue)
	if err != nil {
		return nil // there can be none, as with a mailbox in a place of its own
	}
	health, err := place.Look()
	if err == nil && health.Bytes == 0 && health.Aside == "" {
		return nil
	}
	f := finding(what, place.Path(), err)
	switch {
	case errors.Is(err, ledger.ErrDamaged):
		f.Advice = "it is moved aside, and another begun, as soon as something is written; keep a copy of what matters"
	case err != nil:
		f.Advice = "see who may read it, and whether the disk is well; without it nobody knows what happened to messages"
	case health.Bytes > ledger.MaxFile:
		f.State, f.Problem = Different, fmt.Sprintf("it has %d KiB, and cannot have become larger than %d by itself", health.Bytes>>10, ledger.MaxFile>>10)
		f.Advice = "remove it; another is begun"
	default:
		f.Problem = fmt.Sprintf("%d events, %d KiB", health.Events, (health.Bytes+1023)>>10)
	}
	findings := []Finding{f}
	if health.Aside != "" {
		findings = append(findings, Finding{What: what, Place: health.Aside, State: Note, Problem: "one that was damaged was moved aside; it can be removed"})
	}
	return findings
}

// examinePolicy tells what administrators have decided, and whether it can be
// followed.
func examinePolicy() []Finding {
	p, err := policy.Load()
	f := finding("policy", policy.Place(), err)
	if err != nil {
		f.State, f.Problem = Different, err.Error()+"; until that is put right, nothing is shown that a user's own programs ask"
		f.Advice = "let administrators alone write it, every user read it, and have only the settings in it that docs/administration.md lists"
		return []Finding{f}
	}
	if len(p.Unknown) > 0 {
		f.State, f.Problem = Different, "it has settings that this version does not know: "+strings.Join(p.Unknown, ", ")
		f.Advice = "look for a slip of the pen"
		return []Finding{f}
	}
	said := p.Said()
	if said == "" {
		return nil
	}
	f.State, f.Problem = Note, said
	return []Finding{f}
}
