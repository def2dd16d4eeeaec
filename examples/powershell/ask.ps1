# Asks a question with two buttons and prints the caption of the one pressed.
# Windows PowerShell 5.1 and PowerShell 7. It is woken by the registry.
# UNTESTED: no PowerShell was in reach.
# usage: powershell -ExecutionPolicy Bypass -File ask.ps1 QUEUE SECONDS
# Exit status: 0 answered, 1 not answered, 5 not in time, 69 nobody attends.
param([Parameter(Mandatory)] [string] $Queue, [Parameter(Mandatory)] [int] $Seconds)
$ErrorActionPreference = 'Stop'
$box = "HKCU:\Software\Deskbell\Queues\$Queue"
$id = [guid]::NewGuid().ToString()
$question = "$box\Inbox\$id"
$reply = "$box\Outbox\$id"

# Is anybody attending? A record counts while its process runs.
$attended = Get-ChildItem "$box\Monitor" -ErrorAction SilentlyContinue |
    ForEach-Object { $_.GetValue('Pid') } |
    Where-Object { $_ -and (Get-Process -Id $_ -ErrorAction SilentlyContinue) }
if (-not $attended) {
    [Console]::Error.WriteLine("nobody attends $Queue")
    exit 69
}

Add-Type -Namespace Deskbell -Name Registry -MemberDefinition @'
[DllImport("advapi32.dll")]
public static extern int RegNotifyChangeKeyValue(Microsoft.Win32.SafeHandles.SafeRegistryHandle key,
    bool subtree, int filter, Microsoft.Win32.SafeHandles.SafeWaitHandle changed, bool asynchronous);
'@
if (-not (Test-Path "$box\Outbox")) { New-Item "$box\Outbox" -Force | Out-Null }
$outbox = [Microsoft.Win32.Registry]::CurrentUser.OpenSubKey("Software\Deskbell\Queues\$Queue\Outbox")
$changed = New-Object System.Threading.AutoResetEvent $false

# Ask: Ready is written last.
$buttons = 'Now', 'Tonight at eight'
New-Item $question -Force | Out-Null
New-ItemProperty $question -Name Text -Value 'Install the update now?' | Out-Null
New-ItemProperty $question -Name Buttons -PropertyType MultiString -Value $buttons | Out-Null
New-ItemProperty $question -Name Ready -PropertyType DWord -Value 1 | Out-Null

$answer = $null
try {
    # Wait, with a limit: arm, look, and only then wait. 1 is a change of names,
    # 4 of values, 0x10000000 leaves it armed when the thread ends.
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        $failed = [Deskbell.Registry]::RegNotifyChangeKeyValue($outbox.Handle, $true, 0x10000005, $changed.SafeWaitHandle, $true)
        if ($failed) { throw "watch the outbox: error $failed" }
        $answer = Get-ItemProperty $reply -ErrorAction SilentlyContinue | Where-Object { $_.Ready -eq 1 }
        if ($answer) { break }
        $left = $Seconds * 1000 - $clock.ElapsedMilliseconds
        if ($left -le 0) { break }
        $changed.WaitOne([int] $left) | Out-Null
    }
}
finally {
    # Clean up. Without a reply that takes the question back.
    Remove-Item $question
    if ($answer) { Remove-Item $reply -ErrorAction SilentlyContinue }
}

# Read the answer. Only what was offered is one.
if (-not $answer) {
    [Console]::Error.WriteLine('no answer in time')
    exit 5
}
if ($answer.Status -ne 'answered') {
    [Console]::Error.WriteLine($answer.Status)
    exit 1
}
if ($answer.Choice -cnotin $buttons) {
    [Console]::Error.WriteLine('the reply does not fit the question')
    exit 1
}
$answer.Choice
