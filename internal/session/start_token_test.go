package session

import "testing"

func TestTokenUse(t *testing.T) {
	const low, medium, high, system = 0x1000, 0x2000, 0x3000, 0x4000
	for _, test := range []struct {
		name     string
		facts    tokenFacts
		want     tokenUse
		elevated bool
	}{
		{"a plain user", tokenFacts{elevation: elevationDefault, integrity: medium}, useAsIs, false},
		{"an administrator's for every day", tokenFacts{elevation: elevationLimited, integrity: medium}, useAsIs, false},
		{"an administrator's with all rights", tokenFacts{elevation: elevationFull, admin: true, integrity: high}, useLinked, true},
		{"split, and nothing seen of it", tokenFacts{elevation: elevationFull, integrity: medium}, useLinked, false},
		{"the built-in Administrator", tokenFacts{elevation: elevationDefault, admin: true, integrity: high}, useRestricted, true},
		{"an administrator, UAC off", tokenFacts{elevation: elevationDefault, admin: true, integrity: high}, useRestricted, true},
		{"an administrator at medium", tokenFacts{elevation: elevationDefault, admin: true, integrity: medium}, useRestricted, true},
		{"no administrator, but high", tokenFacts{elevation: elevationDefault, integrity: high}, useRestricted, true},
		{"the system", tokenFacts{elevation: elevationDefault, admin: true, integrity: system}, useRestricted, true},
		{"a limited one that is not", tokenFacts{elevation: elevationLimited, admin: true, integrity: high}, useRestricted, true},
		{"low", tokenFacts{elevation: elevationDefault, integrity: low}, useAsIs, false},
		{"of a type that is not known", tokenFacts{elevation: 9, admin: true, integrity: medium}, useRestricted, true},
		{"nothing known", tokenFacts{}, useAsIs, false},
	} {
		if got := test.facts.use(); got != test.want {
			t.Errorf("%s: use %d, want %d", test.name, got, test.want)
		}
		if got := test.facts.elevated(); got != test.elevated {
			t.Errorf("%s: elevated %v, want %v", test.name, got, test.elevated)
		}
	}
}

func TestAdministrativeGroups(t *testing.T) {
	for sid, want := range map[string]bool{
		"S-1-5-32-544": true, "S-1-5-32-551": true, "S-1-5-114": true,
		"S-1-5-21-1-2-3-512": true, "S-1-5-21-1-2-3-519": true,
		"S-1-5-32-545": false, "S-1-1-0": false, "S-1-5-11": false, "S-1-5-4": false,
		"S-1-5-21-1-2-3-513": false, "S-1-5-21-1-2-3-1000": false, "S-1-5-21-1-2-512": false, "S-1-5-21-1-2-3-4-512": false,
		"S-1-5-5-0-512": false, "": false,
	} {
		if got := administrative(sid); got != want {
			t.Errorf("%s: %v, want %v", sid, got, want)
		}
	}
}

func TestAccountControlSplits(t *testing.T) {
	const person, administrator = "S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-500"
	for _, test := range []struct {
		control accountControl
		sid     string
		want    bool
	}{
		{accountControl{on: true}, person, true},
		{accountControl{on: true}, administrator, false},
		{accountControl{on: true, builtIn: true}, administrator, true},
		{accountControl{}, person, false},
		{accountControl{builtIn: true}, administrator, false},
		{accountControl{on: true}, "", false},
		{accountControl{on: true}, "S-1-5-x", false},
	} {
		if got := test.control.splits(test.sid); got != test.want {
			t.Errorf("%+v of %q: %v, want %v", test.control, test.sid, got, test.want)
		}
	}
}
