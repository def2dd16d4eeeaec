// Package catalogue holds every text that Deskbell itself puts before people,
// in each language that has a file in languages/. A new language is a new file
// there, named by its BCP 47 tag; nothing else changes.
//
// A file is a JSON object: by key either a text, with the verbs of fmt for its
// arguments, or an object of texts by plural form (the selectors of
// golang.org/x/text/feature/plural: one, few, many, other, =0 …), chosen by
// the first argument, a number. Nothing is read until a text is wanted.
package catalogue

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

//go:embed languages/*.json
var files embed.FS

// Printer gives the texts of one language. It may be used by several
// goroutines at once.
type Printer struct {
	tag     language.Tag
	printer *message.Printer
}

// For returns the printer of the language that suits a person best who reads
// these languages, best first. It is English when none of them is there.
func For(languages []language.Tag) *Printer {
	all := catalogues()
	_, i, confidence := all.matcher.Match(languages...)
	if confidence == language.No {
		i = 0
	}
	return all.printers[i]()
}

// Languages are those that there are texts in, English first.
func Languages() []language.Tag { return slices.Clone(catalogues().tags) }

// Text returns the text of the key with its arguments in it. An unknown key,
// which the tests of this package exclude, is returned itself.
func (p *Printer) Text(key string, args ...any) string {
	return p.printer.Sprintf(message.Key(key, key), args...)
}

// Language is the language of the texts.
func (p *Printer) Language() language.Tag { return p.tag }

// RTL reports whether the language is written from right to left.
func (p *Printer) RTL() bool { return RTL(p.tag) }

// RTL reports whether the language is written from right to left.
func RTL(tag language.Tag) bool {
	script, _ := tag.Script()
	switch script.String() {
	case "Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa":
		return true
	}
	return false
}

// index is what is known of the languages before one of them is read.
type index struct {
	tags     []language.Tag // English first
	matcher  language.Matcher
	printers []func() *Printer // in the order of tags, read on first use
}

var catalogues = sync.OnceValue(func() index {
	var x index
	for _, tag := range tags() {
		x.tags = append(x.tags, tag)
		x.printers = append(x.printers, sync.OnceValue(func() *Printer { return load(tag) }))
	}
	x.matcher = language.NewMatcher(x.tags)
	return x
})

// tags lists the languages that have a file. The file names are fixed when
// the program is built, so that a wrong one is a fault of the program.
func tags() []language.Tag {
	entries, err := files.ReadDir("languages")
	if err != nil {
		panic(err)
	}
	tags := []language.Tag{language.English}
	for _, entry := range entries {
		tag := language.MustParse(strings.TrimSuffix(entry.Name(), ".json"))
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

func load(tag language.Tag) *Printer {
	texts, err := read(tag)
	if err != nil {
		panic(err) // as with tags
	}
	builder := catalog.NewBuilder(catalog.Fallback(tag))
	for key, text := range texts {
		if err := text.add(builder, tag, key); err != nil {
			panic(fmt.Errorf("catalogue %s: %s: %w", tag, key, err))
		}
	}
	return &Printer{tag, message.NewPrinter(tag, message.Catalog(builder))}
}

func read(tag language.Tag) (map[string]entry, error) {
	data, err := files.ReadFile("languages/" + tag.String() + ".json")
	if err != nil {
		return nil, fmt.Errorf("catalogue %s: %w", tag, err)
	}
	var texts map[string]entry
	if err := json.Unmarshal(data, &texts); err != nil {
		return nil, fmt.Errorf("catalogue %s: %w", tag, err)
	}
	return texts, nil
}

// entry is what a file says of one key: a text under "", or texts by plural
// form.
type entry map[string]string

func (e *entry) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*e = entry{"": text}
		return nil
	}
	var forms map[string]string
	if err := json.Unmarshal(data, &forms); err != nil {
		return err
	}
	*e = forms
	return nil
}

func (e entry) add(builder *catalog.Builder, tag language.Tag, key string) error {
	if text, single := e[""]; single {
		return builder.SetString(tag, key, text)
	}
	var cases []any
	for _, form := range e.forms() {
		cases = append(cases, form, e[form])
	}
	return builder.Set(tag, key, plural.Selectf(1, "%d", cases...))
}

// forms lists the plural forms in the order in which they are tried, the
// general one last.
func (e entry) forms() []string {
	var forms []string
	for form := range e {
		if form != "other" {
			forms = append(forms, form)
		}
	}
	slices.Sort(forms)
	return append(forms, "other")
}
