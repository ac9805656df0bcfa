"""Names of properties in any letter case are read as the facts read them."""

from scanner.facts.catalogue import modules, row_fields
from scanner.model import Fields
from scanner.sources.iac import casing
from scanner.sources.iac.casing import NAMES, canonical


def test_every_name_that_a_fact_reads_is_known_in_any_letter_case() -> None:
    read: set[str] = set()

    def walk(fields: Fields) -> None:
        for name, below in fields.items():
            read.update({name} - {"[]"})
            walk(below)

    for module in modules():
        for row_type, fields in row_fields(module.facts).items():
            if row_type.startswith("microsoft."):
                walk(fields)
    assert read <= NAMES


def test_what_is_written_as_azure_writes_it_is_left_alone() -> None:
    value = {"subnets": [{"properties": {"id": 1}}], "anything": {"Else": [1, {"x": None}]}}
    assert canonical(value) is value


def test_of_two_names_that_differ_in_case_neither_is_lost() -> None:
    assert canonical({"Id": 1, "id": 2}) == {"Id": 1, "id": 2}
    assert canonical({"ID": {"NAME": 1}, "b": [{"Name": 2}]}) == {"id": {"name": 1}, "b": [{"name": 2}]}


def test_a_quoted_flag_or_number_is_what_azure_makes_of_it() -> None:
    rule = {"name": "1", "properties": {"Priority": "100", "destinationPortRange": "443"}}
    assert canonical(rule) == {"name": "1", "properties": {"priority": 100, "destinationPortRange": "443"}}
    assert canonical({"provisionVmAgent": "False", "priority": "high"}) == {
        "provisionVMAgent": False,
        "priority": "high",
    }
    assert canonical({"priority": "Spot", "primary": "maybe", "lun": "²"}) == {
        "priority": "Spot",
        "primary": "maybe",
        "lun": "²",
    }


def test_every_flag_and_number_that_may_be_quoted_is_a_name_that_some_fact_reads() -> None:
    assert casing._FLAGS | casing._NUMBERS <= NAMES
