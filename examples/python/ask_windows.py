"""Asks a question with two buttons and prints the caption of the one pressed.

Python 3 on Windows, with what comes with it. It is woken by the registry.
UNTESTED: no Windows with Python was in reach.
usage: python ask_windows.py QUEUE SECONDS
Exit status: 0 answered, 1 not answered, 5 not in time, 69 nobody attends.
"""
import contextlib
import ctypes
import sys
import time
import uuid
import winreg

REG_NOTIFY_CHANGE_NAME, REG_NOTIFY_CHANGE_LAST_SET = 1, 4
SYNCHRONIZE, ERROR_ACCESS_DENIED = 0x100000, 5
ACCESS = winreg.KEY_ALL_ACCESS | winreg.KEY_WOW64_64KEY

kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
kernel32.CreateEventW.restype = ctypes.c_void_p
kernel32.OpenProcess.restype = ctypes.c_void_p
kernel32.CloseHandle.argtypes = [ctypes.c_void_p]
kernel32.WaitForSingleObject.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
advapi32 = ctypes.WinDLL("advapi32")
advapi32.RegNotifyChangeKeyValue.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_int]


def value(key, name):
    """Return a value of a key; nothing where there is none."""
    try:
        return winreg.QueryValueEx(key, name)[0]
    except FileNotFoundError:
        return None


def record(key, name):
    """Return a function that reads the values of a subkey."""
    def read(field):
        try:
            with winreg.OpenKey(key, name, 0, winreg.KEY_READ) as subkey:
                return value(subkey, field)
        except FileNotFoundError:
            return None
    return read


def runs(pid):
    """Report whether a process runs; one that cannot be looked at counts."""
    process = kernel32.OpenProcess(SYNCHRONIZE, False, pid)
    if not process:
        return ctypes.get_last_error() == ERROR_ACCESS_DENIED
    try:
        return kernel32.WaitForSingleObject(process, 0) != 0
    finally:
        kernel32.CloseHandle(process)


def attended(monitors):
    """A record counts while its process runs."""
    sessions = [winreg.EnumKey(monitors, i) for i in range(winreg.QueryInfoKey(monitors)[0])]
    pids = [record(monitors, session)("Pid") for session in sessions]
    return any(pid and runs(pid) for pid in pids)


BUTTONS = ["Now", "Tonight at eight"]


def main(queue, seconds):
    root = winreg.CreateKeyEx(winreg.HKEY_CURRENT_USER, rf"Software\Deskbell\Queues\{queue}", 0, ACCESS)
    inbox, outbox, monitors = (winreg.CreateKeyEx(root, name, 0, ACCESS) for name in ("Inbox", "Outbox", "Monitor"))
    if not attended(monitors):
        print("nobody attends", queue, file=sys.stderr)
        return 69

    # Ask: Ready is written last.
    name = str(uuid.uuid4())
    with winreg.CreateKeyEx(inbox, name, 0, ACCESS) as message:
        winreg.SetValueEx(message, "Text", 0, winreg.REG_SZ, "Install the update now?")
        winreg.SetValueEx(message, "Buttons", 0, winreg.REG_MULTI_SZ, BUTTONS)
        winreg.SetValueEx(message, "Ready", 0, winreg.REG_DWORD, 1)
    reply = record(outbox, name)
    changed = kernel32.CreateEventW(None, False, False, None)
    try:
        # Wait, with a limit: arm, look, and only then wait.
        end = time.monotonic() + seconds
        while True:
            error = advapi32.RegNotifyChangeKeyValue(
                outbox.handle, True, REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET, changed, True)
            if error:
                raise ctypes.WinError(error)
            if reply("Ready") == 1:
                break
            left = end - time.monotonic()
            if left <= 0:
                print("no answer in time", file=sys.stderr)
                return 5
            kernel32.WaitForSingleObject(changed, int(left * 1000) + 1)

        # Read the answer. Only what was offered is one.
        if reply("Status") != "answered":
            print(reply("Status"), file=sys.stderr)
            return 1
        if reply("Choice") not in BUTTONS:
            print("the reply does not fit the question", file=sys.stderr)
            return 1
        print(reply("Choice"))
        return 0
    finally:
        # Clean up. Without a reply that takes the question back.
        answered = reply("Ready") == 1
        winreg.DeleteKey(inbox, name)
        if answered:
            with contextlib.suppress(FileNotFoundError):  # the monitor may have been faster
                winreg.DeleteKey(outbox, name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
