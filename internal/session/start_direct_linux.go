package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	processes "github.com/deskbell/deskbell/internal/process"
)

// startDirectly starts the program as a child of this process, for a person
// who has no manager. It keeps the sandbox and the cgroup of this process, but
// none of its rights.
func startDirectly(ctx context.Context, s Session, uid uint32, p Program) (processes.ID, error) {
	w, err := lookout{proc: "/proc", session: s.ID, uid: uid, logind: logindRuns()}.find(ctx)
	if err != nil && !errors.Is(err, errNoWitness) && !errors.Is(err, fs.ErrPermission) {
		return processes.ID{}, err
	}
	env := newEnviron(exactly, logOn(uid, w), w.environ.list(), p.Env)
	if !env.shows() {
		return processes.ID{}, noDisplay(err)
	}
	if int(uid) == os.Geteuid() {
		return startAsSelf(p, env.list())
	}
	as, err := credentialOf(uid, w.credentials)
	if err != nil {
		return processes.ID{}, err
	}
	return startAsOther(p, env.list(), as)
}

// noDisplay says why no display was found.
func noDisplay(err error) error {
	switch {
	case errors.Is(err, errNoWitness):
		return &StartError{Reason: StartNoSession, Err: err}
	case errors.Is(err, fs.ErrPermission):
		return &StartError{
			Reason: StartNotPermitted, Err: fmt.Errorf("look for the display: %w", err),
			hint: "let the unit look at the user's processes: CapabilityBoundingSet with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH",
		}
	}
	return &StartError{Reason: StartNoDisplay, Err: errors.New("no program in the session says which display it shows its windows on")}
}

// logOn is what every log-on has in its environment.
func logOn(uid uint32, w witness) []string {
	env := []string{"PATH=/usr/local/bin:/usr/bin:/bin"}
	id := formatID(uid)
	if u, err := user.LookupId(id); err == nil {
		env = append(env, "HOME="+u.HomeDir, "USER="+u.Username, "LOGNAME="+u.Username)
	}
	if dir := runtimeDirOf(id); belongsTo(dir, id) {
		env = append(env, "XDG_RUNTIME_DIR="+dir)
		if info, err := os.Lstat(filepath.Join(dir, "bus")); err == nil && info.Mode()&fs.ModeSocket != 0 {
			env = append(env, "DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(dir, "bus"))
		}
	}
	return env
}

// credentialOf is what the program runs with: the groups that the person's own
// processes have, which know of every directory that the system asks; else
// those in /etc/group.
func credentialOf(uid uint32, seen credentials) (*syscall.Credential, error) {
	as := &syscall.Credential{Uid: uid}
	u, err := user.LookupId(formatID(uid))
	switch {
	case err == nil:
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("find the group of user %d: %w", uid, err)
		}
		as.Gid = uint32(gid)
	case len(seen.gids) > 0 && only(seen.gids, seen.gids[0]) && seen.gids[0] != 0:
		as.Gid = seen.gids[0]
	default:
		return nil, fmt.Errorf("find the group of user %d: %w", uid, err)
	}
	if seen.uids != nil {
		as.Groups = seen.groups
		return as, nil
	}
	names, err := u.GroupIds()
	if err != nil {
		return nil, fmt.Errorf("find the groups of user %d: %w", uid, err)
	}
	ids, ok := parseIDs(names)
	if !ok {
		return nil, fmt.Errorf("find the groups of user %d: %q are no numbers", uid, names)
	}
	as.Groups = ids
	return as, nil
}

// startAsSelf starts the program with the caller's own rights.
func startAsSelf(p Program, env []string) (processes.ID, error) {
	cmd, err := spawn(p, newEnviron(exactly, env, p.Env).list(), nil)
	if err != nil {
		return processes.ID{}, err
	}
	return followed(cmd)
}

// startAsOther starts it as somebody else, and ends it where it turns out to be
// anything else than was meant.
func startAsOther(p Program, env []string, as *syscall.Credential) (processes.ID, error) {
	cmd, err := spawn(p, env, as)
	if err != nil {
		return processes.ID{}, err
	}
	status, err := readSome(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err == nil {
		err = verify(status, as)
	}
	if err != nil {
		return processes.ID{}, &StartError{Reason: StartRefused, Err: errors.Join(err, cmd.Process.Kill(), collect(cmd))}
	}
	return followed(cmd)
}

// verify compares what a process runs with to what it was given.
func verify(status []byte, as *syscall.Credential) error {
	is, ok := parseCredentials(status)
	if !ok {
		return errors.New("it cannot be seen what the program runs as")
	}
	groups := slices.Clone(as.Groups)
	slices.Sort(groups)
	groups = slices.Compact(groups)
	has := slices.Clone(is.groups)
	slices.Sort(has)
	switch {
	case !only(is.uids, as.Uid):
		return fmt.Errorf("the program runs as the users %d, not as %d alone", is.uids, as.Uid)
	case !only(is.gids, as.Gid):
		return fmt.Errorf("the program runs with the groups %d, not with %d alone", is.gids, as.Gid)
	case !slices.Equal(slices.Compact(has), groups):
		return fmt.Errorf("the program has the groups %d besides, not %d", is.groups, groups)
	case is.capabilities:
		return errors.New("the program has capabilities")
	}
	return nil
}

// spawn starts the program away from the caller's terminal, directory and
// files.
func spawn(p Program, env []string, as *syscall.Credential) (*exec.Cmd, error) {
	if err := keepFiles(); err != nil {
		return nil, err
	}
	cmd := exec.Command(p.Path, p.Args...)
	cmd.Env = env
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: as}
	err := cmd.Start()
	switch {
	case err == nil:
		return cmd, nil
	case errors.Is(err, syscall.EPERM):
		return nil, &StartError{
			Reason: StartNotPermitted, Err: err,
			hint: "let the unit become other users: CapabilityBoundingSet with CAP_SETUID and CAP_SETGID",
		}
	case errors.Is(err, fs.ErrPermission):
		return nil, &StartError{Reason: StartNotExecutable, Err: err}
	}
	return nil, err
}

// keepFiles keeps files that this process inherited from becoming a child's:
// what it opens itself is kept from that anyway.
func keepFiles() error {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return fmt.Errorf("look at the own files: %w", err)
	}
	for _, f := range files {
		if fd, err := strconv.Atoi(f.Name()); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
	return nil
}

// followed names a child and has somebody collect it when it ends: nobody else
// can, and nobody waits for that, as the child may outlive this process.
func followed(cmd *exec.Cmd) (processes.ID, error) {
	id, err := processes.Of(cmd.Process.Pid)
	go func() { _ = collect(cmd) }()
	if err != nil {
		return processes.ID{}, nil // it may not be looked at
	}
	return id, nil
}

// collect waits for a child; how it ended is its own affair.
func collect(cmd *exec.Cmd) error {
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}
