package conformance

import (
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// patience is long for what comes, and short for what does not.
const patience = 5 * time.Second

// faults are the numbers of what was found, and what was seen.
func faults(results []Result) (ids []string, seen string) {
	for _, r := range results {
		if len(r.Problems) > 0 {
			ids = append(ids, r.ID)
			seen += r.ID + " " + r.Must + ": " + strings.Join(r.Problems, "\n  ") + "\n"
		}
	}
	slices.Sort(ids)
	return ids, seen
}

func TestMonitors(t *testing.T) {
	t.Parallel()
	all := map[string][]string{
		"none": nil,
		slowly: nil,
		grabs:  {"4.11", "4.2", "4.4"},
		deaf:   {"3.31"},
		texts:  {"4.7"},
	}
	maps.Copy(all, monitorFaults)
	who := person(t)
	checkAll(t, Monitor, all, func(queue, fault string) ([]Result, error) {
		return MonitorUnderTest{
			Queue: queue, Patience: patience, Throwaway: true,
			Command: func() *exec.Cmd { return as("monitor", queue, fault, who) },
			Waiter:  func() *exec.Cmd { return as("wait") },
		}.Run(t.Context())
	})
}

func TestSenders(t *testing.T) {
	t.Parallel()
	all := map[string][]string{
		"none":    nil,
		hasty:     {"4.15"},
		careless:  {"4.17"},
		credulous: {"6.4"},
		forgetful: {"2.4"},
		fleeting:  nil,
	}
	maps.Copy(all, senderFaults)
	checkAll(t, Sender, all, func(queue, fault string) ([]Result, error) {
		return SenderUnderTest{
			Queue: queue, Patience: patience, Throwaway: true, Limited: true,
			Command: func(seconds string) *exec.Cmd { return as("sender", queue, fault, seconds) },
		}.Run(t.Context())
	})
}

// checkAll tries all at once, as most of the time they wait.
func checkAll(t *testing.T, side Side, all map[string][]string, run func(queue, fault string) ([]Result, error)) {
	type outcome struct {
		results []Result
		err     error
	}
	outcomes := map[string]chan outcome{}
	for fault := range all {
		outcomes[fault] = make(chan outcome, 1)
		queue := newQueue()
		go func() {
			results, err := run(queue, fault)
			outcomes[fault] <- outcome{results, err}
		}()
	}
	for fault, want := range all {
		o := <-outcomes[fault]
		t.Run(fault, func(t *testing.T) {
			if o.err != nil {
				t.Fatal(o.err)
			}
			checkResults(t, side, o.results, want)
		})
	}
}

func checkResults(t *testing.T, side Side, results []Result, want []string) {
	t.Helper()
	got, seen := faults(results)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the kit names other faults than there are: %s\n%s", diff, seen)
	}
	if Good(results) != (len(want) == 0) {
		t.Errorf("Good is %v", Good(results))
	}
	if len(results) != len(checked(side)) {
		t.Errorf("%d results, want %d", len(results), len(checked(side)))
	}
	for _, r := range results {
		if r.Skip != "" {
			t.Logf("%s was not checked: %s", r.ID, r.Skip)
		}
	}
}

// Each requirement that can be seen has a check, and no other has.
func TestEveryRequirementHasACheck(t *testing.T) {
	seen := map[string]bool{}
	for _, q := range Requirements() {
		if seen[q.ID] {
			t.Errorf("%s is there twice", q.ID)
		}
		seen[q.ID] = true
		_, has := monitorChecks[q.ID]
		if want := q.Side == Monitor && q.Unseen == ""; has != want {
			t.Errorf("%s has a check of monitors: %v, want %v", q.ID, has, want)
		}
	}
	for id := range monitorChecks {
		if !seen[id] {
			t.Errorf("there is a check %s of nothing", id)
		}
	}
}

// The page has the same list, in the same words.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	var got []Requirement
	_, list, _ := strings.Cut(string(page), "\n## 7. ")
	for line := range strings.Lines(list) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 || !strings.HasPrefix(line, "| ") {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if cells[0] == "no." {
			continue
		}
		q := Requirement{ID: cells[0], Side: Side(cells[1]), Must: cells[2]}
		if cells[3] != "yes" {
			q.Unseen = strings.TrimPrefix(cells[3], "no: ")
		}
		got = append(got, q)
		if !strings.Contains(string(page), "\n## "+q.Section()+". ") {
			t.Errorf("%s: the page has no section %s", q.ID, q.Section())
		}
	}
	if diff := cmp.Diff(Requirements(), got); diff != "" {
		t.Errorf("the kit and docs/protocol.md differ: %s", diff)
	}
}

func TestTAP(t *testing.T) {
	var b strings.Builder
	tap := &TAP{W: &b}
	tap.Plan(4)
	q := Requirement{ID: "4.2", Side: Sender, Must: "Ready #1 is written last"}
	tap.Result(Result{Requirement: q})
	tap.Result(Result{Requirement: q, Problems: []string{"Ready was there\nbefore Text", "twice"}})
	tap.Result(Result{Requirement: q, Skip: "no reason"})
	tap.Result(Result{Requirement: q, Problems: []string{"as ever"}, Known: true})
	const want = `TAP version 14
1..4
ok 1 - section 4.2: Ready \#1 is written last
not ok 2 - section 4.2: Ready \#1 is written last
# Ready was there
#   before Text
# twice
ok 3 - section 4.2: Ready \#1 is written last # SKIP no reason
not ok 4 - section 4.2: Ready \#1 is written last # TODO known
# as ever
`
	if diff := cmp.Diff(want, b.String()); diff != "" || tap.Err() != nil {
		t.Error(diff, tap.Err())
	}
}
