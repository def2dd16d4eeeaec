// Asks, takes the question back once it is on screen, and waits until nothing
// is left of it.
// usage: withdraw.exe QUEUE
#include "sender.h"

static BOOL claimed(void) {
	wchar_t status[40];
	DWORD size = sizeof status;
	return RegGetValueW(outbox, id, L"Status", RRF_RT_REG_SZ, NULL, status, &size) == ERROR_SUCCESS;
}

static BOOL unclaimed(void) {
	HKEY key;
	if (RegOpenKeyExW(outbox, id, 0, KEY_READ, &key) != ERROR_SUCCESS)
		return TRUE;
	RegCloseKey(key);
	return FALSE;
}

int main(int argc, char **argv) {
	if (argc != 2)
		return 2;
	begin(argv[1]);
	HKEY message = create(inbox, id);
	text(message, L"Text", L"Never mind: does this stay?");
	text(message, L"Buttons", L"Yes\nNo");
	number(message, L"Ready", 1);
	wait_until(claimed);
	RegCloseKey(message);
	check("delete the message", RegDeleteKeyW(inbox, id));
	wait_until(unclaimed);
	puts("withdrawn");
	return 0;
}
