package policy

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/trust"
)

func TestReadKey(t *testing.T) {
	path := fmt.Sprintf(`Software\Deskbell\policy-test-%d`, os.Getpid())
	trusting := func(windows.Handle) (string, error) { return "", nil }
	if settings, err := readKey(registry.CURRENT_USER, path, trusting); settings != nil || err != nil {
		t.Errorf("no policy: %v, %v", settings, err)
	}
	k, _, err := registry.CreateKey(registry.CURRENT_USER, path, registry.ALL_ACCESS|registry.WOW64_64KEY)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		k.Close()
		if err := registry.DeleteKey(registry.CURRENT_USER, path); err != nil {
			t.Error(err)
		}
	})
	for _, err := range []error{
		k.SetDWordValue(TrustedSendersOnly, 1), k.SetStringValue(Organisation, "Example Ltd."),
		k.SetStringsValue(AllowedFallbacks, []string{"toast"}), k.SetStringValue("", "x"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	settings, err := readKey(registry.CURRENT_USER, path, trusting)
	want := Policy{TrustedSendersOnly: true, Organisation: "Example Ltd.", AllowedFallbacks: []string{"toast"}}
	if p, decodeErr := decode(settings); err != nil || decodeErr != nil || !cmp.Equal(p, want) {
		t.Errorf("%+v, %v, %v", p, err, decodeErr)
	}
	var fault *trust.Error
	if _, err := readKey(registry.CURRENT_USER, path, func(windows.Handle) (string, error) { return "can be changed by anna", nil }); !errors.As(err, &fault) {
		t.Errorf("others can change it: %v", err)
	}
}

// What Windows makes below Policies is the administrators' alone; Wine's keys are
// so only when they are told to be.
func TestReadKeyOfAdministrators(t *testing.T) {
	path := fmt.Sprintf(`%s-test-%d`, key, os.Getpid())
	k, _, err := registry.CreateKey(registry.LOCAL_MACHINE, path, registry.ALL_ACCESS|registry.WOW64_64KEY)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		k.Close()
		if err := registry.DeleteKey(registry.LOCAL_MACHINE, path); err != nil {
			t.Error(err)
		}
	})
	set := func(sddl string) {
		sd, err := windows.SecurityDescriptorFromString(sddl)
		if err != nil {
			t.Fatal(err)
		}
		dacl, _, err := sd.DACL()
		if err != nil {
			t.Fatal(err)
		}
		owner, _, err := sd.Owner()
		if err != nil {
			t.Fatal(err)
		}
		if err := windows.SetSecurityInfo(windows.Handle(k), windows.SE_REGISTRY_KEY,
			windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, owner, nil, dacl, nil); err != nil {
			t.Fatal(err)
		}
	}
	set("O:BAD:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;CI;KR;;;BU)")
	if settings, err := readKey(registry.LOCAL_MACHINE, path, trust.KeyFault); err != nil || len(settings) != 0 {
		t.Errorf("administrators alone: %v, %v", settings, err)
	}
	set("O:BAD:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;CI;KA;;;BU)")
	var fault *trust.Error
	if _, err := readKey(registry.LOCAL_MACHINE, path, trust.KeyFault); !errors.As(err, &fault) {
		t.Errorf("all users can change it: %v", err)
	}
}
