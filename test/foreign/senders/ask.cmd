@echo off
rem Asks a question with two buttons and prints the caption of the one pressed.
rem usage: ask.cmd QUEUE
setlocal
set id=cmd-%RANDOM%-%RANDOM%
set message=HKCU\Software\Deskbell\Queues\%1\Inbox\%id%
set reply=HKCU\Software\Deskbell\Queues\%1\Outbox\%id%
reg add %message% /f /v Text /d "Install the update now?" >nul
reg add %message% /f /v Buttons /t REG_MULTI_SZ /d "Now\0Tonight at eight" >nul
reg add %message% /f /v Timeout /t REG_DWORD /d 600 >nul
reg add %message% /f /v Ready /t REG_DWORD /d 1 >nul
:wait
ping -n 2 127.0.0.1 >nul
reg query %reply% /v Ready >nul 2>nul
if errorlevel 1 goto wait
for /f "tokens=1,2*" %%a in ('reg query %reply% /v Choice') do if "%%a"=="Choice" echo %%c
reg delete %message% /f >nul
reg delete %reply% /f >nul
