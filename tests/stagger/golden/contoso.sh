#!/bin/sh
# Staggers the backups of 2 groups: 3 VMs at another time.
# Written by snapready from rows taken at 2026-11-22T01:00:00Z; judged again with these moves, nothing gets worse
#
# It changes backup policies, and by which of them VMs go, and nothing else. Read it before you run it.
# Backup Contributor rights on the vaults are enough. Each VM stays in its vault: set-policy knows no other way.
# What Terraform, Bicep or Azure Policy also set must be changed there as well, or they undo it.
set -eu
command -v az > /dev/null || { echo "restagger: az is not installed" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# start SUBSCRIPTION GROUP VAULT POLICY FROM TO: that policy, as Azure has it now, with another start
start() {
  az backup policy show --subscription "$1" -g "$2" -v "$3" -n "$4" -o json > "$work/before.json"
  sed "s/T$5:/T$6:/g" "$work/before.json" > "$work/after.json"
  if cmp -s "$work/before.json" "$work/after.json"; then
    echo "restagger: backup policy $4 in $3 does not start at $5 any more; nothing more was done" >&2
    exit 1
  fi
}

# move SUBSCRIPTION GROUP VAULT CONTAINER ITEM POLICY: that VM's backups go by another policy
move() {
  az backup item set-policy --subscription "$1" -g "$2" -v "$3" -c "$4" -n "$5" --policy-name "$6" \
    --backup-management-type AzureIaasVM --workload-type VM -o none
  echo "restagger: $5 goes by backup policy $6"
}


# as-app
move 3f6c1b2e-8a41-4d57-9c0e-5b7d2a9e1c40 rg-backup-weu rsv-prod-weu 'iaasvmcontainer;iaasvmcontainerv2;rg-app;app05' 'vm;iaasvmcontainerv2;rg-app;app05' daily-2300  # app05: was daily-2200, 22:00
move 3f6c1b2e-8a41-4d57-9c0e-5b7d2a9e1c40 rg-backup-weu rsv-prod-weu 'iaasvmcontainer;iaasvmcontainerv2;rg-app;app06' 'vm;iaasvmcontainerv2;rg-app;app06' daily-2300  # app06: was daily-2200, 22:00

# as-erp
move 3f6c1b2e-8a41-4d57-9c0e-5b7d2a9e1c40 rg-backup-weu rsv-prod-weu 'iaasvmcontainer;iaasvmcontainerv2;rg-erp;erp02' 'vm;iaasvmcontainerv2;rg-erp;erp02' daily-2300  # erp02: was daily-2200, 22:00
