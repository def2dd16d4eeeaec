//go:build linux

package systemd

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
	"github.com/deskbell/deskbell/test/bed"
)

// acts, in the environment, is what TestPlacesInside is to do there as somebody.
const acts = "DESKBELL_TEST_ACTS"

// act is one thing that somebody does in a mailbox.
type act struct {
	Do    string
	Place mailbox.Place
	ID    string
}

// outcome is what came of it.
type outcome struct {
	IDs    []string
	Text   string
	Status protocol.Status
	State  mailbox.ReplyState
	// Error is what kind it was of, "" for none, and Said its words.
	Error, Said string
}

// TestPlacesInside does in the bed what the other tests there ask for.
func TestPlacesInside(t *testing.T) {
	var a act
	if os.Getenv(acts) == "" {
		return // the others run it there
	}
	if err := json.Unmarshal([]byte(os.Getenv(acts)), &a); err != nil {
		t.Fatal(err)
	}
	var o outcome
	err := a.do(&o)
	for kind, is := range map[string]error{"permission": fs.ErrPermission, "missing": fs.ErrNotExist, "exists": fs.ErrExist, "time": context.DeadlineExceeded} {
		if errors.Is(err, is) {
			o.Error = kind
		}
	}
	if err != nil {
		o.Said = err.Error()
		if o.Error == "" {
			o.Error = "other"
		}
	}
	data, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("\noutcome " + string(data) + "\n")
}

func (a act) do(o *outcome) error {
	question := protocol.NewMessage(protocol.KindPopup)
	question.Text = "Install?"
	switch a.Do {
	case "make":
		return mailbox.Make(a.Place)
	case "delete":
		return mailbox.Delete(a.Place)
	}
	b, err := mailbox.Open(a.Place)
	if err != nil {
		return err
	}
	switch a.Do {
	case "put":
		return b.Put(a.ID, question)
	case "look":
		if o.IDs, err = b.IDs(); err != nil || a.ID == "" {
			return err
		}
		e, err := b.Get(a.ID)
		o.Text = e.Message.Text
		return err
	case "state":
		var r protocol.Reply
		o.State, r, err = b.State(a.ID)
		o.Status = r.Status
		return err
	case "answer":
		// As a monitor does: it watches, it claims, it replies.
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		signals, err := b.Changes(ctx)
		if err != nil {
			return err
		}
		os.Stdout.WriteString("\nwatches\n")
		for range signals {
			if e, err := b.Get(a.ID); err != nil || !e.Ready {
				continue
			}
			if err := b.Claim(a.ID, protocol.Reply{}); err != nil {
				return err
			}
			return b.Reply(a.ID, protocol.Reply{Status: protocol.StatusAnswered, Button: 1, Channel: protocol.ChannelScript})
		}
		return ctx.Err()
	case "await":
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		r, err := b.Await(ctx, a.ID, question)
		o.Status = r.Status
		return err
	case "forget":
		return b.Forget(a.ID)
	case "sweep":
		return b.Sweep()
	}
	return errors.ErrUnsupported
}

// inside has somebody do something in the bed.
func inside(t *testing.T, s *bed.Systemd, uid int, a act) outcome {
	t.Helper()
	what, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	id := strconv.Itoa(uid)
	out, err := s.Command("setpriv", "--reuid", id, "--regid", id, "--clear-groups", "env", acts+"="+string(what),
		there, "-test.run=^TestPlacesInside$").CombinedOutput()
	if err != nil {
		t.Fatalf("%+v as %d: %v\n%s", a, uid, err, out)
	}
	_, after, found := strings.Cut(string(out), "\noutcome ")
	line, _, _ := strings.Cut(after, "\n")
	var o outcome
	if err := json.Unmarshal([]byte(line), &o); err != nil || !found {
		t.Fatalf("%+v as %d: %v\n%s", a, uid, err, out)
	}
	return o
}

// want fails the test where the outcome's error is of another kind.
func (o outcome) want(t *testing.T, what, kind string) outcome {
	t.Helper()
	if o.Error != kind {
		t.Errorf("%s: %q (%s), want %q", what, o.Error, o.Said, kind)
	}
	return o
}

const root = 0

// Root asks alice. Alice reads it and answers, with a monitor that watched
// before there was a mailbox; bob can read neither, and alice can write only
// what is hers.
func TestPlacesOfTwoUsers(t *testing.T) {
	s := boot(t)
	alice, bob := s.User("alice"), s.User("bob")
	place := func(scope mailbox.Scope, uid int) mailbox.Place {
		return mailbox.Place{Queue: "queue", Scope: scope, UID: strconv.Itoa(uid)}
	}
	assigned, service := place(mailbox.ScopeAssigned, alice), place(mailbox.ScopeService, alice)
	machine := mailbox.Place{Queue: "queue", Scope: mailbox.ScopeMachine}
	do := func(uid int, what string, p mailbox.Place, id string) outcome {
		t.Helper()
		return inside(t, s, uid, act{what, p, id})
	}

	do(alice, "make", assigned, "").want(t, "alice makes a queue", "permission")
	do(alice, "put", assigned, "a").want(t, "alice puts where there is nothing", "permission")
	answered := make(chan outcome, 1)
	go func() { answered <- do(alice, "answer", assigned, "a") }()
	do(root, "put", assigned, "a").want(t, "root puts", "")
	(<-answered).want(t, "alice answers", "")
	if o := do(root, "await", assigned, "a").want(t, "root awaits", ""); o.Status != protocol.StatusAnswered {
		t.Errorf("root gets %+v", o)
	}
	if o := do(alice, "look", assigned, "a").want(t, "alice looks", ""); o.Text != "Install?" {
		t.Errorf("alice sees %+v", o)
	}
	do(alice, "put", assigned, "b").want(t, "alice puts in her Inbox", "permission")
	for _, what := range []string{"look", "state", "put", "forget"} {
		do(bob, what, assigned, "a").want(t, "bob: "+what, "permission")
	}
	do(bob, "look", mailbox.Place{Queue: "queue", Scope: mailbox.ScopeAssigned}, "").want(t, "bob's own", "")

	do(root, "put", machine, "m").want(t, "root puts for whomever", "")
	do(alice, "look", machine, "m").want(t, "alice looks at the machine mailbox", "permission")
	do(alice, "put", machine, "n").want(t, "alice puts there", "permission")

	do(alice, "put", service, "s").want(t, "alice puts for the service, which is not there", "missing")
	do(root, "make", service, "").want(t, "the service makes her mailbox", "")
	do(alice, "put", service, "s").want(t, "alice puts for the service", "")
	if o := do(root, "look", service, "s").want(t, "the service looks", ""); o.Text != "Install?" {
		t.Errorf("the service sees %+v", o)
	}
	do(bob, "look", service, "s").want(t, "bob looks at what alice put", "permission")
	do(root, "answer", service, "s").want(t, "the service answers", "")
	if o := do(alice, "await", service, "s").want(t, "alice awaits", ""); o.Status != protocol.StatusAnswered {
		t.Errorf("alice gets %+v", o)
	}
	do(bob, "state", service, "s").want(t, "bob looks at the service's reply", "permission")
	do(alice, "forget", service, "s").want(t, "alice forgets", "")
	if o := do(root, "state", service, "s").want(t, "the service looks again", ""); o.State != mailbox.Spent {
		t.Errorf("its reply is gone: %+v", o)
	}
	do(bob, "put", service, "x").want(t, "bob puts for the service as alice", "permission")

	// What there is to be done without us: nothing.
	mailboxes := "/var/lib/deskbell/queue/users/" + strconv.Itoa(alice)
	for _, script := range []string{
		"mkdir /var/lib/deskbell/other", "mkdir /var/lib/deskbell/queue/users/1", "touch /var/lib/deskbell/queue/inbox/x.json",
		"mv M/inbox M/old", "mv M/outbox M/old", "rmdir M/service/inbox", "mkdir M/x", "mv M/service M/x", "ln -s / M/x",
		"touch M/inbox/x.json", "rm M/inbox/a.json", "touch M/inbox/a.json", "cat M/inbox/.partial/*", "chmod 777 M/inbox",
		"mv M/outbox/a.json M/inbox/x.json", "ln M/inbox/a.json M/inbox/y.json", "touch M/service/outbox/s.json", "rm M/service/outbox/s.json",
		"cat /var/lib/deskbell/queue/inbox/m.json", "ls /var/lib/deskbell/queue/inbox", "ls /var/lib/deskbell/queue/outbox",
	} {
		script = strings.ReplaceAll(script, "M/", mailboxes+"/")
		if out, err := s.Command("setpriv", "--reuid", strconv.Itoa(alice), "--regid", strconv.Itoa(alice), "--clear-groups", "sh", "-c", script).CombinedOutput(); err == nil {
			t.Errorf("alice can: %s\n%s", script, out)
		}
	}
	for _, script := range []string{"ls M/inbox", "ls M/outbox", "cat M/inbox/a.json", "cat M/outbox/a.json", "ls M/service/inbox", "cat M/service/outbox/s.json"} {
		script = strings.ReplaceAll(script, "M/", mailboxes+"/")
		if out, err := s.Command("setpriv", "--reuid", strconv.Itoa(bob), "--regid", strconv.Itoa(bob), "--clear-groups", "sh", "-c", script).CombinedOutput(); err == nil {
			t.Errorf("bob can: %s\n%s", script, out)
		}
	}
	// What everybody may see is the way.
	for _, dir := range []string{"/var/lib/deskbell", "/var/lib/deskbell/queue/users", mailboxes} {
		if out, err := s.Command("setpriv", "--reuid", strconv.Itoa(bob), "--regid", strconv.Itoa(bob), "--clear-groups", "ls", dir).CombinedOutput(); err != nil {
			t.Errorf("bob cannot list %s: %s", dir, out)
		}
	}
	// In her own mailbox, where there is a runtime directory of hers.
	s.Exec("loginctl", "enable-linger", "alice")
	s.Wait("her runtime directory", func() bool {
		return s.Command("test", "-O", "/run/user/"+strconv.Itoa(alice)).Run() != nil && s.Command("test", "-d", "/run/user/"+strconv.Itoa(alice)).Run() == nil
	})
	hers := place(mailbox.ScopeUser, alice)
	go func() { answered <- do(alice, "answer", hers, "u") }()
	do(root, "put", hers, "u").want(t, "root puts in her own mailbox", "")
	(<-answered).want(t, "alice answers there", "")
	if o := do(root, "await", hers, "u").want(t, "root awaits", ""); o.Status != protocol.StatusAnswered {
		t.Errorf("root gets %+v", o)
	}
	if got := strings.Fields(s.Exec("sh", "-c", "find /run/user/"+strconv.Itoa(alice)+"/deskbell ! -type l -printf '%U:%m:%y\\n' | sort -u")); strings.Join(got, " ") != strconv.Itoa(alice)+":600:f "+strconv.Itoa(alice)+":700:d" {
		t.Errorf("in her mailbox there is %q", got)
	}
	do(bob, "look", hers, "u").want(t, "bob looks there", "permission")
	do(root, "delete", hers, "").want(t, "root deletes it", "")
	s.Exec("test", "!", "-e", "/run/user/"+strconv.Itoa(alice)+"/deskbell")

	for _, p := range []mailbox.Place{assigned, service, machine} {
		do(root, "delete", p, "").want(t, "root deletes", "")
	}
	s.Exec("test", "!", "-e", "/var/lib/deskbell")
}

// Whatever alice puts where she may write, root reads nothing elsewhere, waits
// for nothing, and removes nothing but what she put.
func TestPlacesOfAHostileUser(t *testing.T) {
	s := boot(t)
	alice := s.User("alice")
	uid := strconv.Itoa(alice)
	const secret = `{"ready":true,"status":"answered","button":1,"text":"secret"}`
	s.Exec("sh", "-c", "umask 077; mkdir /root/outside /home/alice/roots && chmod 755 /home/alice/roots && for f in /root/outside /home/alice/roots; do echo '"+secret+"' >$f/secret.json; done")
	for _, scope := range []mailbox.Scope{mailbox.ScopeAssigned, mailbox.ScopeService, mailbox.ScopeUser} {
		p := mailbox.Place{Queue: "queue", Scope: scope, UID: uid}
		do := func(what, id string) outcome { t.Helper(); return inside(t, s, root, act{what, p, id}) }
		box := map[mailbox.Scope]string{
			mailbox.ScopeAssigned: "/var/lib/deskbell/queue/users/" + uid + "/outbox",
			mailbox.ScopeService:  "/var/lib/deskbell/queue/users/" + uid + "/service/inbox",
			mailbox.ScopeUser:     "/tmp/deskbell-" + uid + "/queue/outbox",
		}[scope]
		do("make", "").want(t, "make", "")
		hostile := map[string]string{
			"link":     "ln -s /root/outside/secret.json link.json",
			"way":      "ln -s /root/outside way.json",
			"hard":     "ln /home/alice/roots/secret.json hard.json || ln -s /root/outside/secret.json hard.json",
			"fifo":     "mkfifo fifo.json",
			"device":   "ln -s /dev/zero device.json",
			"tty":      "ln -s /dev/tty tty.json",
			"folder":   "mkdir -p folder.json/deep/deeper && ln -s /root/outside folder.json/deep/link && chmod 0 folder.json/deep/deeper",
			"roots":    "mv /home/alice/roots/secret.json roots.json || ln -s /root/outside roots.json",
			"unread":   `echo '{}' >unread.json && chmod 0 unread.json`,
			"enormous": "truncate -s 1T enormous.json",
		}
		script := "cd " + box + " && chmod 777 ."
		for id, line := range hostile {
			if scope != mailbox.ScopeService {
				do("put", id).want(t, "put "+id, "")
			}
			script += "; " + line
		}
		// The lock is held, and the place for what is on its way leads elsewhere.
		script += "; rm -rf .partial .lock ../.partial; ln -s /root/outside .partial; mkfifo .lock; true"
		if out, err := s.Command("setpriv", "--reuid", uid, "--regid", uid, "--clear-groups", "sh", "-c", script).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for id := range hostile {
			if scope == mailbox.ScopeService {
				if o := do("look", id); strings.Contains(o.Text, "secret") {
					t.Errorf("%s %s: %+v", scope, id, o)
				}
			} else {
				if o := do("state", id); o.State == mailbox.Spent {
					t.Errorf("%s %s: %+v", scope, id, o)
				}
			}
		}
		if scope != mailbox.ScopeService {
			do("await", "fifo").want(t, "await", "time")
		}
		_ = do("sweep", "")
		for id := range hostile {
			_ = do("forget", id)
		}
		do("delete", "").want(t, string(scope)+": delete", "")
		s.Exec("test", "!", "-e", filepath.Dir(box))
		if got := s.Exec("cat", "/root/outside/secret.json"); strings.TrimSpace(got) != secret {
			t.Errorf("%s: what lies outside is now %q", scope, got)
		}
		if got := s.Exec("sh", "-c", "ls -A /root/outside; stat -c '%u %a' /root/outside /root/outside/secret.json"); strings.Join(strings.Fields(got), " ") != "secret.json 0 700 0 600" {
			t.Errorf("%s: what lies outside is now %q", scope, got)
		}
	}
}
