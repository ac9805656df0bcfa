# Prints what snapready asks of a Windows guest as one JSON object; docs/guest-facts.md says what each key means.
#
# Reads:    the registry key BCDRAGENT and the proxy settings of WinHTTP and of the SYSTEM account, a few services, the
#           network adapters, and the version of the VM agent's program.
# Runs:     vssadmin list writers, which has Windows start its VSS service for a while, as on demand.
# Connects: to ports 80 and 32526 of 168.63.129.16, Azure's own address inside every VM, and hangs up. If a proxy is set,
#           its name is looked up.
# Writes:   nothing but its output. Changes no setting.
#
# What cannot be read, or is not certain, is left out: a missing key means "not known", never "no". For Windows PowerShell
# 5.1; run it as SYSTEM or as an administrator, as others may not list the writers.

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

$facts = [ordered]@{
    collectedAt = [DateTime]::UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", [Globalization.CultureInfo]::InvariantCulture)
}

# One part of the facts. Where reading it fails, or tells nothing, there is no such part.
function Add-Part([string] $Name, [scriptblock] $Read) {
    try {
        $value = & $Read
        if ($null -ne $value) { $facts[$Name] = $value }
    }
    catch { }
}

# A key as 64-bit programs see it, also from a 32-bit PowerShell; nothing if there is no such key.
function Open-Key([string] $Hive, [string] $Path) {
    [Microsoft.Win32.RegistryKey]::OpenBaseKey($Hive, 'Registry64').OpenSubKey($Path)
}

# ---- Network adapters ----

Add-Part 'interfaces' {
    try {
        $found = foreach ($ip in Get-NetIPInterface -AddressFamily IPv4) {
            $card = Get-NetAdapter -InterfaceIndex $ip.InterfaceIndex -ErrorAction SilentlyContinue
            if ($card -and $card.MacAddress) {
                [ordered]@{ name = $card.Name; mac = $card.MacAddress; dhcp = ("$($ip.Dhcp)" -eq 'Enabled') }
            }
        }
    }
    catch { # a Windows without those commands
        $found = foreach ($card in Get-CimInstance Win32_NetworkAdapterConfiguration -Filter 'IPEnabled = TRUE') {
            [ordered]@{ name = $card.Description; mac = $card.MACAddress; dhcp = $card.DHCPEnabled }
        }
    }
    if ($found) { , @($found) }
}

# ---- Registry: all values of the key, or false if there is no such key ----

Add-Part 'registry' {
    $key = Open-Key 'LocalMachine' 'SOFTWARE\Microsoft\BcdrAgent'
    $values = $false
    if ($key) {
        $values = [ordered]@{}
        foreach ($name in $key.GetValueNames()) {
            $value = $key.GetValue($name, $null, 'DoNotExpandEnvironmentNames')
            if ($value -is [byte[]]) { $value = [BitConverter]::ToString($value) }
            $values[$(if ($name) { $name } else { '(default)' })] = $value
        }
    }
    @{ 'HKLM\SOFTWARE\MICROSOFT\BCDRAGENT' = $values }
}

# ---- Services: false if there is no such service ----

$services = $null
try {
    $names = 'WindowsAzureGuestAgent', 'RdAgent', 'IaasVmProvider', 'COMSysApp', 'MSDTC', 'VSS', 'swprv'
    $filter = ($names | ForEach-Object { "Name = '$_'" }) -join ' OR '
    $services = @{}
    foreach ($service in Get-CimInstance Win32_Service -Filter $filter) { $services[$service.Name] = $service }
}
catch { $services = $null }

Add-Part 'services' {
    if ($null -ne $services) {
        $told = [ordered]@{}
        foreach ($name in $names) {
            $service = $services[$name]
            $told[$name] = $false
            if ($service) {
                $startup = "$($service.StartMode)".ToLowerInvariant()
                if ($startup -eq 'auto') { $startup = 'automatic' }
                $told[$name] = [ordered]@{ status = "$($service.State)".ToLowerInvariant(); startup = $startup }
            }
        }
        $told
    }
}

# ---- The VM agent: its version is that of WaAppAgent.exe, the program of the service RdAgent ----

Add-Part 'agent' {
    if ($null -ne $services) {
        $agent = [ordered]@{}
        if ($services['RdAgent'] -and $services['RdAgent'].PathName -match '^\s*"?([^"]+?\.exe)') {
            $file = $Matches[1]
            try {
                $version = [Diagnostics.FileVersionInfo]::GetVersionInfo($file).ProductVersion
                if ($version -match '^\d+(\.\d+)+') { $agent.version = $Matches[0] }
            }
            catch { }
        }
        $service = $services['WindowsAzureGuestAgent']
        $agent.running = [bool]($service -and $service.State -eq 'Running')
        $agent
    }
}

# ---- The proxy of the SYSTEM account, else of WinHTTP; false if neither has one ----

Add-Part 'proxy' {
    $server = ''
    $path = 'Software\Microsoft\Windows\CurrentVersion\Internet Settings'
    $system = Open-Key 'Users' "S-1-5-18\$path"
    if ($system) {
        if ($system.GetValue('AutoConfigURL')) { return } # a script decides
        if ($system.GetValue('ProxyEnable') -eq 1) { $server = "$($system.GetValue('ProxyServer'))" }
    }
    if (-not $server) {
        $winhttp = Open-Key 'LocalMachine' "$path\Connections"
        [byte[]] $bytes = if ($winhttp) { $winhttp.GetValue('WinHttpSettings') }
        if ($bytes -and $bytes.Length -ge 16 -and ($bytes[8] -band 2)) { # bit 2: there is a proxy, its length in byte 12
            $server = [Text.Encoding]::ASCII.GetString($bytes, 16, [BitConverter]::ToInt32($bytes, 12))
        }
    }
    if (-not $server) { return $false }
    # host:port for all, or http=host:port;https=host:port
    $each = @($server -split '[;\s]+' | Where-Object { $_ -match '^https=|^[^=]+$' } | Select-Object -First 1)
    if ("$each" -match '^(https=)?(https?://)?(?<host>[^:/=@\s]+|\[[^\]]+\]):(?<port>\d{1,5})/?$') {
        $proxy = [ordered]@{ host = $Matches['host'].Trim('[', ']'); port = [int] $Matches['port'] }
        try { $proxy.addresses = @([Net.Dns]::GetHostAddresses($proxy.host) | ForEach-Object { $_.IPAddressToString }) }
        catch { }
        $proxy
    }
}

# ---- VSS writers: each one's state by its number, as the words differ from language to language ----

Add-Part 'vssWriters' {
    $folder = if (Test-Path "$env:SystemRoot\Sysnative") { 'Sysnative' } else { 'System32' } # from a 32-bit PowerShell
    $start = New-Object Diagnostics.ProcessStartInfo "$env:SystemRoot\$folder\vssadmin.exe", 'list writers'
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardOutput = $true
    $process = [Diagnostics.Process]::Start($start)
    $output = $process.StandardOutput.ReadToEndAsync()
    if (-not $process.WaitForExit(60000)) {
        $process.Kill()
        return
    }
    $quotes = [char[]](0x20, 0x22, 0x27, 0xA0, 0xAB, 0xBB, 0x2018, 0x2019, 0x201C, 0x201D, 0x201E, 0x300C, 0x300D)
    $writers = [ordered]@{}
    $name = ''
    foreach ($line in $output.Result -split "`r?`n") {
        if ($line -match '^\S[^:\uFF1A]*[:\uFF1A](.+)$') { # Writer name: 'System Writer'
            $name = $Matches[1].Trim($quotes)
        }
        elseif ($name -and $line -match '^\s.*\[(\d+)\]') { # State: [1] Stable
            $state = switch ([int] $Matches[1]) {
                1 { 'Stable' }
                2 { 'Waiting for freeze' }
                3 { 'Frozen' }
                4 { 'Waiting for shadow copy' }
                5 { 'Waiting for completion' }
                { $_ -ge 6 -and $_ -le 15 } { 'Failed' }
                default { 'Unknown' }
            }
            # of several instances of a writer the one that is not stable
            if (-not $writers.Contains($name) -or $writers[$name] -eq 'Stable') { $writers[$name] = $state }
            $name = ''
        }
    }
    if ($writers.Count) { $writers }
}

# ---- The way to the platform: true if the connection was made, false if it was refused or ran out of time ----

Add-Part 'platformEndpoint' {
    $reached = [ordered]@{}
    foreach ($port in 80, 32526) {
        $client = New-Object Net.Sockets.TcpClient
        try {
            $attempt = $client.BeginConnect('168.63.129.16', $port, $null, $null)
            $reached["$port"] = $attempt.AsyncWaitHandle.WaitOne(3000)
            if ($reached["$port"]) { $client.EndConnect($attempt) }
        }
        catch { $reached["$port"] = $false }
        finally { $client.Close() }
    }
    $reached
}

# ---- All of it, in ASCII whatever the console's code page ----

$json = ConvertTo-Json -InputObject $facts -Depth 5 -Compress
[regex]::Replace($json, '[^\x20-\x7e]', { '\u{0:x4}' -f [int][char] $args[0].Value })
