//go:build linux

package systemd

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// decide writes a policy, in the place where administrators alone can.
func decide(s *bed.Systemd, policy string) {
	s.Exec("sh", "-c", `mkdir -p /etc/deskbell && printf %s "$1" >/etc/deskbell/policy.json && chmod 644 /etc/deskbell/policy.json`, "sh", policy)
}

// asksHimself is somebody's own program.
func asksHimself(t *testing.T, d *bed.Desk, args ...string) *exec.Cmd {
	t.Helper()
	return begin(t, d.Command("deskbell", append([]string{"ask", "--json", "--button", "Now", "--button", "Later", "Shall we?"}, args...)...))
}

// Where administrators alone may ask, what a user's own programs ask is refused,
// and they are told so; what administrators ask is shown under the name of the
// organisation. Who can write the policy and is no administrator decides nothing.
func TestAdministratorsAloneMayAsk(t *testing.T) {
	s, alice, _ := served(t)
	decide(s, `{"trustedSendersOnly": true, "organisation": "Example Ltd."}`)
	refused := func(when string) {
		t.Helper()
		if r := readTold(t, asksHimself(t, alice)); r.Outcome != "refused" || r.Exit != 77 || !strings.Contains(r.Error, "TrustedSendersOnly") {
			t.Errorf("%s: %+v", when, r)
		}
	}
	refused("her own program")
	asked := rootAsks(t, s, "May I?", "--title", "Organisation", "--to", "user:alice")
	answer(t, s, alice, "Organisation", "Return")
	if r := readTold(t, asked); r.Outcome != "answered" || r.Exit != 0 {
		t.Errorf("root's: %+v", r)
	}
	put(s, "service", `{"text":"May the service?","title":"Service","to":"user:alice"}`)
	answer(t, s, alice, "Service", "Return")
	if r := reply(t, s, "service"); r.Status != "answered" {
		t.Errorf("the service's: %+v", r)
	}
	doctor := func() string {
		out, _ := s.Command("deskbell", "doctor").Output() // its status says whether it found something
		return string(out)
	}
	if out := doctor(); !strings.Contains(out, `TrustedSendersOnly Organisation="Example Ltd."`) {
		t.Errorf("doctor:\n%s", out)
	}

	again := func() {
		t.Helper()
		if out, err := alice.Command("deskbell", "monitor", "restart").CombinedOutput(); err != nil && exitStatus(err) != 69 {
			t.Fatalf("restart: %v, %s", err, out)
		}
	}
	decide(s, `{"trustedSendersOnly": false}`)
	s.Exec("chmod", "666", "/etc/deskbell/policy.json")
	again()
	refused("a policy that everybody can write")
	if out := doctor(); !strings.Contains(out, "/etc/deskbell/policy.json cannot be trusted") {
		t.Errorf("doctor:\n%s", out)
	}
	decide(s, `{"trustedSenders`)
	again()
	refused("a policy that is cut off")

	s.Exec("rm", "/etc/deskbell/policy.json")
	again()
	asked = asksHimself(t, alice, "--title", "Free")
	answer(t, s, alice, "Free", "Tab", "Return")
	if r := readTold(t, asked); r.Outcome != "answered" || r.Choice != "Later" {
		t.Errorf("without a policy: %+v", r)
	}
}
