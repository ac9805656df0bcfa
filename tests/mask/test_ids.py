"""Masked ids keep their structure, and are equal exactly where the ids were, as Azure compares them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from scanner.mask import Mask
from scanner.rowtypes import parent_of, resource_group_of, subscription_of
from tests.mask.material import KEY

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NAMES = st.text(
    st.characters(exclude_characters="/;", exclude_categories=["Cs", "Cc", "Lu", "Lt", "Lo", "Lm"]), min_size=1
)
NAME = st.one_of(
    st.sampled_from(["web01", "WEB01", "a", "tcp", "providers", "subscriptions", "virtualMachines"]), NAMES
)
TYPES = st.sampled_from(
    [
        ("Microsoft.Compute", ("virtualMachines",)),
        ("Microsoft.Compute", ("virtualMachines", "extensions")),
        ("microsoft.network", ("virtualNetworks", "subnets")),
        ("Contoso.Things", ("widgets", "parts", "screws")),
    ]
)


@st.composite
def ids(draw: st.DrawFn) -> str:
    head = draw(st.sampled_from(["/subscriptions", "/Subscriptions"]))
    groups = draw(st.sampled_from(["resourceGroups", "resourcegroups"]))
    namespace, types = draw(TYPES)
    pairs = "".join(f"/{each}/{draw(NAME)}" for each in types)
    last = draw(st.sampled_from(["", "", "/instanceView", "/guestFacts"]))
    return f"{head}/{draw(st.uuids())}/{groups}/{draw(NAME)}/providers/{namespace}{pairs}{last}"


def masked(mask: Mask, identity: str) -> str:
    found = mask.row({"id": identity, "type": "x"})["id"]
    assert isinstance(found, str)
    return found


@given(ids())
def test_an_id_that_loses_its_structure(identity: str) -> None:
    mask = Mask(KEY)
    hidden = masked(mask, identity)
    before, after = identity.split("/"), hidden.split("/")
    assert len(after) == len(before)
    kept = [place for place in range(len(before)) if place in (0, 1, 3, 5, 6) or (place > 6 and place % 2)]
    assert [after[place] for place in kept] == [before[place] for place in kept]
    changed = [place for place in range(len(before)) if place not in kept]
    assert all(after[place] != before[place] for place in changed)
    assert GUID.fullmatch(after[2])


@given(ids(), ids())
def test_ids_that_are_equal_where_they_were_not(one: str, other: str) -> None:
    mask = Mask(KEY)
    assert (masked(mask, one).lower() == masked(mask, other).lower()) == (one.lower() == other.lower())
    assert masked(mask, one.lower()).lower() == masked(mask, one).lower()


@given(ids())
def test_what_is_read_out_of_an_id(identity: str) -> None:
    mask = Mask(KEY)
    hidden = masked(mask, identity)
    assert parent_of(hidden) == masked(mask, parent_of(identity))
    assert subscription_of(hidden) == mask.subscription(subscription_of(identity))
    group = f"/subscriptions/x/resourceGroups/{resource_group_of(identity)}"
    assert resource_group_of(hidden) == resource_group_of(masked(mask, group))


@given(st.text(), st.text())
def test_any_text_at_all_and_any_name_in_it(text: str, name: str) -> None:
    mask = Mask(KEY)
    mask.learn_names([name])
    once = mask.text(text)
    assert once == mask.text(text)
    assert isinstance(mask.row({"id": text, "type": "x", "name": name, "other": text})["other"], str)


@given(st.text("abc-_. ()+*", min_size=3, max_size=12).filter(lambda name: re.search("[a-c]", name) is not None))
def test_a_known_name_that_stands_in_a_text(name: str) -> None:
    mask = Mask(KEY)
    mask.learn_names([name])
    bare = re.sub(r"^[^a-c]+|[^a-c]+$", "", name.strip())
    if len(bare) >= 3:
        assert bare not in mask.text(f"the thing {name} is gone").replace("the thing", "").replace("is gone", "")
