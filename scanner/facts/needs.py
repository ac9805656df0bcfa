"""What would settle an unknown: a short name for what is missing, and the command or page that gets it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Need:
    label: str
    get: str


_COLLECT = "snapready snapshot azure -o fleet.ndjson.gz   or   snapready query --az > collect.sh && sh collect.sh …"

NEEDS: dict[str, Need] = {
    "instance-view": Need(
        "instance view (Reader)", "snapready scan azure   or   az vm get-instance-view --ids … -o json > iv.json"
    ),
    "silent-agent": Need(
        "an agent that answers",
        "start the VM or mend its agent, snapready explain VM PATH… says how; then collect its instance view again",
    ),
    "guest-facts": Need(
        "guest facts", "snapready guest-script linux|windows, then snapready ingest: docs/collecting-guest-facts.md"
    ),
    "fresh-guest-facts": Need(
        "guest facts that are not stale", "collect them again: docs/collecting-guest-facts.md; or set --max-age"
    ),
    "metrics": Need(
        "metrics of Azure Monitor (Reader)", "snapready scan azure   or   snapready snapshot azure -o fleet.ndjson.gz"
    ),
    "samples": Need(
        "samples that Azure Monitor did not record",
        "collect again after a night in which the VM ran for the whole window",
    ),
    "collection": Need("rows that were not collected", _COLLECT),
    "reference": Need("rows that others refer to", _COLLECT),
    "property": Need("properties that the rows do not have", "snapready explain RESOURCE PATH… names them"),
    "service-tags": Need(
        "service tags of their cloud or region",
        "az network list-service-tags -l REGION -o json > tags.json, and --service-tags tags.json",
    ),
    "right": Need("a right that the identity lacks", "docs/permissions.md tells which fact needs which"),
    "plan": Need(
        "values that the plan leaves open", "--parameters NAME=VALUE for a template; --over FLEET for what runs already"
    ),
    "deleted": Need(
        "what the change deletes", "keep it, or take the references to it out in the same change: Azure refuses else"
    ),
    "settling": Need("a change that is under way to end", "scan again later"),
    "declared": Need(
        "what a firewall, appliance or gateway lets out", "declared: in snapready.yaml, docs/networks.md shows how"
    ),
    "first-backup": Need("a first backup", "wait for the first scheduled backup, or run one now"),
    "": Need("something else", "snapready explain RESOURCE PATH… says what"),
}

_OVER = "--over FLEET judges the plan with what runs already"
_OF_A_PLAN = {
    "reference": Need("resources that the plan does not state", _OVER),
    "metrics": Need(
        "metrics of Azure Monitor (Reader)", "snapready scan azure   or   snapready snapshot azure -o fleet.ndjson.gz"
    ),
    "collection": Need("rows that the plan does not change", _OVER),
    "property": Need("properties that the plan does not set", "snapready explain RESOURCE PATH… names them"),
}


def need(name: str, stage: str) -> Need:
    """What is missing by its name; of a plan there is nothing to collect."""
    return (_OF_A_PLAN.get(name) if stage == "plan" else None) or NEEDS.get(name, NEEDS[""])
