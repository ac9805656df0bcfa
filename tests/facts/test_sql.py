"""The marks by which a VM is known to run SQL Server."""

from typing import Any

import pytest

from scanner.model import Row, Unknown
from scanner.rowtypes import EXTENSION, SQL_VM
from tests.rows import OTHER_SUBSCRIPTION, extension, facts_of, header, sql_registration, vm, vm_id

SERVER = {"publisher": "MicrosoftWindowsServer", "offer": "WindowsServer"}
SQL_IMAGE = {"publisher": "MicrosoftSQLServer", "offer": "sql2022-ws2022"}
OWN_IMAGE = {"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/g/images/i"}


def facts(image: Any, *rows: Row, collected: tuple[str, ...] = (SQL_VM, EXTENSION)) -> dict[str, Any]:
    return facts_of([header(rows, *collected), vm(image=image), *rows])


@pytest.mark.parametrize(
    ("image", "mark"),
    [
        (SQL_IMAGE, None),
        ({"publisher": "MICROSOFTSQLSERVER"}, None),
        (SERVER, sql_registration()),
        (SERVER, sql_registration(vm_id().upper())),
        (SERVER, extension()),
        (SERVER, extension(vm_id().upper())),
        (SERVER, extension(publisher="MICROSOFT.SQLSERVER.MANAGEMENT", kind="sqliaasagent")),
    ],
)
@pytest.mark.parametrize("collected", [(), (SQL_VM,), (EXTENSION,), (SQL_VM, EXTENSION)])
def test_one_mark_is_not_enough(image: Any, mark: Row | None, collected: tuple[str, ...]) -> None:
    assert facts(image, *([mark] if mark else []), collected=collected)["sql.detected"] is True


def test_a_vm_without_any_mark_runs_sql() -> None:
    assert facts(SERVER)["sql.detected"] is False
    assert facts(None)["sql.detected"] is False
    assert facts(OWN_IMAGE)["sql.detected"] is False


def test_a_vm_none_of_whose_marks_could_be_read_is_known_to_run_no_sql() -> None:
    found = facts(OWN_IMAGE, collected=())["sql.detected"]
    assert isinstance(found, Unknown)
    assert found.needs == "collection"


@pytest.mark.parametrize("image", ["", 5, [], {"publisher": 5}, {"publisher": ""}])
def test_an_oddly_typed_image_is_a_mark_or_none(image: Any) -> None:
    assert isinstance(facts(image, collected=())["sql.detected"], Unknown)


@pytest.mark.parametrize(
    "mark",
    [
        sql_registration(vm_id("vm1", "rg-other")),
        sql_registration(vm_id(subscription=OTHER_SUBSCRIPTION)),
        extension(vm_id("vm1", "rg-other")),
        extension(publisher="Contoso.Tools"),
        extension(kind="SqlIaaSAgentTools"),
    ],
)
def test_another_vms_mark_or_another_extension_counts(mark: Row) -> None:
    assert facts(SERVER, mark)["sql.detected"] is False


@pytest.mark.parametrize("properties", [None, {}, [], {"publisher": 5, "type": []}, "x"])
def test_an_oddly_typed_extension_or_registration_counts(properties: Any) -> None:
    rows = {"properties": properties}
    found = facts(SERVER, extension() | rows, sql_registration() | rows)
    assert found["sql.detected"] is False
    assert found["sql.registered"] is False


def test_an_extension_or_image_registers_a_vm() -> None:
    assert facts(SQL_IMAGE, extension())["sql.registered"] is False
    assert facts(SERVER, sql_registration())["sql.registered"] is True
    assert facts(SQL_IMAGE, extension(), collected=(EXTENSION,))["sql.registered"].needs == "collection"
