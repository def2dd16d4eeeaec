package protocol

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/nacl/box"
)

// Fit checks a final reply against the question it answers and returns it in
// its canonical form (a list that came as lines of text is split, Choice is
// filled in). A reply
// that does not fit, whoever wrote it, is a *FieldError and no answer.
func (m Message) Fit(r Reply) (Reply, error) {
	if !r.Status.Final() {
		return r, problem("Status", "%s is not the status of a reply", describe(string(r.Status)))
	}
	if r.Checked && m.Check == "" {
		return r, problem("Checked", "no tick box was offered")
	}
	if r.Status != StatusAnswered {
		if r.Button != NoButton {
			return r, problem("Button", "%d with status %s", r.Button, r.Status)
		}
		if r.Choice != "" {
			return r, problem("Choice", "given with status %s", r.Status)
		}
		if r.Answer != "" || len(r.Items) > 0 {
			return r, problem("Answer", "given with status %s", r.Status)
		}
		return r, nil
	}
	if err := m.fitButton(&r); err != nil {
		return r, err
	}
	switch {
	case m.Kind == KindInput && m.Accepts(r.Button):
		return m.fitInput(r)
	case m.Kind == KindChoose && m.Accepts(r.Button):
		return m.fitChoice(r)
	}
	if known(m.Kind) && (r.Answer != "" || len(r.Items) > 0) {
		return r, problem("Answer", "was not asked for")
	}
	return r, nil
}

// known reports whether the kind is one of Deskbell's own. What the reply to
// another kind may say is for its processor and its sender to agree on.
func known(kind string) bool {
	switch kind {
	case KindPopup, KindInput, KindChoose, KindNotify, KindProgress, KindControl:
		return true
	}
	return false
}

func (m Message) fitButton(r *Reply) error {
	if r.Button == NoButton {
		if r.Choice != "" {
			return problem("Choice", "given without a button")
		}
		if m.Kind == KindPopup || m.Kind == KindInput || m.Kind == KindChoose {
			return problem("Button", "answered without a button")
		}
		return nil
	}
	for _, b := range m.Offered() {
		if b.Number == r.Button {
			if r.Choice != "" && r.Choice != b.Caption {
				return problem("Choice", "%s is not the caption of button %d", describe(r.Choice), r.Button)
			}
			r.Choice = b.Caption
			return nil
		}
	}
	return problem("Button", "%d was not offered", r.Button)
}

func (m Message) fitInput(r Reply) (Reply, error) {
	if r.Items != nil {
		return r, problem("Answer", "is a list")
	}
	if m.SealTo != "" {
		sealed, err := base64.StdEncoding.DecodeString(r.Answer)
		if err != nil || len(sealed) < box.AnonymousOverhead {
			return r, problem("Answer", "is not sealed")
		}
		return r, nil
	}
	return r, m.fitText(r.Answer)
}

func (m Message) fitText(answer string) error {
	switch {
	case len(answer) > MaxField:
		return problem("Answer", "larger than %d KiB", MaxField>>10)
	case !utf8.ValidString(answer) || strings.ContainsRune(answer, 0):
		return problem("Answer", "is not text")
	case !m.Multiline && strings.ContainsAny(answer, "\r\n"):
		return problem("Answer", "has more than one line")
	case !m.Matches(answer):
		return problem("Answer", "does not match the pattern")
	}
	return nil
}

func (m Message) fitChoice(r Reply) (Reply, error) {
	if !m.Multiple {
		if r.Items != nil || !slices.Contains(m.Choices, r.Answer) {
			return r, problem("Answer", "is not one of the choices")
		}
		return r, nil
	}
	if r.Items == nil {
		r.Items, r.Answer = lines(r.Answer), ""
	}
	for i, item := range r.Items {
		offered := count(m.Choices, item)
		if offered == 0 {
			return r, problem("Answer", "%s is not one of the choices", describe(item))
		}
		if count(r.Items[:i+1], item) > offered {
			return r, problem("Answer", "%s is in it twice", describe(item))
		}
	}
	return r, nil
}

func count(items []string, item string) int {
	n := 0
	for _, other := range items {
		if other == item {
			n++
		}
	}
	return n
}
