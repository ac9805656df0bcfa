#!/bin/sh
# Prints what snapready asks of a Linux guest as one JSON object; docs/guest-facts.md says what each key means.
#
# Reads:    /sys/class/net, the command lines in /proc, the agent's waagent.conf, and of network managers the files in
#           /run, /etc/network and /etc/sysconfig. As root also which variables the agent's environment has.
# Runs:     grep, sed, tr, tail, sort, cat, readlink, id, date, and where they are there: nmcli and ip (to show, not to
#           set), systemctl show, waagent --version, getent.
# Connects: as root only, to ports 80 and 32526 of 168.63.129.16, Azure's own address inside every VM, and hangs up.
#           If waagent.conf names a proxy, getent looks up its name.
# Writes:   nothing but its output. Changes nothing.
#
# What cannot be read, or is not certain, is left out: a missing key means "not known", never "no". Needs no more than a
# POSIX shell (dash, bash, busybox) and runs as root or not; root sees more.

PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C                  # the words of other programs in English
PYTHONDONTWRITEBYTECODE=1 # waagent is written in Python, which would keep what it compiles
export PATH LC_ALL PYTHONDONTWRITEBYTECODE
unset IFS
for tool in grep sed tr tail sort cat readlink id date; do
  if ! command -v "$tool" > /dev/null; then
    echo "needs $tool in $PATH" >&2
    exit 1
  fi
done
exec 2> /dev/null # what others complain of; the JSON is all there is to see

# ---- JSON ----

# text WORDS: a JSON string; what is not printable ASCII becomes "?". Nothing for no words.
text() {
  if [ -n "$1" ]; then
    printf '"%s"' "$(printf '%s' "$1" | tr -c ' -~' '?' | sed 's/[\\"]/\\&/g')"
  fi
}

# object NAME JSON NAME JSON ...: without the members that have no JSON. Nothing if that is all of them.
object() {
  members=
  while [ $# -gt 1 ]; do
    if [ -n "$2" ]; then members="$members${members:+,}\"$1\":$2"; fi
    shift 2
  done
  if [ -n "$members" ]; then printf '{%s}' "$members"; fi
}

# ---- Processes ----

# DHCP clients and Python programs, one a line: "PID COMMAND ARGUMENT ..."
processes=$(
  grep -ls -e '[p]ython' -e '[d]hclient' -e '[d]hcpcd' -e '[u]dhcpc' /proc/[0-9]*/cmdline | while read -r file; do
    pid=${file#/proc/}
    printf '%s ' "${pid%/cmdline}"
    tr '\000\n' '  ' < "$file"
    echo
  done
)
client='^[0-9]* \([^ ]*busybox \)\{0,1\}[^ ]*\(dhclient\|udhcpc\)'
agent='^[0-9]* [^ ]*python[^ ]* .*\(waagent\|WALinuxAgent[^ ]*\) -\(daemon\|run-exthandlers\)'

# running PATTERN: whether a process is one of these
running() {
  printf '%s\n' "$processes" | grep -q -e "$1"
}

# true or false; nothing where other users' processes are hidden
agent_running() {
  if running "$agent"; then
    echo true
  elif tr -d '\000' < /proc/1/cmdline | grep -q .; then
    echo false
  fi
}

# ---- Network interfaces ----

# by_dhcp NAME: true where a lease is held or a client at work now, false where what manages the interface set a fixed
# address. A configuration that asks for DHCP is no lease, and a file of leases may be old: neither counts.
by_dhcp() {
  case $1 in *[!A-Za-z0-9_-]*) return ;; esac # it becomes part of patterns and paths
  index=$(cat "/sys/class/net/$1/ifindex")

  if printf '%s\n' "$processes" | grep -e "$client.* $1 " | grep -qv -e ' -6 ' \
    || [ -n "$(nmcli -g DHCP4 device show "$1")" ] \
    || [ -e "/run/systemd/netif/leases/${index:-none}" ] \
    || [ -e "/run/wicked/leaseinfo.$1.dhcp.ipv4" ] \
    || ip -o -4 address show dev "$1" | grep -q ' dynamic '; then
    echo true
    return
  fi
  if running '^[0-9]* [^ ]*dhcpcd'; then return; fi # it sets fixed addresses as well, and does not say which

  if [ "$(nmcli -g GENERAL.STATE device show "$1")" = '100 (connected)' ]; then # by NetworkManager
    connection=$(nmcli -g GENERAL.CON-UUID device show "$1")
    if [ "$(nmcli -g ipv4.method connection show "$connection")" = manual ]; then echo false; fi

  elif grep -qs '^NETWORK_FILE=/' "/run/systemd/netif/links/$index"; then # by systemd-networkd
    network=$(sed -n 's/^NETWORK_FILE=//p' "/run/systemd/netif/links/$index")
    asked=$(grep '^DHCP=' "$network" | grep -vi '=\(no\|false\|ipv6\) *$')
    if grep -q '^Address=[0-9]*\.' "$network" && [ -z "$asked" ]; then echo false; fi

  elif grep -qs "^$1=" /run/network/ifstate "/run/network/ifstate.$1" /run/ifstate; then # by ifupdown
    stanzas=$(cat /etc/network/interfaces /etc/network/interfaces.d/* | grep "^ *iface  *$1  *inet  *")
    if [ -n "$stanzas" ] && ! printf '%s\n' "$stanzas" | grep -qv ' static *$'; then echo false; fi

  else # by the scripts of Red Hat or wicked of SUSE
    for file in "/etc/sysconfig/network-scripts/ifcfg-$1" "/etc/sysconfig/network/ifcfg-$1"; do
      if grep -qs '^IPADDR' "$file" && grep -qi "^BOOTPROTO=[\"']*\(none\|static\)[\"']*\$" "$file"; then echo false; fi
    done
  fi
}

# Every network card. One that is part of another interface has no address of its own (a virtual function below its
# synthetic card, a member of a bond or a bridge): the interface that it is part of is told in its place.
interfaces() {
  told=' '
  list=
  for card in /sys/class/net/*; do
    if ! [ -e "$card/device" ]; then continue; fi
    name=${card##*/}
    while [ -e "/sys/class/net/$name/master" ]; do
      above=$(readlink "/sys/class/net/$name/master")
      name=${above##*/}
    done
    case $told in *" $name "*) continue ;; esac
    told="$told$name "
    if [ "$(cat "/sys/class/net/$name/type")" != 1 ]; then continue; fi # not Ethernet
    mac=$(cat "/sys/class/net/$name/address")
    list="$list${list:+,}$(object name "$(text "$name")" mac "$(text "$mac")" dhcp "$(by_dhcp "$name")")"
  done
  if [ -n "$list" ]; then printf '[%s]' "$list"; fi
}

# ---- The agent ----

# The goal state agent's version: the one that runs, and not the one that was installed. Very old agents have one only.
agent_version() {
  for program in waagent /usr/share/oem/bin/waagent; do
    said=$("$program" --version)
    version=$(printf '%s\n' "$said" | sed -n 's/^Goal state agent: *//p')
    if [ -z "$version" ]; then version=$(printf '%s\n' "$said" | sed -n 's/^WALinuxAgent-\([0-9.]*\) .*/\1/p'); fi
    if [ -n "$version" ]; then break; fi
  done
  text "$version"
}

conf=
for file in /etc/waagent.conf /usr/share/oem/waagent.conf /usr/share/defaults/waagent/waagent.conf; do
  if [ -z "$conf" ] && [ -f "$file" ] && [ -r "$file" ]; then conf=$file; fi
done
if running "$agent.*-configuration-path"; then conf=; fi # it reads another file

# setting NAME: its value as the agent reads it: the last line counts, and None is nothing
setting() {
  sed -n "s/^[[:space:]]*$1[[:space:]]*=//p" "$conf" | tail -n 1 \
    | sed -e 's/#.*//' -e 's/^["[:space:]]*//' -e 's/["[:space:]]*$//' -e 's/^None$//'
}

# true, as the agent takes it, unless the line says n
extensions_enabled() {
  if [ -z "$conf" ]; then return; fi
  case $(setting 'Extensions\.Enabled') in
    n | N) echo false ;;
    *) echo true ;;
  esac
}

# The proxy of waagent.conf, without user and password. false if neither it nor the agent's environment names one.
proxy() {
  if [ -z "$conf" ]; then return; fi
  host=$(setting 'HttpProxy\.Host')
  port=$(setting 'HttpProxy\.Port')
  if [ -z "$host" ]; then
    none=
    for pid in $(printf '%s\n' "$processes" | grep -e "$agent" | sed 's/ .*//'); do
      if ! none=$(tr '\000' '\n' < "/proc/$pid/environ"); then return; fi # root's to read
      if printf '%s\n' "$none" | grep -qi '^https\{0,1\}_proxy='; then return; fi
      none=seen
    done
    if [ "$none" = seen ]; then echo false; fi
    return
  fi
  case $port in '' | *[!0-9]* | 0*) return ;; esac
  login=
  case $host in *@*) login=true ;; esac
  host=${host##*@}
  list=
  case $host in
    -* | *[!A-Za-z0-9.:_-]*) ;; # no name that could be looked up
    *)
      for address in $(getent ahosts "$host" | sed 's/[^0-9A-Fa-f.:].*//' | sort -u); do
        list="$list${list:+,}$(text "$address")"
      done
      ;;
  esac
  object host "$(text "$host")" addresses "${list:+[$list]}" port "$port" authenticated "$login"
}

# ---- Services ----

# service NAME: status and startup in systemd's own words, false if it knows no such service. Without systemd there is an
# init script or nothing is known; whether it runs is whether the agent runs.
service() {
  if [ -d /run/systemd/system ]; then
    shown=$(systemctl show -p LoadState -p ActiveState -p UnitFileState "$1.service")
    case $shown in
      *LoadState=not-found*)
        echo false
        return
        ;;
    esac
    status=$(printf '%s\n' "$shown" | sed -n 's/^ActiveState=//p')
    startup=$(printf '%s\n' "$shown" | sed -n 's/^UnitFileState=//p')
  elif [ -e "/etc/init.d/$1" ]; then
    case $(agent_running) in
      true) status=running ;;
      false) status=stopped ;;
      *) status= ;;
    esac
    startup=manual
    for link in /etc/rc[2-5].d/S[0-9][0-9]"$1" /etc/runlevels/*/"$1"; do
      if [ -e "$link" ]; then startup=automatic; fi
    done
  else
    return
  fi
  object status "$(text "$status")" startup "$(text "$startup")"
}

# ---- The way to the platform ----

# reached PORT: true if the connection was made, false if it was refused or ran out of time; nothing if that is not sure
reached() {
  if command -v bash && command -v timeout; then
    said=$(timeout 3 bash -c "exec 2>&1; : < /dev/tcp/168.63.129.16/$1")
    case "$? $said" in
      0*) answer=true ;;
      124* | 143* | *' connect: '*) answer=false ;;
      *) answer= ;;
    esac
  elif command -v curl; then
    connected=$(curl -s -o /dev/null --noproxy '*' --connect-timeout 3 -m 8 -w '%{time_connect}' "http://168.63.129.16:$1/")
    case "$? $connected" in
      '0 '* | '52 '* | '56 '* | '28 '*[1-9]*) answer=true ;; # answered, hung up, or kept silent
      '7 '* | '28 '*) answer=false ;;
      *) answer= ;;
    esac
  elif command -v wget; then
    wget -q -O /dev/null --no-proxy -t 1 --connect-timeout=3 --read-timeout=5 "http://168.63.129.16:$1/"
    case $? in
      0 | 8) answer=true ;; # answered, if with an error
      *) answer= ;;         # a "no" of wget may have come later
    esac
  else
    answer=
  fi > /dev/null
  echo "$answer"
}

# Nobody but root reaches that address, which the agent sees to: of another user a "no" would say nothing.
endpoint() {
  if [ "$(id -u)" = 0 ]; then object 80 "$(reached 80)" 32526 "$(reached 32526)"; fi
}

# ---- All of it ----

facts() {
  object \
    collectedAt "$(text "$(date -u +%Y-%m-%dT%H:%M:%SZ)")" \
    interfaces "$(interfaces)" \
    services "$(object waagent "$(service waagent)" walinuxagent "$(service walinuxagent)")" \
    proxy "$(proxy)" \
    platformEndpoint "$(endpoint)" \
    agent "$(object version "$(agent_version)" running "$(agent_running)" extensionsEnabled "$(extensions_enabled)")"
  echo
}

facts < /dev/null # this script may come by standard input, which is not for the programs it runs
