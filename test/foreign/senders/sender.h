// What every sender in C does with the registry, by the page of the protocol.
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

static HKEY inbox, outbox;
static wchar_t id[40];

static void check(const char *what, LSTATUS status) {
	if (status != ERROR_SUCCESS) {
		fprintf(stderr, "%s: error %ld\n", what, (long)status);
		exit(1);
	}
}

static HKEY create(HKEY parent, const wchar_t *name) {
	HKEY key;
	check("create a key", RegCreateKeyExW(parent, name, 0, NULL, 0, KEY_ALL_ACCESS | KEY_WOW64_64KEY, NULL, &key, NULL));
	return key;
}

static void begin(const char *queue) {
	wchar_t root[200];
	swprintf(root, 200, L"Software\\Deskbell\\Queues\\%hs", queue);
	HKEY key = create(HKEY_CURRENT_USER, root);
	inbox = create(key, L"Inbox");
	outbox = create(key, L"Outbox");
	swprintf(id, 40, L"c-%lu-%lu", GetCurrentProcessId(), GetTickCount());
}

static void text(HKEY message, const wchar_t *name, const wchar_t *value) {
	check("set text", RegSetValueExW(message, name, 0, REG_SZ, (const BYTE *)value, (wcslen(value) + 1) * sizeof *value));
}

static void number(HKEY message, const wchar_t *name, DWORD value) {
	check("set a number", RegSetValueExW(message, name, 0, REG_DWORD, (const BYTE *)&value, sizeof value));
}

// wait_until waits, without a look more than there are changes, until something
// is so with the reply. It arms, looks and only then waits.
static void wait_until(BOOL (*so)(void)) {
	HANDLE changed = CreateEventW(NULL, FALSE, FALSE, NULL);
	for (;;) {
		check("watch", RegNotifyChangeKeyValue(outbox, TRUE, REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET, changed, TRUE));
		if (so())
			break;
		WaitForSingleObject(changed, INFINITE);
	}
	CloseHandle(changed);
}
