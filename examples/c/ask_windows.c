// Asks a question with two buttons and prints the caption of the one pressed.
// C and Win32. It is woken by the registry.
// build: x86_64-w64-mingw32-gcc -o ask.exe ask_windows.c -ladvapi32, or cl ask_windows.c advapi32.lib
// usage: ask.exe QUEUE SECONDS
// Exit status: 0 answered, 1 not answered, 5 not in time, 69 nobody attends, 70 error.
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

static HKEY inbox, outbox, monitors;
static wchar_t id[40];

static void check(const char *what, LSTATUS status) {
	if (status != ERROR_SUCCESS) {
		fprintf(stderr, "%s: error %ld\n", what, (long)status);
		exit(70);
	}
}

static HKEY create(HKEY parent, const wchar_t *name) {
	HKEY key;
	check("create a key", RegCreateKeyExW(parent, name, 0, NULL, 0, KEY_ALL_ACCESS | KEY_WOW64_64KEY, NULL, &key, NULL));
	return key;
}

static DWORD number(HKEY parent, const wchar_t *name, const wchar_t *field) {
	DWORD n = 0, size = sizeof n;
	return RegGetValueW(parent, name, field, RRF_RT_REG_DWORD, NULL, &n, &size) == ERROR_SUCCESS ? n : 0;
}

static void set(HKEY key, const wchar_t *name, DWORD type, const void *value, DWORD size) {
	check("set a value", RegSetValueExW(key, name, 0, type, value, size));
}

// attended: a record counts while its process runs; one that cannot be looked at
// counts as running.
static BOOL attended(void) {
	wchar_t session[256];
	for (DWORD i = 0, size = 256; RegEnumKeyExW(monitors, i, session, &size, NULL, NULL, NULL, NULL) == ERROR_SUCCESS; i++, size = 256) {
		DWORD pid = number(monitors, session, L"Pid");
		HANDLE process = pid ? OpenProcess(SYNCHRONIZE, FALSE, pid) : NULL;
		BOOL runs = process ? WaitForSingleObject(process, 0) == WAIT_TIMEOUT : pid && GetLastError() == ERROR_ACCESS_DENIED;
		if (process)
			CloseHandle(process);
		if (runs)
			return TRUE;
	}
	return FALSE;
}

// replied waits: it arms, looks and only then waits.
static BOOL replied(DWORD seconds) {
	HANDLE changed = CreateEventW(NULL, FALSE, FALSE, NULL);
	ULONGLONG end = GetTickCount64() + seconds * 1000ull;
	for (;;) {
		check("watch", RegNotifyChangeKeyValue(outbox, TRUE, REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET, changed, TRUE));
		if (number(outbox, id, L"Ready") == 1)
			return TRUE;
		ULONGLONG now = GetTickCount64();
		if (now >= end)
			return FALSE;
		WaitForSingleObject(changed, (DWORD)(end - now));
	}
}

int main(int argc, char **argv) {
	if (argc != 3)
		return 64;
	wchar_t root[200], status[40] = L"", choice[200] = L"";
	swprintf(root, 200, L"Software\\Deskbell\\Queues\\%hs", argv[1]);
	swprintf(id, 40, L"c-%lu-%lu", GetCurrentProcessId(), GetTickCount());
	HKEY box = create(HKEY_CURRENT_USER, root);
	inbox = create(box, L"Inbox");
	outbox = create(box, L"Outbox");
	monitors = create(box, L"Monitor");
	if (!attended()) {
		fprintf(stderr, "nobody attends %s\n", argv[1]);
		return 69;
	}

	// Ask: Ready is written last.
	HKEY message = create(inbox, id);
	static const wchar_t text[] = L"Install the update now?", buttons[] = L"Now\0Tonight at eight\0";
	DWORD one = 1;
	set(message, L"Text", REG_SZ, text, sizeof text);
	set(message, L"Buttons", REG_MULTI_SZ, buttons, sizeof buttons);
	set(message, L"Ready", REG_DWORD, &one, sizeof one);
	RegCloseKey(message);

	// Wait, with a limit. Without a reply the question is taken back.
	if (!replied(atoi(argv[2]))) {
		RegDeleteKeyW(inbox, id);
		fprintf(stderr, "no answer in time\n");
		return 5;
	}

	// Read the answer, and clean up. Only what was offered is one.
	DWORD size = sizeof status;
	check("read the reply", RegGetValueW(outbox, id, L"Status", RRF_RT_REG_SZ, NULL, status, &size));
	size = sizeof choice;
	RegGetValueW(outbox, id, L"Choice", RRF_RT_REG_SZ, NULL, choice, &size);
	check("delete the message", RegDeleteKeyW(inbox, id));
	RegDeleteKeyW(outbox, id); // the monitor may have been faster
	BOOL answered = wcscmp(status, L"answered") == 0;
	if (answered && wcscmp(choice, L"Now") != 0 && wcscmp(choice, L"Tonight at eight") != 0)
		answered = FALSE, wcscpy(status, L"the reply does not fit");
	fprintf(answered ? stdout : stderr, "%ls\n", answered ? choice : status);
	return answered ? 0 : 1;
}
