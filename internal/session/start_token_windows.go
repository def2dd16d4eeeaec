package session

import (
	"errors"
	"fmt"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/win"
)

const administrators = "S-1-5-32-544"

// tokenInfo says besides whose a token is.
type tokenInfo struct {
	tokenFacts
	user    string // SID
	session uint32
}

func factsOf(token windows.Token) (f tokenInfo, err error) {
	user, err := token.GetTokenUser()
	if err != nil {
		return f, fmt.Errorf("ask a token for its user: %w", err)
	}
	f.user = user.User.Sid.String()
	groups, err := token.GetTokenGroups()
	if err != nil {
		return f, fmt.Errorf("ask a token for its groups: %w", err)
	}
	for _, g := range groups.AllGroups() {
		if g.Attributes&windows.SE_GROUP_ENABLED != 0 && g.Sid.String() == administrators {
			f.admin = true
		}
	}
	elevation, err := win.TokenNumber(token, windows.TokenElevationType)
	if err != nil {
		return f, fmt.Errorf("ask a token for its elevation: %w", err)
	}
	f.elevation = elevationType(elevation)
	if f.session, err = win.TokenNumber(token, windows.TokenSessionId); err != nil {
		return f, fmt.Errorf("ask a token for its session: %w", err)
	}
	if f.integrity, err = win.TokenIntegrity(token); err != nil {
		return f, fmt.Errorf("ask a token for its integrity: %w", err)
	}
	return f, nil
}

// errElevated means that a program would get more rights than a person's have.
var errElevated = errors.New("the token has an administrator's rights, and they cannot be taken from it")

// unelevated returns a primary token for the same person in the same session
// without an administrator's rights, to be closed.
func unelevated(token windows.Token) (windows.Token, error) {
	facts, err := factsOf(token)
	if err != nil {
		return 0, err
	}
	use := facts.use()
	if use == useLinked {
		if linked, err := linkedOf(token, facts); err == nil {
			return linked, nil
		}
		// It has no other half, or only one to look at: that takes the system.
		use = useRestricted
	}
	if use == useRestricted {
		return restrictedOf(token)
	}
	return primaryOf(token)
}

// linkedOf returns the limited half of a split token, if it is limited.
func linkedOf(token windows.Token, whole tokenInfo) (windows.Token, error) {
	linked, err := token.GetLinkedToken()
	if err != nil {
		return 0, err
	}
	defer linked.Close()
	facts, err := factsOf(linked)
	switch {
	case err != nil:
		return 0, err
	case facts.user != whole.user || facts.session != whole.session:
		return 0, errors.New("the linked token is another person's or session's")
	case facts.elevated(): // in Wine 8
		return 0, errElevated
	}
	return primaryOf(linked)
}

func primaryOf(token windows.Token) (primary windows.Token, err error) {
	const access = windows.TOKEN_QUERY | windows.TOKEN_DUPLICATE | windows.TOKEN_ASSIGN_PRIMARY |
		windows.TOKEN_ADJUST_DEFAULT | windows.TOKEN_ADJUST_SESSIONID
	err = windows.DuplicateTokenEx(token, access, nil, windows.SecurityImpersonation, windows.TokenPrimary, &primary)
	if err != nil {
		return 0, fmt.Errorf("copy a token: %w", err)
	}
	return primary, nil
}

// restrictedOf returns a copy of a token in which an administrator's groups
// only deny, without privileges, and with the integrity of a person's programs.
// What it makes belongs to the person, as the group that may have owned it
// counts for nothing.
func restrictedOf(token windows.Token) (_ windows.Token, err error) {
	primary, err := primaryOf(token)
	if err != nil {
		return 0, err
	}
	defer primary.Close()
	groups, err := primary.GetTokenGroups()
	if err != nil {
		return 0, fmt.Errorf("ask a token for its groups: %w", err)
	}
	var deny []*windows.SID
	for _, g := range groups.AllGroups() {
		if administrative(g.Sid.String()) {
			deny = append(deny, g.Sid)
		}
	}
	restricted, err := win.RestrictedToken(primary, deny)
	if err != nil {
		return 0, fmt.Errorf("restrict a token: %w", err)
	}
	defer func() {
		if err != nil {
			restricted.Close()
		}
	}()
	// Wine 8 takes the level and goes on saying that it is high: what was set is
	// not asked for again.
	if err := win.SetTokenIntegrity(restricted, integrityMedium); err != nil {
		return 0, fmt.Errorf("lower the integrity of a token: %w", err)
	}
	facts, err := factsOf(restricted)
	if err != nil {
		return 0, err
	}
	if facts.admin {
		return 0, errElevated
	}
	sd, err := windows.SecurityDescriptorFromString("D:(A;;GA;;;SY)(A;;GA;;;" + facts.user + ")")
	if err != nil {
		return 0, fmt.Errorf("make an access list: %w", err)
	}
	acl, _, err := sd.DACL()
	if err != nil {
		return 0, fmt.Errorf("make an access list: %w", err)
	}
	if err := win.SetTokenDefaultDACL(restricted, acl); err != nil {
		return 0, fmt.Errorf("set the access list of a token: %w", err)
	}
	return restricted, nil
}
