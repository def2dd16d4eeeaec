package mailbox

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/protocol"
)

func ownUser() (string, error) { return strconv.Itoa(os.Geteuid()), nil }

// checkUser refuses what is no uid, or is not spelled as one.
func checkUser(user string) error {
	n, err := strconv.ParseUint(user, 10, 32)
	if err != nil || strconv.FormatUint(n, 10) != user {
		return fmt.Errorf("%q is no uid: %w", user, fs.ErrInvalid)
	}
	return nil
}

func administrator() bool {
	return os.Geteuid() == 0 || os.Getenv("DESKBELL_STATE_DIR") != ""
}

// StateDir returns the directory of the mailboxes that administrators make.
func StateDir() (string, error) {
	root, _, err := stateDir()
	return root, err
}

// stateDir returns the directory of the mailboxes that administrators make, and
// who counts as administrator in it, last whom it is made by.
func stateDir() (root string, admins []uint32, err error) {
	dir := os.Getenv("DESKBELL_STATE_DIR")
	if dir == "" {
		return "/var/lib/deskbell", []uint32{0}, nil
	}
	dir, err = filepath.Abs(dir)
	return dir, slices.Compact([]uint32{0, uint32(os.Geteuid())}), err
}

// stateSpool is a mailbox in the state directory.
func stateSpool(p Place) (*Spool, error) {
	root, admins, err := stateDir()
	if err != nil {
		return nil, fmt.Errorf("find the state directory: %w", err)
	}
	s := newSpool(root)
	s.admins, s.makes, s.rules = admins, administrator(), map[string]trust.Rule{}
	s.uid = admins[len(admins)-1] // a machine mailbox is no user's
	if p.UID != "" {
		uid, err := strconv.ParseUint(p.UID, 10, 32)
		if err != nil {
			return nil, err
		}
		s.uid = uint32(uid)
	}
	for _, part := range trust.Parts(string(p.Scope), p.Queue, p.UID) {
		if part.Folder == "" {
			continue
		}
		s.rules[part.Folder] = part.Rule
		if dir, box := filepath.Split(part.Folder); box == inboxDir {
			s.path = strings.Split(filepath.Clean(dir), "/")
		}
	}
	return s, nil
}

func openStore(p Place) (Store, error) {
	if p.Scope == ScopeUser {
		return openUserStore(p)
	}
	s, err := stateSpool(p)
	if err != nil {
		return nil, err
	}
	if os.Geteuid() != 0 || s.uid == 0 {
		return s, nil
	}
	users := newSpool(s.root, s.path...)
	users.uid, users.rules, users.admins = s.uid, s.rules, s.admins
	users.as = asUser(s.uid)
	return &shared{admins: s, users: acting{users}}, nil
}

// openUserStore opens a user mailbox, another's under his file-system ids.
func openUserStore(p Place) (Store, error) {
	s, err := userSpool(p)
	if err != nil {
		return nil, err
	}
	if s.as != nil {
		return acting{s}, nil
	}
	return s, nil
}

func userSpool(p Place) (*Spool, error) {
	uid, err := strconv.ParseUint(p.UID, 10, 32)
	if err != nil {
		return nil, err
	}
	if int(uid) == os.Geteuid() {
		root, below, err := runtimeDir(int(uid), "/run/user", os.Getenv)
		if err != nil {
			return nil, fmt.Errorf("find the user mailbox: %w", err)
		}
		return own.open(root, append(below, p.Queue)...), nil
	}
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("root alone opens the mailbox of user %d: %w", uid, fs.ErrPermission)
	}
	// What this process has in its environment is not his.
	root, below, err := runtimeDir(int(uid), "/run/user", func(string) string { return "" })
	if err != nil {
		return nil, fmt.Errorf("find the user mailbox: %w", err)
	}
	s := newSpool(root, append(below, p.Queue)...)
	s.uid, s.as = uint32(uid), asUser(uint32(uid))
	return s, nil
}

func listQueues() ([]string, error) {
	s, err := stateSpool(Place{Queue: protocol.DefaultQueue, Scope: ScopeMachine})
	if err != nil {
		return nil, err
	}
	return s.list(nil, isQueue)
}

// isQueue reports whether a directory may be that of a queue.
func isQueue(name string) bool {
	queue, err := protocol.ParseQueue(name)
	return err == nil && queue == name
}

func listUserQueues(p Place) (queues []string, err error) {
	s, err := userSpool(p)
	if err != nil {
		return nil, err
	}
	look := func() error {
		queues, err = s.list(s.path[:len(s.path)-1], isQueue)
		return err
	}
	if s.as != nil {
		err = s.as(look)
		return queues, err
	}
	err = look()
	return queues, err
}

func listUsers(queue string) ([]string, error) {
	s, err := stateSpool(Place{Queue: queue, Scope: ScopeAssigned, UID: "0"})
	if err != nil {
		return nil, err
	}
	return s.list([]string{queue, "users"}, func(name string) bool { return checkUser(name) == nil })
}
