"""What would settle an unknown: a short name for what is missing, and the command or page that gets it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Need:
    label: str
    get: str


NEEDS: dict[str, Need] = {
    "instance-view": Need(
        "instance view (Reader)", "az vm get-instance-view --ids … -o json > iv.json, and scan it too"
    ),
    "guest-facts": Need("guest facts", "rows of type snapready/guestfacts: docs/guest-facts.md"),
    "fresh-guest-facts": Need("guest facts that are not stale", "collect them again, or set --max-age"),
    "collection": Need(
        "rows that were not collected", "snapready query --az > collect.sh && sh collect.sh fleet.ndjson"
    ),
    "reference": Need("rows that others refer to", "snapready query --az > collect.sh && sh collect.sh fleet.ndjson"),
    "property": Need("properties that the rows do not have", "snapready explain RESOURCE PATH… names them"),
    "service-tags": Need(
        "service tags of their cloud or region",
        "az network list-service-tags -l REGION -o json > tags.json, and --service-tags tags.json",
    ),
    "first-backup": Need("a first backup", "wait for the first scheduled backup, or run one now"),
    "": Need("something else", "snapready explain RESOURCE PATH… says what"),
}
