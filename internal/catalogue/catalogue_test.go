package catalogue

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/language"
)

func TestLanguageChoice(t *testing.T) {
	for _, c := range []struct{ languages, want string }{
		{"de", "de"},
		{"de-AT", "de"},
		{"en-GB", "en"},
		{"xx-Qaaa,de", "de"},
		{"zu,de-CH,en", "de"},
		{"zu", "en"},
		{"", "en"},
	} {
		var tags []language.Tag
		for tag := range strings.SplitSeq(c.languages, ",") {
			if parsed, err := language.Parse(tag); err == nil {
				tags = append(tags, parsed)
			}
		}
		if got := For(tags).Language().String(); got != c.want {
			t.Errorf("For(%s) speaks %s, want %s", c.languages, got, c.want)
		}
	}
}

func TestText(t *testing.T) {
	en, de := For(nil), For([]language.Tag{language.German})
	for _, c := range []struct {
		printer *Printer
		key     string
		args    []any
		want    string
	}{
		{en, "button.cancel", nil, "Cancel"},
		{de, "button.cancel", nil, "Abbrechen"},
		{en, "countdown.days", []any{1}, "1 day"},
		{en, "countdown.days", []any{2}, "2 days"},
		{en, "countdown.days", []any{1234}, "1,234 days"},
		{de, "countdown.days", []any{1}, "1 Tag"},
		{de, "countdown.days", []any{1234}, "1.234 Tagen"},
		{en, "origin.user", []any{"100%s {time} $x"}, "From a program running as you (100%s {time} $x)"},
		{en, "no.such.key", nil, "no.such.key"},
	} {
		if got := c.printer.Text(c.key, c.args...); got != c.want {
			t.Errorf("%s %s %v: %q, want %q", c.printer.Language(), c.key, c.args, got, c.want)
		}
	}
}

func TestRTL(t *testing.T) {
	for tag, want := range map[string]bool{"he": true, "ar-EG": true, "fa": true, "ur": true, "en": false, "de": false, "az": false, "az-Arab": true} {
		if got := RTL(language.MustParse(tag)); got != want {
			t.Errorf("RTL(%s) = %v", tag, got)
		}
	}
	if For([]language.Tag{language.German}).RTL() {
		t.Error("German is said to be written from right to left")
	}
}

// Every language has the keys of English, no others, and its texts take the
// same arguments.
func TestLanguagesAgree(t *testing.T) {
	english := mustRead(t, language.English)
	for _, tag := range tags() {
		texts := mustRead(t, tag)
		if diff := cmp.Diff(sorted(english), sorted(texts)); diff != "" {
			t.Errorf("%s: keys differ from English:\n%s", tag, diff)
		}
		for key, text := range texts {
			want := placeholders(english[key]["other"] + english[key][""])
			if _, single := text[""]; !single && text["other"] == "" {
				t.Errorf("%s: %s has no form for other", tag, key)
			}
			for form, s := range text {
				if strings.TrimSpace(s) == "" {
					t.Errorf("%s: %s is empty", tag, key)
				}
				if got := placeholders(s); !slices.Equal(got, want) {
					t.Errorf("%s: %s %s has %v, English %v", tag, key, form, got, want)
				}
			}
		}
		load(tag)
	}
}

var placeholder = regexp.MustCompile(`%(\[\d+\])?[^ ]|\{[a-z]+\}`)

func placeholders(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return found
}

// Every key is named somewhere in the source, and every key that is asked for
// by name exists.
func TestKeysAndSourceAgree(t *testing.T) {
	keys := mustRead(t, language.English)
	named := map[string]bool{}
	forEachFile(t, "../..", func(path string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if text, ok := literal(n); ok {
				named[text] = true
			}
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 || !imports(file, "internal/catalogue") {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); !ok || f.Sel.Name != "Text" {
				return true
			}
			if key, ok := literal(call.Args[0]); ok && keys[key] == nil {
				t.Errorf("%s asks for %q, which no language has", path, key)
			}
			return true
		})
	})
	for _, key := range sorted(keys) {
		if !named[key] {
			t.Errorf("nothing uses %q", key)
		}
	}
}

func literal(n ast.Node) (string, bool) {
	l, ok := n.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}

func imports(file *ast.File, suffix string) bool {
	return slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool {
		path, _ := strconv.Unquote(i.Path.Value)
		return strings.HasSuffix(path, suffix)
	})
}

func forEachFile(t *testing.T, root string, visit func(string, *ast.File)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "build" || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		visit(path, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func mustRead(t *testing.T, tag language.Tag) map[string]entry {
	t.Helper()
	texts, err := read(tag)
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func sorted(texts map[string]entry) []string { return slices.Sorted(maps.Keys(texts)) }
