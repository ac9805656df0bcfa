"""The scripts that scan in pipelines, run with a fake snapready: arguments, exit codes, files, hostile values."""

import re
from pathlib import Path

import pytest

from scanner.arguments import parser
from tests.pipelines.scripts import Bench, Ran, action_scan, action_steps, azure_scan

HOSTILE = [
    '"; touch owned; "',
    "$(touch owned)",
    "`touch owned`",
    "a b  c",
    "'; touch owned; '",
    "--report=json=owned",
    "*",
    "&& touch owned",
    "${HOME}",
]


class Github:
    """The action's scan on a runner."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.temp = bench.folder / "runner temp"
        self.temp.mkdir(exist_ok=True)
        self._output, self._summary = bench.folder / "output", bench.folder / "summary"

    def run(self, given: dict[str, str] | None = None, *, code: int = 0, writes: str = "", says: str = "fine") -> Ran:
        self._output.write_text("")
        self._summary.write_text("before\n")
        step = action_scan()
        defaults = dict.fromkeys(step["env"], "") | {"CLOUD": "public"}
        assert set(given or {}) <= set(defaults)
        runner = {
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_OUTPUT": str(self._output),
            "GITHUB_STEP_SUMMARY": str(self._summary),
        }
        return self.bench.run(step["run"], {**defaults, **(given or {}), **runner}, code=code, writes=writes, says=says)

    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self._output.read_text().splitlines())

    def summary(self) -> str:
        return self._summary.read_text()


class Azure:
    """The pipeline's scan on an agent."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.staging = bench.folder / "staging area"
        self.staging.mkdir(exist_ok=True)

    def run(self, given: dict[str, str] | None = None, *, code: int = 0, writes: str = "", says: str = "fine") -> Ran:
        step = azure_scan()
        defaults = dict.fromkeys(step["env"], "") | {"FAIL_ON": "error", "UNKNOWN": "warn"}
        assert set(given or {}) <= set(defaults)
        agent = {"BUILD_ARTIFACTSTAGINGDIRECTORY": str(self.staging)}
        return self.bench.run(
            step["inputs"]["inlineScript"],
            {**defaults, **(given or {}), **agent},
            code=code,
            writes=writes,
            says=says,
        )


@pytest.fixture
def github(bench: Bench) -> Github:
    return Github(bench)


@pytest.fixture
def azure(bench: Bench) -> Azure:
    return Azure(bench)


def asked(ran: Ran) -> list[str]:
    """The arguments but the reports, which lie where the runner says."""
    return [argument for argument in ran.arguments if not argument.startswith("--report=")]


def reports(ran: Ran) -> dict[str, str]:
    found = [argument.split("=", 2)[1:] for argument in ran.arguments if argument.startswith("--report=")]
    return {form: file for form, file in found if "/" in file or file == "-"}


@pytest.mark.parametrize("code", [0, 1, 3])
def test_github_loses_the_exit_code_or_a_report(github: Github, code: int) -> None:
    ran = github.run(code=code)
    assert ran.code == 0, "alerts and results are uploaded first; the last step ends with the scan's own code"
    outputs = github.outputs()
    assert outputs["exit-code"] == str(code)
    written = reports(ran)
    assert written.pop("text") == "-"
    assert set(written) == {"json", "markdown", "junit", "sarif-github"}
    assert {outputs["results"], outputs["junit"], outputs["sarif"]} == set(written.values()) - {written["markdown"]}
    assert outputs["results"] == written["json"]
    assert outputs["sarif"] == written["sarif-github"]
    assert all(Path(file).parent.parent == github.temp for file in written.values())
    assert github.summary() == "before\nthe markdown\n"


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_githubs_last_step_ends_otherwise(bench: Bench, code: int) -> None:
    assert bench.run(action_steps()[-1]["run"], {"CODE": str(code)}).code == code


def test_github_uploads_files_that_were_not_written(github: Github) -> None:
    assert github.run(code=2).code == 0
    assert github.outputs() == {"exit-code": "2"}
    assert github.summary() == "before\nsnapready exited 2 and judged nothing; the log says why.\n"


def test_two_scans_of_one_job_write_over_each_other(github: Github) -> None:
    assert reports(github.run())["json"] != reports(github.run())["json"]


def test_github_without_inputs_asks_for_more_than_the_defaults(github: Github) -> None:
    assert asked(github.run()) == ["scan", "azure", "--credential=azure-cli", "--cloud=public"]


def test_a_list_of_github_does_not_arrive(github: Github) -> None:
    given = {
        "SUBSCRIPTIONS": "a,b\n\n  c \r\n",
        "MANAGEMENT_GROUPS": "m1\nm2",
        "EXPECT_SUBSCRIPTIONS": "my subscriptions.txt",
        "POLICIES": "own policies\nmore",
        "SELECT": "agent-version,guest-dhcp",
        "ARGS": "--max-age=12h\n--set\nagent-version.least=1.2",
        "FAIL_ON": "warning",
        "UNKNOWN": "fail",
        "CLOUD": "china",
    }
    assert asked(github.run(given))[3:] == [
        "--cloud=china", "--subscription=a,b", "--subscription=c", "--management-group=m1", "--management-group=m2",
        "--expect-subscriptions=my subscriptions.txt", "--policies=own policies", "--policies=more",
        "--select=agent-version,guest-dhcp", "--fail-on=warning", "--unknown=fail",
        "--max-age=12h", "--set", "agent-version.least=1.2",
    ]  # fmt: skip


def test_snapready_does_not_take_what_the_pipelines_say(github: Github, azure: Azure) -> None:
    lists = {"SUBSCRIPTIONS": "a,b", "MANAGEMENT_GROUPS": "m", "EXPECT_SUBSCRIPTIONS": "file"}
    own = {"POLICIES": "own", "SELECT": "agent-version", "ARGS": "--max-age=12h", "CLOUD": "usgovernment"}
    for ran in (github.run({**lists, **own}), azure.run(lists)):
        args = parser().parse_args(ran.arguments)
        assert args.path == ["azure"]
        assert (args.subscription, args.management_group) == (["a,b"], ["m"])
        assert (args.credential, args.expect_subscriptions) == ("azure-cli", "file")


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_input_of_github_becomes_code_or_another_option(github: Github, value: str) -> None:
    names = set(action_scan()["env"]) - {"ARGS"}
    ran = github.run(dict.fromkeys(names, value))
    assert ran.code == 0
    given = [argument.partition("=") for argument in ran.arguments[3 : 3 + len(names)]]
    assert [text for _, _, text in given] == [value] * len(names)
    assert sorted(option for option, _, _ in given) == sorted(
        {"--cloud", "--subscription", "--management-group", "--expect-subscriptions", "--policies", "--select"}
        | {"--fail-on", "--unknown"}
    )
    assert list(github.bench.work.iterdir()) == []


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_argument_of_github_becomes_code_or_two_arguments(github: Github, value: str) -> None:
    assert github.run({"ARGS": f"{value}\n--verbose"}).arguments[4:6] == [value, "--verbose"]
    assert {path.read_text() for path in github.bench.work.iterdir()} <= {"the json\n"}, "as the user asked for"


def test_a_second_line_of_a_hostile_input_becomes_another_option(github: Github) -> None:
    assert "--fail-on=--fail-on=never" in github.run({"FAIL_ON": "error\n--fail-on=never"}).arguments


def test_a_tag_of_a_vm_speaks_to_githubs_runner(github: Github) -> None:
    log = github.run(says="tag\n::error::owned\n::stop-commands::x\n::x::").log
    stop = re.match(r"::stop-commands::([0-9a-f]{32})\n", log)
    assert stop
    assert log.endswith(f"\n::{stop[1]}::\n")
    assert "to standard error" in log.split(stop[0])[1]
    assert stop[1] not in github.run().log, "whoever can guess it can end it"


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_azure_loses_the_exit_code_or_a_report(azure: Azure, code: int) -> None:
    ran = azure.run(code=code)
    assert ran.code == code
    written = reports(ran)
    assert written.pop("text") == "-"
    assert written == {
        "json": f"{azure.staging}/results.json",
        "markdown": f"{azure.staging}/summary.md",
        "junit": f"{azure.staging}/junit.xml",
        "sarif": f"{azure.staging}/results.sarif",
    }
    assert ("##vso[task.uploadsummary]" in ran.log) == (code != 2)
    assert "to standard error" in ran.log


def test_azure_without_parameters_asks_for_more_than_the_defaults(azure: Azure) -> None:
    assert asked(azure.run()) == ["scan", "azure", "--credential=azure-cli", "--fail-on=error", "--unknown=warn"]


@pytest.mark.parametrize("value", [*HOSTILE, "error\n--fail-on=never"])
def test_a_hostile_parameter_of_azure_becomes_code_or_another_option(azure: Azure, value: str) -> None:
    ran = azure.run(dict.fromkeys(azure_scan()["env"], value))
    assert ran.code == 0
    assert asked(ran)[3:] == [
        f"{option}={value}"
        for option in ("--management-group", "--subscription", "--expect-subscriptions", "--fail-on", "--unknown")
    ]
    assert list(azure.bench.work.iterdir()) == []


def test_a_tag_of_a_vm_speaks_to_azures_agent(azure: Azure) -> None:
    ran = azure.run(code=1, writes="json", says="tag ##vso[task.setvariable variable=x]owned\n##[error]owned")
    assert ran.code == 1
    assert "##vso" not in ran.log
    assert "##[" not in ran.log
    assert "# #vso[task.setvariable variable=x]owned" in ran.log
