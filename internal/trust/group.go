package trust

import (
	"fmt"
	"strconv"
	"strings"
)

// privateGroup finds the group of passwd(5) and group(5) that is the user's own
// one, has his name, and nobody else in it.
func privateGroup(uid string, passwd, group [][]string) (uint32, error) {
	var name, gid string
	for _, p := range passwd {
		if len(p) > 3 && p[2] == uid {
			name, gid = p[0], p[3]
			break
		}
	}
	if name == "" {
		return 0, fmt.Errorf("user %s is not in /etc/passwd", uid)
	}
	for _, p := range passwd {
		if len(p) > 3 && p[3] == gid && p[2] != uid {
			return 0, fmt.Errorf("the group of user %s is also that of %s", uid, p[0])
		}
	}
	own := false
	for _, g := range group {
		if len(g) < 4 || g[2] != gid {
			continue
		}
		if g[0] != name {
			return 0, fmt.Errorf("the group of user %s is %s, not one of his own", uid, g[0])
		}
		own = true
		for member := range strings.SplitSeq(g[3], ",") {
			if member != "" && member != name {
				return 0, fmt.Errorf("%s is in the group of user %s, too", member, uid)
			}
		}
	}
	n, err := strconv.ParseUint(gid, 10, 32)
	if err != nil || !own {
		return 0, fmt.Errorf("user %s has no group of his own", uid)
	}
	return uint32(n), nil
}
