// Package policy reads what administrators, or the organisation that manages a
// computer, have decided for everybody on it, from a place that they alone can
// write (docs/administration.md, "Policy").
package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/protocol"
)

// Names of the settings.
const (
	TrustedSendersOnly = "TrustedSendersOnly"
	Organisation       = "Organisation"
	AllowedFallbacks   = "AllowedFallbacks"
	Quiet              = "Quiet"
)

// Policy is what has been decided. The zero value is nothing.
type Policy struct {
	// TrustedSendersOnly has monitors refuse what a user's own programs ask.
	TrustedSendersOnly bool
	// Organisation is the name under which administrators ask.
	Organisation string
	// AllowedFallbacks are the ways besides the usual one by which somebody may be
	// reached, by the words of Message.Fallback; nil = all.
	AllowedFallbacks []string
	// Quiet is a part of every day in which nothing is shown that is not critical,
	// besides the hours that a message has itself.
	Quiet protocol.Hours
	// Unknown are settings that this version does not know.
	Unknown []string
}

// Error says why a policy that is there is not followed as it is written.
type Error struct {
	Place string
	Err   error
}

func (e *Error) Error() string { return fmt.Sprintf("read the policy %s: %v", e.Place, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// Strict is what holds as long as a policy that is there cannot be read: nobody
// knows then what it forbids.
func Strict() Policy { return Policy{TrustedSendersOnly: true, AllowedFallbacks: []string{}} }

// Load reads the policy of this computer; the zero Policy where there is none.
// The error is an *Error, and the Policy is Strict then.
func Load() (Policy, error) {
	settings, err := read()
	return decoded(settings, err)
}

// decoded is the policy that the settings make, unless they could not be read.
func decoded(settings map[string]any, err error) (Policy, error) {
	p := Policy{}
	if err == nil {
		p, err = decode(settings)
	}
	if err != nil {
		return Strict(), &Error{Place(), err}
	}
	return p, nil
}

// decode reads the settings, whose values are bool, float64, string and []string,
// or []any of strings. Names are in any case.
func decode(settings map[string]any) (p Policy, err error) {
	for name, value := range settings {
		switch {
		case strings.EqualFold(name, TrustedSendersOnly):
			p.TrustedSendersOnly, err = flag(value)
		case strings.EqualFold(name, Organisation):
			p.Organisation, err = text(value)
		case strings.EqualFold(name, AllowedFallbacks):
			p.AllowedFallbacks, err = fallbacks(value)
		case strings.EqualFold(name, Quiet):
			p.Quiet, err = hours(value)
		default:
			p.Unknown = append(p.Unknown, name)
		}
		if err != nil {
			return Policy{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	slices.Sort(p.Unknown)
	return p, nil
}

func flag(value any) (bool, error) {
	switch value {
	case true, 1.0, "1", "true":
		return true, nil
	case false, 0.0, "0", "false", "":
		return false, nil
	}
	return false, fmt.Errorf("%v is neither 0 nor 1", value)
}

func text(value any) (string, error) {
	s, ok := value.(string)
	if !ok {
		return "", fmt.Errorf("%v is no text", value)
	}
	return strings.TrimSpace(s), nil
}

func hours(value any) (protocol.Hours, error) {
	s, err := text(value)
	if err != nil {
		return protocol.Hours{}, err
	}
	return protocol.Message{Quiet: s}.QuietHours()
}

// fallbacks reads a list, or text with commas. An empty one allows nothing.
func fallbacks(value any) ([]string, error) {
	words := []string{}
	switch list := value.(type) {
	case []string:
		words = append(words, list...)
	case []any:
		for _, item := range list {
			word, err := text(item)
			if err != nil {
				return nil, err
			}
			words = append(words, word)
		}
	case string:
		for word := range strings.SplitSeq(list, ",") {
			words = append(words, word)
		}
	default:
		return nil, fmt.Errorf("%v is no list", value)
	}
	allowed := []string{}
	for _, word := range words {
		word = strings.TrimSpace(word)
		if word == "" || word == protocol.FallbackNone {
			continue
		}
		if !slices.Contains(protocol.Fallbacks(), word) {
			return nil, fmt.Errorf("%q is not one of %s", word, strings.Join(protocol.Fallbacks(), ", "))
		}
		allowed = append(allowed, word)
	}
	return allowed, nil
}

// Ladder is Message.Ladder without the ways that are not allowed. The first one
// always is: it is how the message is shown anyway, or how its sender wants it.
func (p Policy) Ladder(m protocol.Message) []string {
	ways := m.Ladder()
	if p.AllowedFallbacks == nil {
		return ways
	}
	usual := protocol.NewMessage(m.Kind).Ladder()[0]
	return slices.DeleteFunc(ways, func(way string) bool {
		return way != usual && !slices.Contains(p.AllowedFallbacks, way)
	})
}

// Refuses names the setting that forbids a message, "" = none does: trusted says
// that administrators alone could put it.
func (p Policy) Refuses(m protocol.Message, trusted bool) string {
	if p.TrustedSendersOnly && !trusted && m.Kind != protocol.KindControl {
		return TrustedSendersOnly
	}
	return ""
}

// Said is the policy in one line for people, "" where nothing is decided.
func (p Policy) Said() string {
	var parts []string
	if p.TrustedSendersOnly {
		parts = append(parts, TrustedSendersOnly)
	}
	if p.Organisation != "" {
		parts = append(parts, fmt.Sprintf("%s=%q", Organisation, p.Organisation))
	}
	if p.AllowedFallbacks != nil {
		parts = append(parts, fmt.Sprintf("%s=%q", AllowedFallbacks, strings.Join(p.AllowedFallbacks, ",")))
	}
	if h := p.Quiet; h != (protocol.Hours{}) {
		parts = append(parts, fmt.Sprintf("%s=%02d:%02d-%02d:%02d", Quiet, h.From/60, h.From%60, h.To/60, h.To%60))
	}
	return strings.Join(parts, " ")
}
