"""The same repairs as code: Terraform that parses, Bicep that says what ARM says, templates that close the finding."""

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import hcl2
import pytest

from scanner.repairs.kinds import kinds
from scanner.repairs.model import Book, Template
from scanner.repairs.write import arm, terraform
from scanner.repairs.write.files import files
from scanner.scan import scan
from scanner.sources.iac.detect import kind_of
from tests.cli.running import Command
from tests.material import CONTOSO
from tests.repairs.making import OPTIONS, contoso, policies

NASTY = ["it's", "${a}", "%{if}", 'a"b', "x\\y", "[not()]", "ünï", "a\tb"]


@pytest.fixture(scope="module", name="contoso")
def contoso_told() -> Book:
    return contoso()


def templates(book: Book) -> list[Template]:
    return [template for one in book.repairs for template in one.repair.templates]


def unquoted(value: Any) -> Any:
    """What the parser leaves quotes around."""
    if isinstance(value, dict):
        return {unquoted(name): unquoted(one) for name, one in value.items() if name != "__is_block__"}
    if isinstance(value, list):
        return [unquoted(one) for one in value]
    if isinstance(value, str) and value.startswith('"'):
        return json.loads(value).replace("$${", "${").replace("%%{", "%{")
    return value


def test_terraform_parses_and_says_what_the_template_says(contoso: Book) -> None:
    rules = [one for template in templates(contoso) for one in template.resources if "securityRules" in one[0]]
    found = []
    for template in templates(contoso):
        parsed = unquoted(hcl2.load(StringIO(template.terraform)))
        found += [body for block in parsed["resource"] for kind in block.values() for body in kind.values()]
    for _, _, segments, body in rules:
        if not segments[1].startswith("AllowBackup"):
            continue  # a rule that makes room is changed where it is written
        (own,) = [
            one
            for one in found
            if one.get("name") == segments[1] and one.get("network_security_group_name") == segments[0]
        ]
        assert own["priority"] == body["priority"]
        assert own["destination_address_prefix"] == body["destinationAddressPrefix"]
        assert own["destination_port_range"] == body["destinationPortRange"]
        assert (own["direction"], own["access"], own["protocol"]) == ("Outbound", "Allow", body["protocol"])
    items = [one for template in templates(contoso) for one in template.resources if "protectedItems" in one[0]]
    moved = {(one["source_vm_id"], one["backup_policy_id"]) for one in found if "source_vm_id" in one}
    assert moved == {(body["sourceResourceId"], body["policyId"]) for *_, body in items}
    assert items


@pytest.mark.parametrize("text", NASTY)
def test_texts_are_just_texts_to_terraform(text: str) -> None:
    block = terraform.block("a", "b", {"x": text, "y": [text], "z": {text: {"deep": text}}})
    ((kind,),) = [one.values() for one in unquoted(hcl2.load(StringIO(block)))["resource"]]
    assert kind["b"] == {"x": text, "y": [text], "z": {text: {"deep": text}}}


LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'")


def read_bicep(text: str) -> Any:
    """The properties of a resource in Bicep, read back: objects, lists, texts, numbers."""

    def literal(match: re.Match[str]) -> str:
        body = re.sub(r"\\u\{([0-9a-f]+)\}", lambda one: chr(int(one[1], 16)), match[1])
        plain = re.sub(r"\\([nrt\\'$])", lambda one: {"n": "\n", "r": "\r", "t": "\t"}.get(one[1], one[1]), body)
        assert "${" not in re.sub(r"\\\$\{", "", match[1]), "an expression inside of a text"
        return json.dumps(plain)

    pieces = LITERAL.sub(literal, text)
    pieces = re.sub(
        r'^(\s*)([A-Za-z_]\w*|"(?:[^"\\]|\\.)*"): ',
        lambda one: f"{one[1]}{_name(one[2])}: ",
        pieces,
        flags=re.MULTILINE,
    )
    pieces = re.sub(r"(?<![\[{,])\n(?=\s*[^\s\]}])", ",\n", pieces)
    return json.loads(pieces)


def _name(written: str) -> str:
    return written if written.startswith('"') else json.dumps(written)


def test_bicep_says_what_the_template_says(contoso: Book) -> None:
    for template in templates(contoso):
        document = json.loads(arm.template(template))
        text = arm.bicep(template)
        assert text.count("{") == text.count("}")
        blocks = re.findall(r"resource (made\d+) '([^']+)@([^']+)' = \{\n(.*?)\n\}\n", text, re.DOTALL)
        assert len(blocks) == len(document["resources"])
        for (symbol, kind, api, body), resource in zip(blocks, document["resources"], strict=True):
            assert (kind, api) == (resource["type"], resource["apiVersion"])
            properties = re.search(r"  properties: (\{\n.*?\n  \})(?:\n|$)", body, re.DOTALL)
            assert properties
            assert read_bicep(properties[1]) == resource["properties"], symbol
            parent = re.search(r"  parent: (\w+)", body)
            assert parent
            assert re.search(rf"resource {parent[1]} '{re.escape(kind.rpartition('/')[0])}@{api}' existing = ", text)
            assert f"  name: '{resource['name'].rsplit('/', 1)[-1]}'" in body


@pytest.mark.parametrize("text", [*NASTY, "\n", "\u202e", "\\${x}"])
def test_texts_are_just_texts_to_bicep(text: str) -> None:
    assert read_bicep(f"{{\n  x: {arm.text(text)}\n}}") == {"x": text}


def test_a_template_laid_over_the_fleet_closes_what_it_is_for(
    contoso: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Read by the reader of templates, which knows nothing of repairs."""
    by = ",".join(kinds()["nsg_allow"].policies)
    told = files(contoso)
    ones = [(number, one) for number, one in enumerate(contoso.repairs, 1) if one.repair.kind == "nsg-allow"]
    assert len(ones) > 4
    for number, one in ones:
        (template,) = one.repair.templates
        path = tmp_path / f"{number}.json"
        path.write_text(told[f"{contoso.folder(number)}/{template.like}.json"], "utf-8")
        assert kind_of(str(path)) == "arm"
        scope = f"/subscriptions/{template.subscription}/resourceGroups/{template.group}"
        results = tmp_path / "results.json"
        Command(capsys)(
            "scan", path, "--over", CONTOSO, "--scope", scope, "--select", by, "--all", "--report", f"json={results}"
        )
        after = {
            (result["policy"], result["resource"].lower()): result["verdict"]
            for result in json.loads(results.read_text("utf-8"))["results"]
        }
        for finding in one.repair.closes:
            assert after[finding.key] == "pass"


def test_a_template_that_protects_a_list_laid_over_the_fleet_protects_each_of_it(
    contoso: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = files(contoso)
    ones = [(number, one) for number, one in enumerate(contoso.repairs, 1) if one.repair.codes]
    assert len(ones) == 3
    for number, one in ones:
        (code,) = one.repair.codes
        path = tmp_path / f"{number}.json"
        path.write_text(told[f"{contoso.folder(number)}/{code.like}.json"], "utf-8")
        first = one.repair.closes[0].subject
        group, vault, policy = (setting.value for setting in one.repair.settings)
        if not vault:
            choice = one.repair.settings[0].choices[0].partition(" #")[0]
            group, vault, policy = (word.partition("=")[2] for word in choice.split())
        scope = f"/subscriptions/{first.subscription}/resourceGroups/{group}"
        results = tmp_path / "results.json"
        given = ("--parameters", f"vault={vault}", "--parameters", f"policy={policy}")
        report = ("--select", "protected", "--all", "--report", f"json={results}")
        done = Command(capsys)("scan", path, "--over", CONTOSO, "--scope", scope, *given, *report)
        after = {
            result["resource"].lower(): result["verdict"]
            for result in json.loads(results.read_text("utf-8"))["results"]
        }
        assert [after[finding.subject.key] for finding in one.repair.closes] == ["pass"] * len(one.repair.closes), done


def test_terraform_of_a_list_parses_and_has_its_variables(contoso: Book) -> None:
    for one in contoso.repairs:
        for code in one.repair.codes:
            parsed = unquoted(hcl2.load(StringIO(code.texts["tf"])))
            assert [name for block in parsed["variable"] for name in block] == ["vault_group", "vault", "policy"]
            ((kind,),) = [block.items() for block in parsed["resource"]]
            assert kind[0].strip('"') == "azurerm_backup_protected_vm"


def test_the_scan_of_the_fleet_itself_still_fails_there(contoso: Book) -> None:
    """So that the templates are what closes it."""
    from scanner.sources.snapshot import Files

    (judged,) = scan(Files([str(CONTOSO)]), policies("outbound-to-storage"), OPTIONS).judged
    failing = {
        subject.key
        for subject, outcome in zip(judged.subjects, judged.outcomes, strict=True)
        if outcome.verdict == "fail"
    }
    closes = [finding for one in contoso.repairs for finding in one.repair.closes]
    assert failing > {finding.subject.key for finding in closes if finding.policy == "outbound-to-storage"}
