"""Writes the shell script that collects a complete snapshot with az and jq, for somebody with Reader rights only."""

from collections.abc import Iterable

from scanner.queries import SUBSCRIPTIONS, observed, queries
from scanner.rowtypes import EXTENSION, INSTANCE_VIEW, VM

_API_VERSION = "2024-07-01"

_START = r"""#!/bin/sh
# Collects what snapready judges into one snapshot. It only reads: Resource Graph queries, and a GET of each VM's
# instance view. Reader rights are enough; Azure Cloud Shell has all it needs (az and jq).
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

# settings of extensions may hold commands and secrets, and nothing reads them
"""

_END = r"""
# shellcheck disable=SC2016 # $row is jq's
count='reduce inputs as $row ({};
  .[$row.subscriptionId // "" | ascii_downcase][$row.type | ascii_downcase] += ($row.total // 1))'
jq -n -c "$count" "$work/rows" > "$work/received"
jq -n -c "$count" "$work/totals" > "$work/total"
jq -n -c --arg taken "$taken" --arg scope "${scope:-everything the identity can read}" --argjson types "$types" \
  --slurpfile received "$work/received" --slurpfile total "$work/total" \
  --slurpfile subscriptions "$work/subscriptions" '
  $received[0] as $received
  | $total[0] as $total
  | ([$subscriptions[].subscriptionId | ascii_downcase] + ($total | keys) + ($received | keys) | unique) as $all
  | {snapready: {version: 1, takenAt: $taken, scope: $scope, collected: (
      reduce $all[] as $s ({}; .[$s] = (
        reduce $types[] as $t ({}; .[$t] = {received: ($received[$s][$t] // 0), total: ($total[$s][$t] // 0)}))))}}
' > "$work/snapshot"
cat "$work/rows" >> "$work/snapshot"
"""

_VIEWS = rf"""
if [ "${{INSTANCE_VIEWS:-yes}}" != no ]; then
  jq -r 'select((.type | ascii_downcase) == "{VM}") | .id' "$work/rows" > "$work/vms"
  # shellcheck disable=SC2016 # $vm is jq's
  tidy='{{id: ($vm + "/instanceView"), type: "{INSTANCE_VIEW}",
    subscriptionId: ($vm | split("/")[2]), properties: .}}'
  failed=0
  while read -r vm; do
    url="$vm/instanceView?api-version={_API_VERSION}"
    if az rest --method get --url "$url" -o json > "$work/view" 2> "$work/error" < /dev/null; then
      jq -c --arg vm "$vm" "$tidy" "$work/view" >> "$work/snapshot"
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
    types = [name for query in asked for name in query.types]
    lines = [_START.rstrip("\n")]
    lines.append(
        f'tidy=\'.data[] | if ((.type // "") | ascii_downcase) == "{EXTENSION}"'
        " then del(.properties.settings, .properties.protectedSettings) else . end'"
    )
    lines.append("types='[" + ", ".join(f'"{name}"' for name in sorted(types)) + "]'\n")
    lines.append(f'ask_all "{SUBSCRIPTIONS}" "$work/subscriptions"')
    for query in asked:
        lines.append(f'ask "{query.text()}" "$work/{query.table}.rows"')
        lines.append(f'ask_all "{query.count()}" "$work/{query.table}.totals"')
    tables = [query.table for query in asked]
    for kind in ("rows", "totals"):
        files = " ".join(f'"$work/{table}.{kind}"' for table in tables)
        lines.append(f'cat {files} > "$work/{kind}"')
    text = "\n".join(lines) + "\n" + _END
    if INSTANCE_VIEW in observed(wanted):
        text += _VIEWS
    return text + _FINISH
