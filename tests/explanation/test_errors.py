"""What a text speaks of is found whatever its case, dashes and wrapping; what it does not speak of is not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.explanation.errors import Errors, catalogue, look_up, near
from scanner.runbook import known_errors
from tests.explanation.telling import policies

ERRORS = catalogue((policy.head for policy in policies()), known_errors())
TIMED_OUT = "Snapshot VM sub task timed out"
AGENT = "UserErrorGuestAgentStatusUnavailable"
JOB = {
    "errorCode": 400094,
    "errorTitle": "The virtual machine doesn\u2019t exist",
    "errorString": f"Could not communicate with the VM agent for snapshot status.\n{TIMED_OUT}.",
    "recommendations": ["See http://go.microsoft.com/fwlink/?LinkId=800034"],
}


def said(text: str, errors: Errors = ERRORS) -> tuple[str, ...]:
    return look_up(text, errors).said


@pytest.mark.parametrize(
    "text",
    [
        TIMED_OUT,
        "snapshot vm sub-task timed out",
        "“Snapshot VM sub\u2011task timed\u00a0out.”",
        "SNAPSHOT VM SUBTASK TIMED OUT",
        "Snapshot\tVM sub task\n timed out - Please see the troubleshooting guide",
        "error: snapshot_vm_sub_task_timed_out",
    ],
)
def test_another_spelling_hides_a_text(text: str) -> None:
    assert said(text) == (TIMED_OUT,)


@pytest.mark.parametrize(
    "text",
    [
        AGENT,
        AGENT.upper(),
        AGENT.lower(),
        f"Error code: {AGENT}, try again",
        f"({AGENT})",
        f'{{"code":"{AGENT}","x":1}}',
        "user error guest agent status unavailable",
        f"a\\n{AGENT}\\n",
        f"&lt;{AGENT}&gt;",
    ],
)
def test_what_stands_around_a_code_hides_it(text: str) -> None:
    assert said(text) == (AGENT,)


def test_a_whole_job_pasted_is_not_read() -> None:
    found = set(said(json.dumps(JOB)))
    assert {"400094", TIMED_OUT, "Could not communicate with the VM agent for snapshot status"} <= found


def test_a_code_is_found_in_a_longer_one() -> None:
    assert said("ExtensionSnapshotFailedCOM") == ("ExtensionSnapshotFailedCOM",)
    assert said("ExtensionSnapshotFailedCommand") == ()
    assert said("1320001") == ()
    assert said("it fails with 320001") == ("320001",)


def test_a_text_within_another_is_told_twice() -> None:
    found = look_up("UserErrorVmNotInDesirableState", ERRORS)
    assert found.said == ("UserErrorVmNotInDesirableState",)
    assert [policy.id for policy in found.policies] == ["power-state-consistent"]


def test_the_policies_of_an_error_come_in_another_order_than_the_causes() -> None:
    found = look_up(TIMED_OUT, ERRORS).policies
    assert [policy.cause for policy in found] == sorted(policy.cause for policy in found)
    assert {"outbound-to-storage", "agent-version", "guest-dhcp", "sql-vss-copy-backup", "staggered-schedules"} <= {
        policy.id for policy in found
    }


def test_an_error_that_no_policy_judges_is_not_known() -> None:
    found = look_up("UserErrorKeyvaultPermissionsNotConfigured", ERRORS)
    assert found.policies == ()
    assert "key vault" in found.others[0].do


@pytest.mark.parametrize("text", ["", "disk on fire", "Error", "the VM", "Backup", "snapshot", "400", "—", "'\"\\"])
def test_words_that_say_nothing_speak_of_an_error(text: str) -> None:
    assert said(text) == ()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("UserErorGuestAgentStatusUnavailble", AGENT),
        ("job failed: UserErrorGuestAgentStatusUnavailabl!", AGENT),
        ("Snapshot VM sub task timeout", TIMED_OUT),
        ("snapshot sub task has timed out", TIMED_OUT),
        ("agent cannot communicate with azure backup", "VM Agent unable to communicate with Azure Backup"),
        ("VSS writers in a bad state", "Snapshot operation failed because VSS writers were in a bad state"),
    ],
)
def test_a_near_miss_has_no_hint(text: str, meant: str) -> None:
    assert said(text) == ()
    assert meant in near(text, ERRORS)


@pytest.mark.parametrize("text", ["disk on fire", "", "{}", "x" * 5000, "a " * 3000])
def test_a_far_miss_has_a_hint(text: str) -> None:
    assert near(text, ERRORS) == []


@given(st.sampled_from(ERRORS.names()), st.text(max_size=20), st.text(max_size=20))
def test_an_error_is_lost_among_other_text(name: str, before: str, after: str) -> None:
    found = look_up(f"{before} | {name} | {after}", ERRORS)
    squash = "".join(filter(str.isalnum, name)).lower()
    assert any(squash in "".join(filter(str.isalnum, other)).lower() for other in found.said)


@given(st.text(max_size=200))
def test_a_text_breaks_the_search(text: str) -> None:
    look_up(text, ERRORS)
    near(text, ERRORS)


@pytest.mark.parametrize(
    "text",
    [
        "VM Agent is a prerequisite for Azure Recovery Services Extension. Install the Azure VM agent and restart …",
        "The Snapshot operation failed as the snapshot limit has exceeded for some of the disks attached",
        "Invalid policy is configured on the VM which is preventing Snapshot operation.",
        "snapshot result: errorcode: 409 StatusCode.FailedRetryableSnapshotFailedRestrictedNetwork",
    ],
)
def test_an_article_more_or_less_hides_a_text(text: str) -> None:
    assert said(text)
