package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/service"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/internal/trust"
)

// What to do about what the doctor finds.
const (
	reinstall  = "deskbell reinstall, as administrator"
	runMonitor = "deskbell monitor, on the user's desktop"
)

// Examine looks at the installation as Install would, and at what else there is
// that keeps questions from being answered. Each finding that is not good has
// an advice. It changes nothing, needs no rights and says what it cannot look
// at for want of them. It asks the service manager, and blocks no longer than
// that.
func (i Installation) Examine(ctx context.Context) []Finding {
	findings := i.examineInstallation(ctx)
	findings = append(findings, i.examineProgram(), examineSession(ctx))
	findings = append(findings, i.examineMonitors()...)
	findings = append(findings, i.examineQueues(ctx)...)
	findings = append(findings, i.examineLedgers()...)
	findings = append(findings, examinePolicy()...)
	if !mailbox.Administrator() {
		for n, f := range findings {
			if f.State == Unseen {
				findings[n].State, findings[n].Advice = Note, ""
			}
		}
	}
	return findings
}

// examineInstallation is the list of Install, for the program that the service
// is registered with. That nothing at all is installed is no fault.
func (i Installation) examineInstallation(ctx context.Context) []Finding {
	if i.private() {
		return advise(i.machineFindings(ctx), reinstall)
	}
	s, err := i.definition().Status(ctx)
	if err != nil {
		return []Finding{{What: "service", Place: i.definition().Place(), State: Failed, Problem: err.Error()}}
	}
	machine := i.machineFindings(ctx)
	if s.State == service.Missing {
		there := slices.ContainsFunc(machine, func(f Finding) bool { return f.What == machineMailbox && f.State != Missing && f.Place != "" })
		if !there || !i.hasMachine() {
			return append(onlyShared(machine), Finding{
				What: "installation", Place: i.Queue, State: Note,
				Problem: "the queue is not installed for the whole computer: it is the caller's own",
			})
		}
		return append(advise(machine, reinstall), Finding{
			What: "service", Place: i.definition().Place(), State: Note,
			Problem: "there is none: nobody attends the machine mailbox, and monitors are started by hand or at log-on",
		})
	}
	if s.Program != "" {
		i.Program = s.Program
	}
	findings := append(machine, i.examineService(ctx)...)
	findings = append(findings, i.autostart().look(ctx)...)
	return advise(findings, reinstall)
}

// machineFindings looks at what no program belongs to.
func (i Installation) machineFindings(ctx context.Context) []Finding {
	i.NoService = true
	var findings []Finding
	for _, t := range i.things() {
		findings = append(findings, t.look(ctx)...)
	}
	return findings
}

// hasMachine reports whether the queue has a machine mailbox.
func (i Installation) hasMachine() bool {
	queues, err := mailbox.Queues()
	return err != nil || slices.Contains(queues, i.Queue)
}

// onlyShared are the findings that matter where the queue is not installed: what
// is there and not as it should be, such as what 32-bit programs left.
func onlyShared(findings []Finding) []Finding {
	var shared []Finding
	for _, f := range findings {
		if f.State == Different && f.What != machineMailbox {
			shared = append(shared, f)
		}
	}
	return advise(shared, reinstall)
}

// advise adds what to do where there is no advice yet.
func advise(findings []Finding, advice string) []Finding {
	for n, f := range findings {
		if f.State != OK && f.State != Note && f.Advice == "" {
			findings[n].Advice = advice
		}
	}
	return findings
}

// examineService looks at the service and at the program it is registered with.
func (i Installation) examineService(ctx context.Context) []Finding {
	d := service.Definition{Queue: i.Queue, Program: i.Program}
	program := finding("program of the service", i.Program, errors.Join(i.Trust(i.Program), trust.UsersExecute(i.Program)))
	findings := append([]Finding{program}, i.registered(d).look(ctx)...)
	return append(findings, advise(i.running(d).look(ctx), "deskbell service stop, then deskbell service start, as administrator")...)
}

// examineProgram tells whether this program can be started for all users.
func (i Installation) examineProgram() Finding {
	f := finding("this program", i.Program, nil)
	if err := trust.UsersExecute(i.Program); err != nil {
		f.State, f.Problem = Note, err.Error()
	}
	return f
}

// examineSession tells whether a window can be shown from here.
func examineSession(context.Context) Finding {
	f := Finding{What: "session", Place: session.Current(), State: OK}
	if !session.Interactive() {
		f.State, f.Problem = Note, "it has no display: questions are shown elsewhere, or in a terminal"
	}
	return f
}

// examineMonitors looks who attends the queue, and with which version: of the
// caller, and where he is an administrator of everybody.
func (i Installation) examineMonitors() []Finding {
	var findings []Finding
	for _, uid := range i.examined() {
		_, attendants, err := attending(mailbox.Place{Queue: i.Queue, Scope: mailbox.ScopeUser, UID: uid})
		if err != nil {
			f := finding("monitor", uid, err)
			f.Advice = runMonitor
			findings = append(findings, f)
		}
		for _, a := range attendants {
			f := Finding{What: "monitor", Place: fmt.Sprintf("process %d, session %q", a.Pid, a.Session), State: OK}
			if a.Version != i.Version {
				f.State, f.Problem = Different, fmt.Sprintf("it has version %q, this program %q", a.Version, i.Version)
				f.Advice = "deskbell monitor restart, by its user"
			}
			findings = append(findings, f)
		}
	}
	return findings
}

// examined are whose mailboxes the caller may look at; "" is himself.
func (i Installation) examined() []string {
	if !mailbox.Administrator() {
		return []string{""}
	}
	return i.owners()
}

// examineQueues looks for messages that nobody attends: in the mailboxes of
// those who are examined, and where the service does not run in what was put for
// the computer.
func (i Installation) examineQueues(ctx context.Context) []Finding {
	var findings []Finding
	for _, uid := range i.examined() {
		place := mailbox.Place{Queue: i.Queue, Scope: mailbox.ScopeUser, UID: uid}
		if _, attendants, err := attending(place); err == nil && len(attendants) == 0 {
			findings = append(findings, waiting(place, "nobody attends the queue", runMonitor)...)
		}
	}
	queues, err := mailbox.Queues()
	if err != nil {
		return append(findings, finding("queues", "", err))
	}
	for _, queue := range queues {
		s, err := service.Definition{Queue: queue}.Status(ctx)
		if err == nil && s.State == service.Running && !i.private() {
			continue
		}
		advice := "deskbell service start --queue " + queue + ", as administrator"
		places := []mailbox.Place{{Queue: queue, Scope: mailbox.ScopeMachine}}
		users, err := mailbox.Users(queue)
		if err != nil {
			findings = append(findings, finding("queues", queue, err))
		}
		for _, uid := range users {
			places = append(places, mailbox.Place{Queue: queue, Scope: mailbox.ScopeService, UID: uid})
		}
		for _, place := range places {
			findings = append(findings, waiting(place, "its service does not run", advice)...)
		}
	}
	return findings
}

// waiting are the messages in a mailbox that nobody has replied to.
func waiting(place mailbox.Place, why, advice string) []Finding {
	f := Finding{What: "messages", Place: fmt.Sprintf("queue %s, %s mailbox", place.Queue, place.Scope), State: Different, Advice: advice}
	if place.UID != "" {
		f.Place += " of " + place.UID
	}
	box, err := mailbox.Open(place)
	var ids []string
	if err == nil {
		ids, err = box.IDs()
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
		return nil // it is for administrators to look
	}
	if err != nil {
		f.State, f.Problem = Failed, err.Error()
		return []Finding{f}
	}
	waiting := 0
	for _, id := range ids {
		if state, _, err := box.State(id); err == nil && state != mailbox.Spent {
			waiting++
		}
	}
	if waiting == 0 {
		return nil
	}
	f.Problem = fmt.Sprintf("%d messages wait: %s", waiting, why)
	if waiting == 1 {
		f.Problem = "a message waits: " + why
	}
	return []Finding{f}
}
