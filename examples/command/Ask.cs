// The same with the deskbell command, in C#. UNTESTED: no compiler was in reach.
using System.Diagnostics;
static class Ask {
    static int Main(string[] args) {
        var ask = Process.Start(new ProcessStartInfo("deskbell", "ask \"Install the update now?\" --queue " + args[0] + " --button Now --button \"Tonight at eight\" --within " + args[1] + "s") { UseShellExecute = false });
        ask.WaitForExit();
        return ask.ExitCode > 1 ? ask.ExitCode : 0;
    }
}
