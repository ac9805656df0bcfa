"""explain from the command line: with a resource, with an error, with both; what is wrong with the call is said."""

import io
from pathlib import Path

import pytest

from tests.cli.running import OWN, ROOT, Command
from tests.sources.material import ndjson, put, widget

CONTOSO = ROOT / "examples" / "contoso"


def test_an_error_alone_needs_a_file(snapready: Command) -> None:
    done = snapready("explain", "--error", "snapshot VM sub-task timed out")
    assert done.code == 0
    assert done.err == ""
    assert "that is: Snapshot VM sub task timed out" in done.out
    order = [done.out.index(name) for name in ("outbound-to-storage", "agent-version", "staggered-schedules")]
    assert order == sorted(order)
    assert "snapready explain VM PATH… --error 'Snapshot VM sub task timed out'" in done.out


def test_an_error_in_full_leaves_out_why_and_fix(snapready: Command) -> None:
    done = snapready("explain", "--error", "UserErrorVmNotInDesirableState", "--full")
    assert "az vm reapply -g GROUP -n VM" in done.out
    assert "why  Backup needs a VM that is Running" in done.out


def test_a_job_on_standard_input_is_not_read(snapready: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('[{"errorTitle": "VMSnapshot extension operation failed"}]'))
    done = snapready("explain", "--error", "-")
    assert done.code == 0
    assert "agent-version" in done.out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("disk on fire", "'disk on fire' is none of the "),
        ("UserErorGuestAgentStatusUnavailble", "did you mean\n  UserErrorGuestAgentStatusUnavailable"),
        ("", "--error: the text is empty"),
        (" \n", "--error: the text is empty"),
    ],
)
def test_an_error_that_nobody_knows_is_explained(text: str, said: str, snapready: Command) -> None:
    done = snapready("explain", "--error", text)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_an_error_that_no_policy_judges_is_not_answered(snapready: Command) -> None:
    done = snapready("explain", "--error", "ExtensionSnapshotFailedNoSecureNetwork")
    assert done.code == 0
    assert "no policy judges it" in done.out
    assert "SchUseStrongCrypto" in done.out


def test_a_resource_is_told_of_policies_that_do_not_speak_to_the_error(snapready: Command) -> None:
    done = snapready("explain", "app03", CONTOSO, "--error", "VM Agent unable to communicate with Azure Backup")
    assert done.code == 0
    assert "only the policies that speak to it are shown" in " ".join(done.out.split())
    assert "2  AGENT" in done.out
    assert "4  SNAPSHOT" not in done.out
    assert "wrong too, though it does not speak to that error: outbound-to-storage" in done.out


def test_a_resource_is_not_explained_for_an_error_that_nobody_knows(snapready: Command) -> None:
    done = snapready("explain", "app03", CONTOSO, "--error", "Snapshot VM sub task timeout")
    assert done.code == 0
    assert "(did you mean 'Snapshot VM sub task timed out'?): all policies are shown" in " ".join(done.out.split())
    assert "1  WAY OUT" in done.out


def test_a_policy_of_ones_own_does_not_speak_to_its_errors(tmp_path: Path, snapready: Command) -> None:
    folder = tmp_path / "widget-err"
    folder.mkdir()
    text = (Path(OWN[1]) / "widget-ok" / "policy.yaml").read_text("utf-8")
    (folder / "policy.yaml").write_text(f"{text}\nerrors: [Widget went wrong]\n", "utf-8")
    done = snapready("explain", "--policies", tmp_path, "--error", "the widget WENT wrong!")
    assert done.code == 0
    assert "widget-err" in done.out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "required: RESOURCE and PATH, or --error TEXT"),
        (["web03"], "required: PATH, with the rows that 'web03' is among"),
        (["web03", "--error", "Snapshot VM sub task timed out"], "required: PATH, with the rows that 'web03' is among"),
    ],
)
def test_a_call_that_is_not_whole_is_taken(given: list[str], said: str, snapready: Command) -> None:
    done = snapready("explain", *given)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_subject_of_another_type_gets_commands_for_vms(tmp_path: Path, snapready: Command) -> None:
    file = put(tmp_path, "fleet.ndjson", ndjson([widget("w1", ok=False)]))
    done = snapready("explain", "w1", file, *OWN, "--select", "widget-ok", "--full")
    assert done.code == 0
    assert "az " not in done.out
    assert "logs" not in done.out


def test_a_plan_gets_commands_for_what_is_not_there(snapready: Command) -> None:
    plan = ROOT / "examples" / "pull-request" / "bicep" / "main.json"
    listed = snapready("scan", plan, "--report", "json=-")
    name = next(line for line in listed.out.split('"') if "/virtualMachines/" in line).rsplit("/", 1)[-1]
    done = snapready("explain", name, plan)
    assert done.code == 0, done.err
    assert "as it would be deployed" in done.out
    assert "\n    $ " not in done.out
    assert "logs    " not in done.out
    assert "--over FLEET" in done.out
