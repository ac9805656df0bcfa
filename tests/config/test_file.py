"""snapready.yaml: found, read with places, below the command line and above the defaults."""

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from tests.cli.running import Command
from tests.config.conftest import CONTOSO

Write = Callable[[str], Path]


def shown(snapready: Command, *arguments: str) -> dict[str, tuple[str, str]]:
    """Setting → (value, who says so), as `config show` prints them."""
    done = snapready("config", "show", *arguments)
    assert done.code == 0, done.err
    rows = [line.rstrip().rsplit("  ", 1) for line in done.out.splitlines()]
    return {row[0].split(None, 1)[0]: (row[0].partition(" ")[2].strip(), row[1]) for row in rows}


def test_a_setting_of_the_file_that_does_not_hold(snapready: Command, configured: Write) -> None:
    configured('gate:\n  fail-on: warning\nmax-age: 36h\nparams:\n  agent-version:\n    linux: "2.4.0.2"\n')
    found = shown(snapready)
    assert found["gate.fail-on"] == ("warning", "snapready.yaml:2:12")
    assert found["max-age"] == ("36h", "snapready.yaml:3:10")
    assert found["params.agent-version.linux"] == ("2.4.0.2", "snapready.yaml:6:12")
    assert found["params.agent-version.windows"] == ("2.7.41491.1010", "the policy")
    assert found["gate.unknown"] == ("warn", "default")


def test_an_option_that_does_not_win_over_the_file(snapready: Command, configured: Write) -> None:
    configured('gate:\n  fail-on: warning\nparams:\n  agent-version:\n    linux: "2.4.0.2"\n')
    found = shown(snapready, "--fail-on", "note", "--set", "agent-version.linux=2.5")
    assert found["gate.fail-on"] == ("note", "--fail-on")
    assert found["params.agent-version.linux"] == ("2.5", "--set")
    assert shown(snapready, "--no-config")["gate.fail-on"] == ("error", "default")


def test_a_gate_of_the_file_that_a_scan_passes_over(snapready: Command, configured: Write) -> None:
    fleet = [str(CONTOSO), "--report", "text=scan.txt"]
    assert snapready("scan", *fleet).code == 1
    configured("gate: {fail-on: never}\n")
    assert snapready("scan", *fleet).code == 0
    assert snapready("scan", *fleet, "--fail-on", "error").code == 1


def test_a_setting_is_shown_that_an_option_passes_over(snapready: Command, configured: Write) -> None:
    configured(
        'policies: {skip: proxy-usable}\nparams: {agent-version: {linux: "2.4.0.0"}}\ngate: {only-new: true}\n'
        "baseline: last.json\nscopes:\n  - name: one\n    where: {resource-group: rg-app}\n"
        '    params: {agent-version: {linux: "2.9.0.0", windows: "2.7.2"}}\n'
    )
    found = shown(snapready, "--no-baseline", "--select", "agent-version", "--set", "agent-version.linux = 2.5.0.0")
    assert found["baseline"] == ("–", "--no-baseline")
    assert found["gate.only-new"] == ("false", "--no-baseline")
    assert "policies.skip" not in found
    assert found["params.agent-version.linux"] == ("2.5.0.0", "--set")
    assert found["scopes.0.params.agent-version.linux"] == ("2.5.0.0", "--set")
    assert found["scopes.0.params.agent-version.windows"] == ("2.7.2", "snapready.yaml:8:57")


def test_a_report_of_the_file_that_is_not_written_beside_it(snapready: Command, configured: Write) -> None:
    folder = configured("").parent
    (folder / "ci").mkdir()
    (folder / "ci" / "gate.yaml").write_text("policies: {select: agent-version}\nreports: {json: out.json}\n", "utf-8")
    done = snapready("scan", str(CONTOSO), "--config", "ci/gate.yaml")
    assert (done.code, done.out) == (1, "")
    value = json.loads((folder / "ci" / "out.json").read_text("utf-8"))
    assert [policy["id"] for policy in value["policies"]] == ["agent-version"]


def test_a_folder_of_policies_that_is_not_seen_from_the_file(snapready: Command, configured: Write) -> None:
    folder = configured("").parent / "sub"
    (folder / "mine").mkdir(parents=True)
    (folder / "gate.yaml").write_text("policies: {folders: mine}\n", "utf-8")
    done = snapready("policies", "list", "--config", "sub/gate.yaml")
    assert (done.code, "sub/mine: the folder holds no policy" in done.err) == (2, True)


def test_a_policy_that_is_skipped_and_judges(snapready: Command, configured: Write) -> None:
    configured("policies:\n  skip: [proxy-usable, guest-dhcp]\n")
    assert not {"severity.proxy-usable", "severity.guest-dhcp"} & set(shown(snapready))
    assert "severity.proxy-usable" in shown(snapready, "--select", "proxy-usable")


def test_a_severity_of_the_file_that_findings_do_not_have(snapready: Command, configured: Write) -> None:
    configured("severity: {outbound-to-storage: note}\n")
    snapready("scan", str(CONTOSO), "--report", "json=out.json", "--select", "outbound-to-storage")
    value = json.loads(Path("out.json").read_text("utf-8"))
    assert {result["severity"] for result in value["results"]} == {"note"}


def test_cases_of_a_policy_that_are_judged_by_other_parameters_than_their_own(
    snapready: Command, configured: Write
) -> None:
    configured('params: {agent-version: {linux: "99.0"}}\nseverity: {agent-version: note}\n')
    assert snapready("policies", "test", "agent-version").code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gate:\n  fail-onn: error\n", "snapready.yaml:2:3: 'fail-onn' has no meaning here, did you mean 'fail-on'?"),
        (
            "gate:\n  fail-on: eror\n",
            "snapready.yaml:2:12: gate.fail-on: 'eror' is none of error, warning, note, never",
        ),
        ("gates: {}\n", "snapready.yaml:1:1: 'gates' has no meaning here, did you mean 'gate'?"),
        ("max-age: 8\n", "snapready.yaml:1:10: max-age must be text, and YAML reads it as a number"),
        ("max-age: 8w\n", "snapready.yaml:1:10: max-age: '8w' does not fit: "),
        ("severity: {agent-versoin: note}\n", "snapready.yaml:1:27: there is no policy 'agent-versoin', did you mean"),
        ("params: {agent-version: {linx: '2'}}\n", "snapready.yaml:1:32: policy agent-version has no parameter 'linx'"),
        ("params: {agent-version: {linux: 2.2}}\n", "snapready.yaml:1:33: agent-version.linux is text, and 2.2 is not"),
        ("params: {staggered-schedules: {minutes: long}}\n", "snapready.yaml:1:41: staggered-schedules.minutes is a"),
        ("policies: {select: [guest-dhpc]}\n", "snapready.yaml:1:20: there is no policy 'guest-dhpc', did you mean"),
        ("policies: {skip: [guest-dhpc]}\n", "snapready.yaml:1:18: there is no policy 'guest-dhpc', did you mean"),
        ("policies: {skip: a, select: b}\n", "select names the policies that judge: skip has no meaning beside it"),
        ("reports: {jsn: out.json}\n", "snapready.yaml:1:10: there is no format 'jsn', did you mean 'json'?"),
        ("reports: {json: gone/out.json}\n", "snapready.yaml:1:10: the folder gone is not there"),
        ("", "snapready.yaml: the file is empty"),
        ("a: [\n", "snapready.yaml:2:1: not valid YAML"),
        ("- a\n", "snapready.yaml:1:1: the configuration must be names with values, and this is a list"),
        ("gate:error\n", "help: a name and its value are parted by a colon and a space"),
        ("gate:\n  only-new: yes\n", "snapready.yaml:2:13: gate.only-new must be true or false, and this is text"),
        ("scopes: {a: b}\n", "snapready.yaml:1:9: scopes must be a list, and this is a mapping"),
        ("policies: {select: []}\n", "snapready.yaml:1:20: policies.select is empty"),
        ("gate:\n\tunknown: fail\n", "help: there is a tab: YAML is indented with spaces"),
        ('anchor: "a\n', "help: a quote is opened above and not closed"),
        ("gate: {unknown: fail\nanchor: a\n", "help: a [ or { is opened and not closed"),
        ("gate:\n  unknown: fail\n only-new: true\n", "help: the line is not indented as those it belongs to"),
        (
            'params: {agent-version: {linux: "2,2"}}\n',
            "snapready.yaml:1:33: agent-version.linux is a dotted version, such",
        ),
        (
            'scopes: [{name: a, where: {resource: "*"}, params: {agent-version: {windows: v2}}}]\n',
            "snapready.yaml:1:78: agent-version.windows is a dotted version, such as 2.7.41491.1010, and 'v2' is not",
        ),
    ],
)
def test_a_mistake_in_the_file_whose_place_is_not_told(
    snapready: Command, configured: Write, text: str, said: str
) -> None:
    configured(text)
    done = snapready("scan", str(CONTOSO))
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_configuration_that_is_missed_in_silence(snapready: Command, configured: Write) -> None:
    folder = configured("gate: {}\n").parent
    (folder / "snapready.yaml").rename(folder / "snapready.yml")
    done = snapready("scan", str(CONTOSO))
    assert (done.code, "the configuration is called snapready.yaml" in done.err) == (2, True)
    done = snapready("scan", str(CONTOSO), "--config", "gone.yaml")
    assert (done.code, "--config: there is no file gone.yaml" in done.err) == (2, True)


def test_a_schema_that_is_not_the_one_the_file_is_held_to(snapready: Command) -> None:
    schema = json.loads(snapready("config", "schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({"gate": {"fail-on": "note"}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"gate": {"fail-on": "eror"}}, schema)
