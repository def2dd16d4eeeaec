package trust

import (
	"testing"
)

func TestUsersFault(t *testing.T) {
	const everyone, users, admins, ann = "S-1-1-0", "S-1-5-32-545", "S-1-5-32-544", "S-1-5-21-1-2-3-1001"
	for _, test := range []struct {
		name string
		d    descriptor
		may  bool
	}{
		{"of Program Files", descriptor{entries: []entry{{mask: 0x1f01ff, sid: admins}, {mask: 0x1200a9, sid: users}}}, true},
		{"everyone", descriptor{entries: []entry{{mask: 0x1200a9, sid: everyone}}}, true},
		{"no list", descriptor{open: true}, true},
		{"an empty list", descriptor{}, false},
		{"administrators alone", descriptor{entries: []entry{{mask: 0x1f01ff, sid: admins}}}, false},
		{"one user", descriptor{entries: []entry{{mask: 0x1f01ff, sid: ann}}}, false},
		{"read", descriptor{entries: []entry{{mask: 0x120089, sid: users}}}, false},
		{"read, and execute by another entry", descriptor{entries: []entry{{mask: 0x120089, sid: users}, {mask: execute, sid: everyone}}}, true},
		{"generic", descriptor{entries: []entry{{mask: genericRead | genericExecute, sid: users}}}, true},
		{"generic all", descriptor{entries: []entry{{mask: genericAll, sid: users}}}, true},
		{"for what is made in it", descriptor{entries: []entry{{flags: inheritOnly, mask: 0x1200a9, sid: users}}}, false},
		{"denied to somebody", descriptor{entries: []entry{{kind: denied, mask: execute}, {mask: 0x1200a9, sid: users}}}, false},
		{"writing denied", descriptor{entries: []entry{{kind: denied, mask: writeData}, {mask: 0x1200a9, sid: users}}}, true},
	} {
		if fault := test.d.usersFault(); (fault == "") != test.may {
			t.Errorf("%s: fault %q", test.name, fault)
		}
	}
}
