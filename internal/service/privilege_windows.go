package service

import "github.com/deskbell/deskbell/internal/win"

// needless are privileges of LocalSystem that neither the service has a use for
// nor what it runs for administrators. That is their processors and the jobs of
// software distribution, installers of any kind, which have the service's rights:
// therefore those to back up, restore, load drivers and so on stay, and are
// enabled by nothing but the program that needs one.
var needless = []string{
	"SeAuditPrivilege",                          // write into the security log
	"SeCreatePagefilePrivilege",                 // make page files
	"SeCreatePermanentPrivilege",                // make objects of the kernel that stay
	"SeCreateTokenPrivilege",                    // make tokens of anybody
	"SeDelegateSessionUserImpersonatePrivilege", // be another user of the session
	"SeEnableDelegationPrivilege",               // let accounts be trusted for delegation
	"SeLockMemoryPrivilege",                     // keep memory from being paged out
	"SeMachineAccountPrivilege",                 // add computers to a domain
	"SeProfileSingleProcessPrivilege",           // measure a process
	"SeRelabelPrivilege",                        // raise what is trusted by its label
	"SeSyncAgentPrivilege",                      // read all of a directory
	"SeSystemProfilePrivilege",                  // measure the system
	"SeTrustedCredManAccessPrivilege",           // read what the credential manager keeps
	"SeUndockPrivilege",                         // undock a notebook
}

// dropPrivileges takes them from this process, and all that it starts, for good.
func dropPrivileges() error { return win.DropPrivileges(needless...) }
