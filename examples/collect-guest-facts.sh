#!/bin/sh
# Runs the guest script in many VMs with Run Command, 20 at a time, and keeps what each one answers:
#   sh collect-guest-facts.sh ANSWERS [options of az vm list, such as --resource-group GROUP or --subscription ID]
# Then: snapready ingest ANSWERS -o guestfacts.ndjson
#
# Needs az, signed in, with the action Microsoft.Compute/virtualMachines/runCommand/action on the VMs, and snapready.
# A VM that is off, or whose agent does not answer, is named and left out; PARALLEL=50 runs it in more VMs at a time.
set -eu
answers=${1:?the folder for the answers}
shift
mkdir -p "$answers"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export answers work

snapready guest-script linux > "$work/linux.sh"
snapready guest-script windows > "$work/windows.ps1"
az vm list "$@" --query '[].[id, storageProfile.osDisk.osType]' -o tsv > "$work/vms"

# one VM: ID SYSTEM; its answer lies under ANSWERS/SUBSCRIPTION/GROUP/VM.json, which tells ingest whose it is
cat > "$work/one.sh" << 'ONE'
id=$1
case $2 in
  Linux) command=RunShellScript script=$work/linux.sh ;;
  Windows) command=RunPowerShellScript script=$work/windows.ps1 ;;
  *) command='' script='' ;;
esac
IFS=/
# shellcheck disable=SC2086 # an id is cut at its slashes on purpose
set -- $id
unset IFS
name=$3/$5/$9
if az vm run-command invoke --ids "$id" --command-id "$command" --scripts "@$script" -o json \
  > "$work/$9.$$.json" 2> "$work/$9.$$.error" < /dev/null; then
  mkdir -p "$answers/$3/$5"
  mv "$work/$9.$$.json" "$answers/$name.json"
else
  echo "collect: $name: $(head -n 1 "$work/$9.$$.error")" >&2
  exit 1
fi
ONE

failed=0
xargs -P "${PARALLEL:-20}" -L 1 sh "$work/one.sh" < "$work/vms" || failed=1
echo "collect: $(wc -l < "$work/vms") VMs were asked; now: snapready ingest $answers -o guestfacts.ndjson" >&2
exit "$failed"
