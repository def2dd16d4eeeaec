package protocol

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// page reads the first table of docs/protocol.md with that header: its rows,
// each a list of cells.
func page(t *testing.T, header string) [][]string {
	t.Helper()
	data, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(data), "\n| "+header+" |")
	if !found {
		t.Fatalf("docs/protocol.md has no table that begins %q", header)
	}
	var rows [][]string
	for _, line := range strings.Split(rest, "\n")[2:] {
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows
}

var (
	quoted  = regexp.MustCompile("`([^`]+)`")
	oneOf   = regexp.MustCompile("(?i)one of (`[^`]+`(?: \\([^)]*\\))?(?:, )?)+")
	aside   = regexp.MustCompile(`\([^)]*\)`)
	formats = map[Form]string{Text: "text", Number: "number", Flag: "flag", List: "list", Time: "time", TextOrList: "text or list"}
)

func words(text string) []string {
	var found []string
	for _, m := range quoted.FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

// The message table of the page is the field table of the code.
func TestPageOfMessageFields(t *testing.T) {
	rows := page(t, "field | form | kinds | meaning | default")
	if rows[0][0] != "`Ready`" {
		t.Errorf("the first field is %s", rows[0][0])
	}
	var got, want []Field
	for _, row := range rows[1:] {
		f := Field{Name: words(row[0])[0], Live: strings.Contains(row[0], "*"), Localised: strings.Contains(row[0], "‡"), Help: row[1]}
		if row[2] != "all" {
			f.Kinds = strings.Fields(row[2])
		}
		f.Values = words(aside.ReplaceAllString(oneOf.FindString(row[3]), ""))
		got = append(got, f)
	}
	for _, f := range Messages() {
		want = append(want, Field{Name: f.Name, Live: f.Live, Localised: f.Localised, Help: formats[f.Form], Kinds: f.Kinds, Values: f.Values})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("code and page differ: %s", diff)
	}
}

func TestPageOfReplyFields(t *testing.T) {
	got := fieldForms(page(t, "field | form | meaning"))
	want := map[string]string{}
	for _, f := range replyTable.fields() {
		want[f.Name] = formats[f.Form]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("code and page differ: %s", diff)
	}
}

func fieldForms(rows [][]string) map[string]string {
	forms := map[string]string{}
	for _, row := range rows {
		forms[words(row[0])[0]] = row[1]
	}
	return forms
}

func TestPageOfPresence(t *testing.T) {
	data, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	_, attending, _ := strings.Cut(string(data), "## 5.")
	got := map[string]string{}
	for line := range strings.SplitSeq(attending, "\n") {
		if cells := strings.Split(line, "|"); len(cells) == 5 && strings.HasPrefix(line, "| `") {
			got[words(cells[1])[0]] = strings.TrimSpace(cells[2])
		}
	}
	want := map[string]string{}
	for _, f := range presenceTable.fields() {
		want[f.Name] = formats[f.Form]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("code and page differ: %s", diff)
	}
}

func TestPageOfStatuses(t *testing.T) {
	want := map[Status]bool{
		StatusAnswered: true, StatusTimeout: true, StatusDismissed: true, StatusExpired: true, StatusSkipped: true,
		StatusRejected: true, StatusFailed: true, StatusShown: false, StatusWaiting: false,
	}
	got := map[Status]bool{}
	for _, row := range page(t, "Status | what happened") {
		status := Status(words(row[0])[0])
		got[status] = !strings.HasPrefix(row[1], "not final")
		if status.Final() != got[status] {
			t.Errorf("%s: final is %v", status, status.Final())
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("code and page differ: %s", diff)
	}
}

func TestPageOfLimits(t *testing.T) {
	want := [][]string{
		{"one field", strconv.Itoa(MaxField>>10) + " KiB"},
		{"one message", strconv.Itoa(MaxMessage>>10) + " KiB"},
		{"items in a list", strconv.Itoa(MaxListItems)},
		{"fields", strconv.Itoa(MaxFields)},
	}
	if diff := cmp.Diff(want, page(t, "limit | value")); diff != "" {
		t.Errorf("code and page differ: %s", diff)
	}
}

func TestPageOfButtons(t *testing.T) {
	var want [][]string
	for typ, numbers := range buttonSets {
		var buttons []string
		for _, n := range numbers {
			buttons = append(buttons, strconv.Itoa(n)+" "+captions[n])
		}
		want = append(want, []string{strconv.Itoa(typ), strings.Join(buttons, ", ")})
	}
	if diff := cmp.Diff(want, page(t, "Type | buttons")); diff != "" {
		t.Errorf("code and page differ: %s", diff)
	}
	for _, row := range page(t, "field | form | meaning") {
		if row[0] != "`Button`" {
			continue
		}
		for n, caption := range captions {
			if !strings.Contains(row[2], strconv.Itoa(n)+" "+caption) {
				t.Errorf("Button does not tell %d %s", n, caption)
			}
		}
	}
}

// The page's words for kinds and channels are those of the code.
func TestPageOfKinds(t *testing.T) {
	for _, row := range page(t, "field | form | kinds | meaning | default") {
		if row[0] != "`Kind`" {
			continue
		}
		want := []string{KindPopup, KindInput, KindChoose, KindNotify, KindProgress, KindControl}
		if got := words(row[3]); !slices.Equal(got[:len(want)], want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	for _, row := range page(t, "field | form | meaning") {
		for _, channel := range []string{ChannelDialog, ChannelToast, ChannelTTY, ChannelScript} {
			if row[0] == "`Channel`" && !slices.Contains(words(row[2]), channel) {
				t.Errorf("Channel does not tell %s", channel)
			}
		}
	}
}
