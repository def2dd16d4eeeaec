//go:build linux

package systemd

import (
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// A place that cannot be written, or has no room, is told apart from all else,
// and nothing hangs.
func TestStateDirectoryFails(t *testing.T) {
	s, alice, _ := office(t)
	ask := func(args ...string) told {
		t.Helper()
		return readTold(t, rootAsks(t, s, append([]string{"Hello?", "--to", "user:alice", "--title", "Fault"}, args...)...))
	}
	s.Exec("mkdir", "-p", "/var/lib/deskbell")
	s.Exec("mount", "-t", "tmpfs", "-o", "size=256k,nr_inodes=32,mode=755", "tmpfs", "/var/lib/deskbell")
	asked := rootAsks(t, s, "Hello?", "--to", "user:alice", "--title", "Fault")
	answer(t, s, alice, "Fault", "Return")
	if r := readTold(t, asked); r.Outcome != "answered" {
		t.Fatalf("while there is room: %+v", r)
	}
	_ = s.Command("sh", "-c", `for n in $(seq 40); do : >"/var/lib/deskbell/.fill$n" || exit; done`).Run() // fails in the end
	if r := ask(); r.Outcome != "no-space" || r.Exit != 70 {
		t.Errorf("full: %+v", r)
	}
	s.Exec("sh", "-c", "rm /var/lib/deskbell/.fill*")
	s.Exec("mount", "-o", "remount,ro", "/var/lib/deskbell")
	if r := ask(); r.Outcome != "read-only" || r.Exit != 70 {
		t.Errorf("read-only: %+v", r)
	}
	s.Exec("mount", "-o", "remount,rw", "/var/lib/deskbell")
	asked = rootAsks(t, s, "Again?", "--to", "user:alice", "--title", "Again")
	answer(t, s, alice, "Again", "Return")
	if r := readTold(t, asked); r.Outcome != "answered" {
		t.Errorf("after that: %+v", r)
	}
}

// Two senders that use one id, and one that uses it again the next day, are
// told apart: nobody gets another's answer.
func TestOneIDTwice(t *testing.T) {
	s, alice, _ := office(t)
	first := rootAsks(t, s, "First?", "--to", "user:alice", "--title", "First", "--id", "fixed")
	s.Wait("the first window", func() bool {
		return alice.Command("xdotool", "search", "--onlyvisible", "--name", "^First$").Run() == nil
	})
	if r := readTold(t, rootAsks(t, s, "Second?", "--to", "user:alice", "--title", "Second", "--id", "fixed")); r.Outcome != "id-in-use" || r.Exit != 64 {
		t.Errorf("the second of an id: %+v", r)
	}
	answer(t, s, alice, "First", "Return")
	if r := readTold(t, first); r.Choice != "Now" {
		t.Errorf("the first: %+v", r)
	}
	// A sender that was killed has left its question and its answer.
	left := rootAsks(t, s, "Left?", "--to", "user:alice", "--title", "Left", "--id", "fixed")
	s.Wait("its window", func() bool {
		return alice.Command("xdotool", "search", "--onlyvisible", "--name", "^Left$").Run() == nil
	})
	if err := bed.Kill(left); err != nil {
		t.Fatal(err)
	}
	_ = left.Wait()
	gone(s, alice, "Left")
	s.Wait("the question to be expired", func() bool {
		out, err := s.Command("sh", "-c", "cat /var/lib/deskbell/deskbell/users/*/outbox/fixed.json").Output()
		return err == nil && strings.Contains(string(out), `"expired"`)
	})
}

// Who is not in the foreground of the seat is disconnected, and is asked as
// soon as he is back.
func TestUsersTakeTurnsAtTheSeat(t *testing.T) {
	s := officeWithout(t)
	alice, bob := s.NewDesk("alice", "XDG_SEAT=seat0"), s.NewDesk("bob", "XDG_SEAT=seat0")
	s.Exec("loginctl", "activate", alice.ID)
	s.Wait("alice to be at the seat", func() bool { return fieldOf(s, alice, "Active") == "yes" && fieldOf(s, bob, "Active") == "no" })
	if r := readTold(t, rootAsks(t, s, "Bob?", "--to", "user:bob", "--when", "skip")); r.Outcome != "disconnected" || r.Exit != 75 {
		t.Errorf("bob, in the background: %+v", r)
	}
	active := rootAsks(t, s, "Who is there?", "--to", "active", "--title", "Active")
	waits := rootAsks(t, s, "Bob?", "--to", "user:bob", "--title", "Turn")
	answer(t, s, alice, "Active", "Return")
	if r := readTold(t, active); r.User != "alice" {
		t.Errorf("the one at the seat: %+v", r)
	}
	if bob.Command("xdotool", "search", "--onlyvisible", "--name", "^Turn$").Run() == nil {
		t.Error("bob's window is open while alice is at the seat")
	}
	s.Exec("loginctl", "activate", bob.ID)
	answer(t, s, bob, "Turn", "Return")
	if r := readTold(t, waits); r.User != "bob" || r.Choice != "Now" {
		t.Errorf("bob, back: %+v", r)
	}
}
