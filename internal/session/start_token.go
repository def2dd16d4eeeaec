package session

import (
	"slices"
	"strconv"
	"strings"
)

// elevationType is TOKEN_ELEVATION_TYPE.
type elevationType uint32

const (
	elevationDefault elevationType = 1 // not split: UAC off, or no administrator
	elevationFull    elevationType = 2 // split, the one with all rights
	elevationLimited elevationType = 3 // split, the one for every day
)

// integrityMedium is the level of a person's programs.
const integrityMedium = 0x2000

// tokenFacts is what is asked of a token before a program gets it.
type tokenFacts struct {
	elevation elevationType
	admin     bool // Administrators are among its groups, and not only to deny
	integrity uint32
}

// elevated reports whether a program with this token could do more than a
// person's programs do.
func (f tokenFacts) elevated() bool { return f.admin || f.integrity > integrityMedium }

// A tokenUse says what is done with a token so that a program may have it.
type tokenUse int

const (
	useAsIs       tokenUse = iota
	useLinked              // the limited one that it was split from
	useRestricted          // a copy without the rights of administrators
)

// use decides by what a token is. A split one has its other half; where there
// is no other half, or that is no better, its rights are taken from it.
func (f tokenFacts) use() tokenUse {
	switch {
	case f.elevation == elevationFull:
		return useLinked
	case f.elevated():
		return useRestricted
	}
	return useAsIs
}

// administrative reports whether a group gives rights over the computer or the
// domain, so that user account control keeps it from a person's programs too.
func administrative(sid string) bool {
	if alias, ok := strings.CutPrefix(sid, "S-1-5-32-"); ok {
		return slices.Contains([]string{
			"544", // Administrators
			"547", // Power Users
			"548", // Account Operators
			"549", // Server Operators
			"550", // Print Operators
			"551", // Backup Operators
			"552", // Replicators
			"556", // Network Configuration Operators
			"569", // Cryptographic Operators
			"578", // Hyper-V Administrators
		}, alias)
	}
	if sid == "S-1-5-114" { // local account and member of Administrators
		return true
	}
	domain, ok := strings.CutPrefix(sid, "S-1-5-21-")
	if !ok || strings.Count(domain, "-") != 3 {
		return false
	}
	switch domain[strings.LastIndexByte(domain, '-')+1:] {
	case "498", // Enterprise Read-only Domain Controllers
		"512", // Domain Admins
		"516", // Domain Controllers
		"517", // Cert Publishers
		"518", // Schema Admins
		"519", // Enterprise Admins
		"520", // Group Policy Creator Owners
		"521", // Read-only Domain Controllers
		"526", // Key Admins
		"527": // Enterprise Key Admins
		return true
	}
	return false
}

// accountControl is how Windows is set to split the tokens of administrators.
type accountControl struct {
	on      bool // EnableLUA
	builtIn bool // FilterAdministratorToken: the built-in Administrator's too
}

// splits reports whether what the task scheduler starts for this person without
// elevation is sure to have no administrator's rights.
func (a accountControl) splits(sid string) bool {
	if !a.on {
		return false
	}
	rid, err := strconv.ParseUint(sid[strings.LastIndexByte(sid, '-')+1:], 10, 32)
	const administrator = 500
	return err == nil && (rid != administrator || a.builtIn)
}
