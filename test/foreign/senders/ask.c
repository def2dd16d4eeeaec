// Asks a question with two buttons and prints the caption of the one pressed.
// usage: ask.exe QUEUE
#include "sender.h"

static BOOL replied(void) {
	DWORD ready = 0, size = sizeof ready;
	return RegGetValueW(outbox, id, L"Ready", RRF_RT_REG_DWORD, NULL, &ready, &size) == ERROR_SUCCESS && ready == 1;
}

int main(int argc, char **argv) {
	if (argc != 2)
		return 2;
	begin(argv[1]);
	HKEY message = create(inbox, id);
	static const wchar_t buttons[] = L"Now\0Tonight at eight\0";
	text(message, L"Text", L"Install the update now?");
	check("set a list", RegSetValueExW(message, L"Buttons", 0, REG_MULTI_SZ, (const BYTE *)buttons, sizeof buttons));
	number(message, L"Timeout", 600);
	number(message, L"Ready", 1);
	wait_until(replied);
	wchar_t caption[200];
	DWORD size = sizeof caption;
	check("read the reply", RegGetValueW(outbox, id, L"Choice", RRF_RT_REG_SZ, NULL, caption, &size));
	printf("%ls\n", caption);
	RegCloseKey(message);
	check("delete the message", RegDeleteKeyW(inbox, id));
	check("delete the reply", RegDeleteKeyW(outbox, id));
	return 0;
}
