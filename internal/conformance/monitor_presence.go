package conformance

import (
	"slices"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

func (r *monitorRun) hasRecord(c *Result) {
	record, err := r.place.read(mailbox.Monitor, r.monitor.Session)
	if err != nil {
		c.fail("the record of session %s: %v", r.monitor.Session, err)
		return
	}
	if r.monitor.Protocol != protocol.Version {
		c.fail("Protocol is %v, want %d", record.get("Protocol"), protocol.Version)
	}
	if r.monitor.Version == "" {
		c.fail("there is no Version")
	}
	if len(r.monitor.Kinds) == 0 {
		c.fail("there are no Kinds")
	}
	if states := []string{protocol.StateReady, protocol.StateBusy, protocol.StateLocked}; !slices.Contains(states, r.monitor.State) {
		c.fail("State is %v, want one of %v", record.get("State"), states)
	}
	if r.monitor.Started == "" {
		c.fail("there is no Started")
	}
}

func (r *monitorRun) namesProcess(c *Result) {
	id, err := process.Of(r.monitor.Pid)
	if err != nil {
		c.fail("Pid %d: %v", r.monitor.Pid, err)
		return
	}
	if r.monitor.Started == "" || !(process.ID{Pid: id.Pid, Started: r.monitor.Started}).Running() {
		c.fail("Started is %q; process %d was started at %s", r.monitor.Started, id.Pid, id.Started)
	}
}

func (r *monitorRun) isAlone(c *Result) {
	if r.Command == nil {
		c.skip("it takes the command that runs the monitor")
		return
	}
	second, err := startChild(r.Command())
	if err != nil {
		c.fail("%v", err)
		return
	}
	const alreadyThere = 3
	if !r.until(r.Patience, second.over) {
		c.fail("a second one has not ended within %v", r.Patience)
	} else if status := second.status(); status != alreadyThere {
		c.fail("a second one exits with %d, want %d; it says %q", status, alreadyThere, second.said())
	}
	if err := second.kill(); err != nil {
		c.fail("%v", err)
	}
	attending, err := r.box.Attending()
	if err != nil || len(attending) != 1 || attending[0].Pid != r.monitor.Pid {
		c.fail("after a second one was started there attend: %+v (%v)", attending, err)
	}
}

func (r *monitorRun) stops(c *Result) {
	if r.started == nil && !r.Stop {
		c.skip("it is not to be stopped")
		return
	}
	what := "stop"
	if reply, ok := r.ask(c, what, protocol.Fields{"Kind": protocol.KindControl, "Command": protocol.CommandStop}); !ok || !c.status(what, reply, protocol.StatusAnswered) {
		return
	}
	id := process.ID{Pid: r.monitor.Pid, Started: r.monitor.Started}
	ended := r.until(r.Patience, func() bool { return !exists(r.place, mailbox.Monitor, r.monitor.Session) })
	if !ended {
		c.fail("its record is still there %v after it was stopped", r.Patience)
		return
	}
	if waitGone(r.ctx, id, r.Patience) != nil {
		c.fail("process %d still runs %v after it was stopped", id.Pid, r.Patience)
	}
}
