"""Writes the shell script that collects a complete snapshot with az and jq, for somebody with Reader rights only."""

from collections.abc import Iterable

from scanner.queries import SUBSCRIPTIONS, observed, queries
from scanner.rowtypes import EXTENSION, INSTANCE_VIEW, LOCK, RUN_COMMAND, VM

_COMPUTE_API = "2024-07-01"
_LOCKS_API = "2020-05-01"

_SECRETS = {
    EXTENSION: ("settings", "protectedSettings", "protectedSettingsFromKeyVault"),
    RUN_COMMAND: (
        "source", "parameters", "protectedParameters", "runAsUser", "runAsPassword", "outputBlobUri", "errorBlobUri",
        "outputBlobManagedIdentity", "errorBlobManagedIdentity", "instanceView.error",
    ),
    VM: (
        "userData", "osProfile.customData", "osProfile.secrets", "osProfile.adminPassword",
        "diagnosticsProfile.bootDiagnostics",
    ),
}  # fmt: skip
"""Properties that may hold commands and secrets, and that nothing reads: they never reach the snapshot."""

_START = r"""#!/bin/sh
# Collects what snapready judges into one snapshot. It only reads: Resource Graph queries, and a GET for what Resource
# Graph does not hold, such as each VM's instance view. Reader rights are enough; Azure Cloud Shell has all it needs
# (az and jq).
#
# Use: sh collect.sh fleet.ndjson [--subscriptions ID ... | --management-groups ID ...]
#      INSTANCE_VIEWS=no sh collect.sh fleet.ndjson     leaves out the one request for each VM
set -eu

if [ $# -lt 1 ]; then
  echo "use: sh collect.sh fleet.ndjson [--subscriptions ID ... | --management-groups ID ...]" >&2
  exit 2
fi
out=$1
shift
scope="$*"
for tool in az jq; do
  command -v "$tool" > /dev/null || { echo "collect: $tool is not installed" >&2; exit 2; }
done
work=$(mktemp -d)
trap 'rm -rf "$work" "$out.part"' EXIT
trap 'exit 130' HUP INT TERM
: > "$out.part"
taken=$(date -u +%Y-%m-%dT%H:%M:%SZ)

# ask QUERY FILE: every page of a query, one row a line; a page too large for one reply is asked for in smaller ones
ask() {
  : > "$2"
  first=1000
  token=
  while :; do
    if [ -n "$token" ]; then set -- "$1" "$2" --skip-token "$token"; else set -- "$1" "$2"; fi
    query=$1
    rows=$2
    shift 2
    # shellcheck disable=SC2086 # the scope is several words on purpose
    if ! az graph query -q "$query" --first "$first" "$@" $scope -o json > "$work/page" 2> "$work/error"; then
      if grep -q ResponsePayloadTooLarge "$work/error" && [ "$first" -gt 1 ]; then
        first=$((first / 2))
        set -- "$query" "$rows"
        continue
      fi
      cat "$work/error" >&2
      exit 1
    fi
    jq -c "$tidy" "$work/page" >> "$rows"
    token=$(jq -r '.skip_token // empty' "$work/page")
    total=$(jq -r '.total_records // 0' "$work/page")
    set -- "$query" "$rows"
    [ -n "$token" ] || break
  done
}

# ask_all QUERY FILE: the same, for what must not change or be cut off on the way
ask_all() {
  ask "$1" "$2"
  if [ "$(wc -l < "$2")" -lt "$total" ]; then
    echo "collect: only $(($(wc -l < "$2"))) of $total rows came; run it again. The query: $1" >&2
    exit 1
  fi
}

# get URL FILE: one GET; its error is kept for whoever asked
get() {
  az rest --method get --url "$1" -o json > "$2" 2> "$work/error" < /dev/null
}

# what may hold commands and secrets, and nothing reads, is left out
"""

_LOCKS = rf"""
# resource locks are not in Resource Graph: a GET for each subscription, page by page
: > "$work/locks.rows"
: > "$work/locks.totals"
jq -r '.subscriptionId | ascii_downcase' "$work/subscriptions" | sort -u > "$work/ids"
while read -r id; do
  : > "$work/locks"
  url="/subscriptions/$id/providers/Microsoft.Authorization/locks?api-version={_LOCKS_API}"
  error=
  while [ -n "$url" ]; do
    if get "$url" "$work/page"; then
      jq -c --arg id "$id" '.value[] | .subscriptionId = $id' "$work/page" >> "$work/locks"
      url=$(jq -r '.nextLink // empty' "$work/page")
    else
      error="locks could not be read: $(head -n 1 "$work/error")"
      echo "collect: $id: $error" >&2
      url=
    fi
  done
  cat "$work/locks" >> "$work/locks.rows"
  jq -n -c --arg id "$id" --arg error "$error" --argjson total "$(wc -l < "$work/locks")" \
    '{{subscriptionId: $id, type: "{LOCK}", total: $total}} + if $error == "" then {{}} else {{error: $error}} end' \
    >> "$work/locks.totals"
done < "$work/ids"
"""

_END = r"""
# shellcheck disable=SC2016 # $row is jq's
count='reduce inputs as $row ({};
  .[$row.subscriptionId // "" | ascii_downcase][$row.type | ascii_downcase] += ($row.total // 1))'
jq -n -c "$count" "$work/rows" > "$work/received"
jq -n -c "$count" "$work/totals" > "$work/total"
# shellcheck disable=SC2016 # $row is jq's
jq -n -c 'reduce (inputs | select(.error)) as $row ({}; .[$row.subscriptionId][$row.type] = {error: $row.error})' \
  "$work/totals" > "$work/errors"
jq -n -c --arg taken "$taken" --arg scope "${scope:-everything the identity can read}" --argjson types "$types" \
  --slurpfile received "$work/received" --slurpfile total "$work/total" \
  --slurpfile errors "$work/errors" --slurpfile subscriptions "$work/subscriptions" '
  $received[0] as $received
  | $total[0] as $total
  | $errors[0] as $errors
  | ([$subscriptions[].subscriptionId | ascii_downcase] + ($total | keys) + ($received | keys) | unique) as $all
  | {snapready: {version: 1, takenAt: $taken, scope: $scope, collected: (
      reduce $all[] as $s ({}; .[$s] = (
        reduce $types[] as $t ({}; .[$t] = {received: ($received[$s][$t] // 0), total: ($total[$s][$t] // 0)}
          + ($errors[$s][$t] // {})))))}}
' > "$work/snapshot"
cat "$work/rows" >> "$work/snapshot"
"""

_RUN_COMMANDS = rf"""
# what a run command wrote is only in the reply to a GET of its own, which takes the place of its row
jq -c 'select((.type | ascii_downcase) == "{RUN_COMMAND}")' "$work/rows" > "$work/commands"
if [ -s "$work/commands" ]; then
  jq -c 'select((.type | ascii_downcase) != "{RUN_COMMAND}")' "$work/rows" > "$work/others"
  failed=0
  while read -r row; do
    printf '%s\n' "$row" > "$work/row"
    id=$(jq -r '.id' "$work/row")
    if get "$id?\$expand=instanceView&api-version={_COMPUTE_API}" "$work/view"; then
      jq -c --slurpfile reply "$work/view" ".properties = \$reply[0].properties | $drop" "$work/row" >> "$work/others"
    else
      cat "$work/row" >> "$work/others"
      failed=$((failed + 1))
      echo "collect: $id: $(head -n 1 "$work/error")" >&2
    fi
  done < "$work/commands"
  mv "$work/others" "$work/rows"
  [ "$failed" = 0 ] || echo "collect: $failed run commands could not be read; what they would tell stays unknown" >&2
fi
"""

_VIEWS = rf"""
if [ "${{INSTANCE_VIEWS:-yes}}" != no ]; then
  jq -r 'select((.type | ascii_downcase) == "{VM}") | .id' "$work/rows" > "$work/vms"
  # shellcheck disable=SC2016 # $vm is jq's
  view='del(.bootDiagnostics, .patchStatus)
    | (.extensions[]?, .vmAgent.extensionHandlers[]?) |= (del(.substatuses)
      | if ((.type // "") | ascii_downcase | contains("recoveryservices")) then .
        else del(.statuses[]?.message, .status.message) end)
    | {{id: ($vm + "/instanceView"), type: "{INSTANCE_VIEW}",
      subscriptionId: ($vm | split("/")[2]), properties: .}}'
  failed=0
  while read -r vm; do
    if get "$vm/instanceView?api-version={_COMPUTE_API}" "$work/view"; then
      jq -c --arg vm "$vm" "$view" "$work/view" >> "$work/snapshot"
    else
      failed=$((failed + 1))
      echo "collect: $vm: $(head -n 1 "$work/error")" >&2
    fi
  done < "$work/vms"
  [ "$failed" = 0 ] || echo "collect: $failed instance views could not be read; what they would tell stays unknown" >&2
fi
"""

_FINISH = r"""
mv "$work/snapshot" "$out.part"
mv "$out.part" "$out"
echo "collect: $(($(wc -l < "$out") - 1)) rows in $out; now: snapready scan $out" >&2
"""


def script(row_types: Iterable[str]) -> str:
    """The whole script for these row types."""
    wanted = sorted(set(row_types))
    asked = queries(wanted)
    types = {name for query in asked for name in query.types}
    files = [query.name() for query in asked]
    lines = [_START.rstrip("\n"), f"drop='{_drop()}'", 'tidy=".data[] | $drop"']
    locks = LOCK in wanted
    lines.append("types='[" + ", ".join(f'"{name}"' for name in sorted(types | ({LOCK} if locks else set()))) + "]'\n")
    lines.append(f'ask_all "{SUBSCRIPTIONS}" "$work/subscriptions"')
    for file, query in zip(files, asked, strict=True):
        lines.append(f'ask "{query.text()}" "$work/{file}.rows"')
        lines.append(f'ask_all "{query.count()}" "$work/{file}.totals"')
    if locks:
        files.append("locks")
        lines.append(_LOCKS)
    for kind in ("rows", "totals"):
        names = " ".join(["/dev/null", *(f'"$work/{file}.{kind}"' for file in files)])
        lines.append(f'cat {names} > "$work/{kind}"')
    text = "\n".join(lines) + "\n"
    if RUN_COMMAND in types:
        text += _RUN_COMMANDS
    text += _END
    if INSTANCE_VIEW in observed(wanted):
        text += _VIEWS
    return text + _FINISH


def _drop() -> str:
    """jq that takes the secrets out of a row."""
    cases = [
        f'if ((.type // "") | ascii_downcase) == "{row_type}" then del('
        + ", ".join(f".properties.{name}" for name in names)
        + ") else . end"
        for row_type, names in _SECRETS.items()
    ]
    return " | ".join(cases)
