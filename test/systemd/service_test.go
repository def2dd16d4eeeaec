//go:build linux

package systemd

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// served is an office in which the service is installed.
func served(t *testing.T) (s *bed.Systemd, alice, bob *bed.Desk) {
	t.Helper()
	s, alice, bob = office(t)
	s.Exec("rm", "-rf", "/var/lib/deskbell") // of the computer that the bed is laid over
	says(t, s.Command("/usr/local/bin/deskbell", "install"), 0)
	return s, alice, bob
}

// put is the simplest sender: a file, moved into the machine mailbox.
func put(s *bed.Systemd, id, message string) {
	s.Exec("sh", "-c", `printf %s "$2" >"/var/lib/deskbell/deskbell/inbox/$1.new" && mv "/var/lib/deskbell/deskbell/inbox/$1.new" "/var/lib/deskbell/deskbell/inbox/$1.json"`,
		"sh", id, message)
}

// replied is what it finds at the one place.
type replied struct {
	Ready                                          bool
	Status, Choice, User, Session, Channel, Answer string
	Button                                         int
	Error                                          string
}

// reply waits for the final reply in the machine mailbox.
func reply(t *testing.T, s *bed.Systemd, id string) (r replied) {
	t.Helper()
	s.Wait("the reply to "+id, func() bool {
		out, err := s.Command("cat", "/var/lib/deskbell/deskbell/outbox/"+id+".json").Output()
		r = replied{}
		return err == nil && json.Unmarshal(out, &r) == nil && r.Ready
	})
	s.Exec("sh", "-c", `rm -f "/var/lib/deskbell/deskbell/inbox/$1.json" && rm "/var/lib/deskbell/deskbell/outbox/$1.json"`, "sh", id)
	return r
}

// The installed unit asks two users, who have started nothing, what a shell put
// into the machine mailbox, and gets each one's answer. Killed in between it
// loses nothing, and asks nothing twice.
func TestServiceAsksUsers(t *testing.T) {
	s, alice, bob := served(t)
	for _, d := range []*bed.Desk{alice, bob} {
		put(s, "a-"+d.User, `{"text":"May the service?","title":"Service","buttons":["Yes, please","Not now"],"to":"user:`+d.User+`"}`)
		answer(t, s, d, "Service", "Tab", "Return")
		want := replied{Ready: true, Status: "answered", Choice: "Not now", Button: 102, User: d.User, Session: d.ID, Channel: "dialog"}
		if r := reply(t, s, "a-"+d.User); r != want {
			t.Errorf("%s: %+v, want %+v", d.User, r, want)
		}
		credentials(t, s, d)
	}

	put(s, "killed", `{"text":"And when it is killed?","title":"Killed","to":"all"}`)
	for _, d := range []*bed.Desk{alice, bob} {
		s.Wait("the window of "+d.User, func() bool {
			return d.Command("xdotool", "search", "--onlyvisible", "--name", "^Killed$").Run() == nil
		})
	}
	first := strings.TrimSpace(s.Exec("systemctl", "show", "--property=MainPID", "--value", "deskbell"))
	s.Exec("kill", "-KILL", first)
	answer(t, s, bob, "Killed", "Return")
	s.Wait("the service to be started again", func() bool {
		pid := strings.TrimSpace(s.Exec("systemctl", "show", "--property=MainPID", "--value", "deskbell"))
		return pid != "0" && pid != first
	})
	if r := reply(t, s, "killed"); r.Status != "answered" || r.Button != 1 || r.User != "bob" {
		t.Errorf("killed while it waited: %+v", r)
	}
	gone(s, alice, "Killed")
	gone(s, bob, "Killed")

	put(s, "nobody", `{"text":"Carol?","to":"user:carol"}`)
	if r := reply(t, s, "nobody"); r.Status != "failed" || r.Error != "user:carol is not logged on" {
		t.Errorf("nobody: %+v", r)
	}
	setLocked(s, alice, true)
	put(s, "locked", `{"text":"Alice?","to":"user:alice","when":"skip"}`)
	if r := reply(t, s, "locked"); r.Status != "skipped" {
		t.Errorf("locked: %+v", r)
	}
	put(s, "off", `{"text":"Still there?","title":"Off","to":"user:bob"}`)
	s.Wait("the window of bob", func() bool {
		return bob.Command("xdotool", "search", "--onlyvisible", "--name", "^Off$").Run() == nil
	})
	s.Exec("loginctl", "terminate-session", bob.ID)
	if r := reply(t, s, "off"); r.Status != "failed" || r.Error != "the user has logged off" {
		t.Errorf("logged off: %+v", r)
	}
	if left := s.Exec("find", "/var/lib/deskbell", "-name", "*.json"); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

// A question in an assigned mailbox outlives log-off and the restart of
// everything: its user is asked when he comes.
func TestAssignedQuestionWaitsForItsUser(t *testing.T) {
	s := installed(t)
	first := s.NewDesk("alice")
	id := strings.TrimSpace(s.Exec("deskbell", "ask", "Whenever you are here?", "--title", "Waits", "--to", "user:alice", "--no-wait", "--when", "wait"))
	s.Wait("the window", func() bool {
		return first.Command("xdotool", "search", "--onlyvisible", "--name", "^Waits$").Run() == nil
	})
	s.Exec("loginctl", "terminate-session", first.ID)
	s.Exec("systemctl", "restart", "deskbell")
	second := s.NewDesk("alice")
	answer(t, s, second, "Waits", "Return")
	if r := readTold(t, begin(t, s.Command("deskbell", "await", id))); r.Outcome != "answered" || r.Choice != "OK" {
		t.Errorf("%+v", r)
	}
	if err := s.Command("deskbell", "await", id).Run(); exitStatus(err) != 64 {
		t.Errorf("fetched twice: %v", err)
	}
}

// A user asks the service to collect diagnostics: a program of the
// administrator's does it, knows who asked, and shows him how far it is.
func TestUserAsksTheService(t *testing.T) {
	s, alice, bob := served(t)
	s.Exec("mkdir", "-p", "/usr/local/lib/deskbell/processors/deskbell")
	s.Copy(filepath.Join(bed.Root(), "examples/processors/diagnostics"), "/usr/local/lib/deskbell/processors/deskbell/diagnostics")
	s.Exec("systemctl", "restart", "deskbell")
	for _, d := range []*bed.Desk{alice, bob} {
		cmd := d.Command("deskbell", "send", "--scope", "service")
		cmd.Stdin = strings.NewReader(`{"kind":"diagnostics","text":"My screen flickers"}`)
		asked := begin(t, cmd)
		s.Wait("the progress of "+d.User, func() bool {
			return d.Command("xdotool", "search", "--onlyvisible", "--name", "^Diagnostics$").Run() == nil
		})
		shot(t, d, "diagnostics")
		out := &struct {
			Outcome, Answer, Channel string
		}{}
		if err := asked.Wait(); err != nil {
			t.Errorf("%s: %v", d.User, err)
		}
		if err := json.Unmarshal([]byte(fmt.Sprint(asked.Stdout)), out); err != nil {
			t.Fatalf("%s: %v: %s", d.User, err, asked.Stdout)
		}
		if out.Outcome != "answered" || out.Channel != "processor:diagnostics" || !strings.Contains(out.Answer, "-"+d.User+"-") {
			t.Errorf("%s: %+v", d.User, out)
		}
		text := s.Exec("cat", out.Answer)
		if !strings.Contains(text, "My screen flickers") || !strings.Contains(text, "asked by "+d.User) {
			t.Errorf("%s: collected %q", d.User, text)
		}
		gone(s, d, "Diagnostics")
	}
	// It tells nobody else, and takes nothing but its own kind from users.
	cmd := alice.Command("deskbell", "ask", "Hello?", "--scope", "service", "--json")
	r := readTold(t, begin(t, cmd))
	if r.Outcome != "rejected" || r.Exit != 65 {
		t.Errorf("a question to the service: %+v", r)
	}
}
