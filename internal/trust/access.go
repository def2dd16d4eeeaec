package trust

import (
	"fmt"
	"strings"
)

// Rule says who may do what with a key or folder of a mailbox and with what is
// in it.
type Rule int

const (
	// OfUser is the user's alone.
	OfUser Rule = iota
	// Way is written by administrators and listed and watched by everybody.
	Way
	// OfAdmins is the administrators' alone.
	OfAdmins
	// ToUser is written by administrators and read by the user.
	ToUser
	// FromUser is read and written by the user and by administrators.
	FromUser
)

// Part is a component of a mailbox. In its names <queue> and <user> stand for
// the queue and for the SID or uid of the user.
type Part struct {
	Scope  string
	Key    string // on Windows, below SOFTWARE; "" where there is none
	Folder string // on Linux, below the state directory, "." for that; "" where there is none
	Rule   Rule
}

// table is who may do what with each part of each mailbox: docs/protocol.md,
// "Access". What leads to a part stands before it.
//
// On Linux a record is written in .partial, where nobody watches, and put in
// its place from there: each box has its own, so that whoever may write the box
// may write that, and nobody else. The folders of a user mailbox, which lie in
// one that is the user's already, are all OfUser.
var table = []Part{
	{"user", `Deskbell`, "", OfUser},
	{"user", `Deskbell\Queues`, "", OfUser},
	{"user", `Deskbell\Queues\<queue>`, "<queue>", OfUser},
	{"user", `Deskbell\Queues\<queue>\Inbox`, "<queue>/inbox", OfUser},
	{"user", `Deskbell\Queues\<queue>\Outbox`, "<queue>/outbox", OfUser},
	{"user", `Deskbell\Queues\<queue>\Monitor`, "<queue>/monitor", OfUser},
	{"user", "", "<queue>/.partial", OfUser},

	{"assigned", `Deskbell`, ".", Way},
	{"assigned", `Deskbell\Queues`, "", Way},
	{"assigned", `Deskbell\Queues\<queue>`, "<queue>", Way},
	{"assigned", `Deskbell\Queues\<queue>\Users`, "<queue>/users", Way},
	{"assigned", `Deskbell\Queues\<queue>\Users\<user>`, "<queue>/users/<user>", Way},
	{"assigned", `Deskbell\Queues\<queue>\Users\<user>\Inbox`, "<queue>/users/<user>/inbox", ToUser},
	{"assigned", "", "<queue>/users/<user>/inbox/.partial", OfAdmins},
	{"assigned", `Deskbell\Queues\<queue>\Users\<user>\Outbox`, "<queue>/users/<user>/outbox", FromUser},
	{"assigned", "", "<queue>/users/<user>/outbox/.partial", FromUser},

	{"machine", `Deskbell`, ".", Way},
	{"machine", `Deskbell\Queues`, "", Way},
	{"machine", `Deskbell\Queues\<queue>`, "<queue>", Way},
	{"machine", `Deskbell\Queues\<queue>\Inbox`, "<queue>/inbox", OfAdmins},
	{"machine", "", "<queue>/inbox/.partial", OfAdmins},
	{"machine", `Deskbell\Queues\<queue>\Outbox`, "<queue>/outbox", OfAdmins},
	{"machine", "", "<queue>/outbox/.partial", OfAdmins},

	{"service", `Deskbell`, ".", Way},
	{"service", `Deskbell\Queues`, "", Way},
	{"service", `Deskbell\Queues\<queue>`, "<queue>", Way},
	{"service", `Deskbell\Queues\<queue>\Users`, "<queue>/users", Way},
	{"service", `Deskbell\Queues\<queue>\Users\<user>`, "<queue>/users/<user>", Way},
	{"service", `Deskbell\Queues\<queue>\Users\<user>\Service`, "<queue>/users/<user>/service", Way},
	{"service", `Deskbell\Queues\<queue>\Users\<user>\Service\Inbox`, "<queue>/users/<user>/service/inbox", FromUser},
	{"service", "", "<queue>/users/<user>/service/inbox/.partial", FromUser},
	{"service", `Deskbell\Queues\<queue>\Users\<user>\Service\Outbox`, "<queue>/users/<user>/service/outbox", ToUser},
	{"service", "", "<queue>/users/<user>/service/outbox/.partial", OfAdmins},
}

// Parts returns the table for the mailbox of a scope with its names filled in,
// what leads to a part before it; none for an unknown scope.
func Parts(scope, queue, user string) []Part {
	names := strings.NewReplacer("<queue>", queue, "<user>", user)
	var parts []Part
	for _, p := range table {
		if p.Scope == scope {
			p.Key, p.Folder = names.Replace(p.Key), names.Replace(p.Folder)
			parts = append(parts, p)
		}
	}
	return parts
}

// Rights to a key (winnt.h).
const (
	keySet    = 0x2
	keyCreate = 0x4
	keyLink   = 0x20
	keyRead   = 0x20019 // KEY_READ: to look, list and watch
	keyAdd    = keyRead | keyCreate
	keyRecord = keyRead | keySet | keyCreate | deleteIt

	keyChanges = keySet | keyCreate | keyLink | deleteIt | writeDAC | writeOwner |
		maximumAllowed | genericAll | genericWrite
)

// The lists of keys as SDDL, with %s for the SID of the user. All are
// protected: nothing is inherited from above. What is made in a key by tools
// that say nothing about access has the entries that are inherited from here.
const (
	adminsAll = "O:BAG:BAD:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)"
	// A user's own key is his to own, so there no owner is named.
	userAll = "D:P(A;CI;KA;;;%s)(A;CI;KA;;;SY)(A;CI;KA;;;BA)"
)

// KeySDDL is who may do what with a key of a mailbox. The user, in a key of his
// own, may add records, and change and delete these; the key itself he can
// neither delete nor make a link of.
func (r Rule) KeySDDL(sid string) string {
	switch r {
	case OfUser:
		return fmt.Sprintf(userAll, sid)
	case Way:
		return adminsAll + fmt.Sprintf("(A;;%#x;;;WD)", keyRead)
	case ToUser:
		return adminsAll + fmt.Sprintf("(A;CI;%#x;;;%s)", keyRead, sid)
	case FromUser:
		return adminsAll + fmt.Sprintf("(A;;%#x;;;%s)(A;CIIO;%#x;;;%s)", keyAdd, sid, keyRecord, sid)
	case OfAdmins:
	}
	return adminsAll
}

// RecordSDDL is who may do what with a message or reply in such a key, "" where
// what is inherited from the key says it.
func (r Rule) RecordSDDL(sid string) string {
	switch r {
	case ToUser:
		return adminsAll + fmt.Sprintf("(A;CI;%#x;;;%s)", keyRead, sid)
	case FromUser:
		// Whoever makes it owns it; an owner who is named has to be oneself.
		return "D:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)" + fmt.Sprintf("(A;CI;%#x;;;%s)", keyRecord, sid)
	case OfAdmins, Way:
		return adminsAll
	case OfUser:
	}
	return ""
}

// People are the ids that stand behind the rules on Linux.
type People struct {
	Admin uint32 // root; in a state directory of one's own, oneself
	User  uint32
}

// Permissions are who may do what with a file or folder on Linux.
type Permissions struct {
	Owner  uint32
	Mode   uint32
	Reads  bool   // Reader may read it, too, and enter a folder
	Reader uint32 // by an entry in the access list, or by a group that has nobody else
}

// Folder is who may do what with a folder of a mailbox.
func (r Rule) Folder(p People) Permissions { return r.permissions(p, 0o700, 0o050) }

// File is who may do what with a message or reply in such a folder.
func (r Rule) File(p People) Permissions { return r.permissions(p, 0o600, 0o040) }

func (r Rule) permissions(p People, owner, reader uint32) Permissions {
	switch {
	case r == OfUser, r == FromUser:
		return Permissions{Owner: p.User, Mode: owner}
	case r == Way:
		return Permissions{Owner: p.Admin, Mode: owner | reader | reader>>3}
	case r == ToUser && p.User != p.Admin:
		return Permissions{Owner: p.Admin, Mode: owner | reader, Reads: true, Reader: p.User}
	}
	return Permissions{Owner: p.Admin, Mode: owner}
}

// Writer is the user who alone can write what follows the rule.
func (r Rule) Writer(p People) uint32 {
	if r == OfUser || r == FromUser {
		return p.User
	}
	return p.Admin
}
