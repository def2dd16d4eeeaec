package protocol

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// In returns the message as a person with these languages, best first, should
// read it: each localised field in the variant that matches best, else plain.
// Captions in the result are for the eye; what is answered stays in the
// message's own language (see Offered).
func (m Message) In(languages []language.Tag) Message {
	for _, c := range messageTable.columns {
		if !c.Localised {
			continue
		}
		variant, ok := m.variant(c.Name, languages)
		if !ok {
			continue
		}
		switch p := c.at(&m).(type) {
		case *string:
			if text, ok := variant.(string); ok {
				*p = text
			}
		case *[]string:
			if items, ok := variant.([]string); ok {
				*p = slices.Clone(items)
			}
		}
	}
	return m
}

func (m Message) variant(field string, languages []language.Tag) (any, bool) {
	var tags []language.Tag
	var values []any
	for _, name := range sortedNames(m.Variants) {
		base, tag, _ := strings.Cut(name, ".")
		if base != field {
			continue
		}
		if parsed, err := language.Parse(tag); err == nil {
			tags, values = append(tags, parsed), append(values, m.Variants[name])
		}
	}
	if len(tags) == 0 {
		return nil, false
	}
	_, i, confidence := language.NewMatcher(tags).Match(languages...)
	return values[i], confidence >= language.High
}
