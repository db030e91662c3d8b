# Two Ollama servers on this one machine, on ports 11434 and 11435, for two agents at once.
#
#     scripts\ollama-local.ps1 start
#     scripts\ollama-local.ps1 stop       ends those that it started
param([Parameter(Mandatory)][ValidateSet('start', 'stop')][string]$Action, [int[]]$Ports = @(11434, 11435))
$ErrorActionPreference = 'Stop'
$folder = Join-Path $PSScriptRoot '..' '.ferrobench' 'ollama'

function Test-Server([int]$Port) {
    try { $null = Invoke-RestMethod "http://127.0.0.1:$Port/api/version" -TimeoutSec 5; $true } catch { $false }
}

function Start-Server([int]$Port) {
    if (Test-Server $Port) { Write-Output "port ${Port}: a server is there"; return }
    $env:OLLAMA_HOST = "127.0.0.1:$Port"
    $server = Start-Process ollama serve -PassThru -WindowStyle Hidden -RedirectStandardError (Join-Path $folder "$Port.log")
    Set-Content (Join-Path $folder "$Port.pid") $server.Id
    for ($waited = 0; -not (Test-Server $Port); $waited++) {
        if ($waited -ge 30) { throw "port ${Port}: no server after 30 s; see $(Join-Path $folder "$Port.log")" }
        Start-Sleep 1
    }
    Write-Output "port ${Port}: started"
}

if ($Action -eq 'start') {
    if (-not (Get-Command ollama -ErrorAction SilentlyContinue)) { throw 'no ollama on the PATH: install it first' }
    $null = New-Item -ItemType Directory -Force $folder
    $Ports | ForEach-Object { Start-Server $_ }
} else {
    Get-ChildItem (Join-Path $folder '*.pid') -ErrorAction SilentlyContinue | ForEach-Object {
        Stop-Process -Id (Get-Content $_) -ErrorAction SilentlyContinue
        Remove-Item $_
    }
}
