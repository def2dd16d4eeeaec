// Asks a question with two buttons and prints the caption of the one pressed.
// C# 5, .NET Framework 4 and later. It is woken by the registry.
// UNTESTED: no compiler was in reach.
// build: %windir%\Microsoft.NET\Framework64\v4.0.30319\csc.exe Ask.cs
// usage: Ask.exe QUEUE SECONDS
// Exit status: 0 answered, 1 not answered, 5 not in time, 69 nobody attends.
using System;
using System.ComponentModel;
using System.Diagnostics;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Win32;
using Microsoft.Win32.SafeHandles;

static class Ask
{
    const int ChangeName = 1, ChangeLastSet = 4, ThreadAgnostic = 0x10000000;

    [DllImport("advapi32.dll")]
    static extern int RegNotifyChangeKeyValue(SafeRegistryHandle key, bool subtree, int filter, SafeWaitHandle changed, bool asynchronous);

    static int Main(string[] args)
    {
        string queue = args[0];
        long limit = int.Parse(args[1]) * 1000L;
        string id = Guid.NewGuid().ToString();
        using (var user = RegistryKey.OpenBaseKey(RegistryHive.CurrentUser, RegistryView.Registry64))
        using (var box = user.CreateSubKey(@"Software\Deskbell\Queues\" + queue))
        using (var inbox = box.CreateSubKey("Inbox"))
        using (var outbox = box.CreateSubKey("Outbox"))
        using (var monitors = box.CreateSubKey("Monitor"))
        {
            if (!monitors.GetSubKeyNames().Any(session => Runs(Value(monitors, session, "Pid"))))
            {
                Console.Error.WriteLine("nobody attends " + queue);
                return 69;
            }

            // Ask: Ready is written last.
            var buttons = new[] { "Now", "Tonight at eight" };
            using (var message = inbox.CreateSubKey(id))
            {
                message.SetValue("Text", "Install the update now?");
                message.SetValue("Buttons", buttons);
                message.SetValue("Ready", 1);
            }
            bool replied = false;
            try
            {
                // Wait, with a limit.
                replied = Wait(outbox, id, limit);
                if (!replied)
                {
                    Console.Error.WriteLine("no answer in time");
                    return 5;
                }

                // Read the answer. Only what was offered is one.
                var status = (string)Value(outbox, id, "Status");
                if (status != "answered")
                {
                    Console.Error.WriteLine(status);
                    return 1;
                }
                var choice = (string)Value(outbox, id, "Choice");
                if (Array.IndexOf(buttons, choice) < 0)
                {
                    Console.Error.WriteLine("the reply does not fit the question");
                    return 1;
                }
                Console.WriteLine(choice);
                return 0;
            }
            finally
            {
                // Clean up. Without a reply that takes the question back.
                inbox.DeleteSubKey(id, false);
                if (replied) outbox.DeleteSubKey(id, false);
            }
        }
    }

    // Wait arms, looks and only then waits.
    static bool Wait(RegistryKey outbox, string id, long limit)
    {
        var clock = Stopwatch.StartNew();
        using (var changed = new AutoResetEvent(false))
            while (true)
            {
                int failed = RegNotifyChangeKeyValue(outbox.Handle, true, ChangeName | ChangeLastSet | ThreadAgnostic, changed.SafeWaitHandle, true);
                if (failed != 0) throw new Win32Exception(failed);
                if (1.Equals(Value(outbox, id, "Ready"))) return true;
                long left = limit - clock.ElapsedMilliseconds;
                if (left <= 0) return false;
                changed.WaitOne((int)left);
            }
    }

    static object Value(RegistryKey parent, string name, string field)
    {
        using (var key = parent.OpenSubKey(name)) return key == null ? null : key.GetValue(field);
    }

    // A record counts while its process runs.
    static bool Runs(object pid)
    {
        if (!(pid is int)) return false;
        try { using (Process.GetProcessById((int)pid)) return true; }
        catch (ArgumentException) { return false; }
    }
}
