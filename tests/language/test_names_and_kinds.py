"""Names and kinds that cannot be are refused at load, with the nearest right name."""

import pytest

from scanner.language.parse import ExpressionError, Scope, parse
from scanner.language.shapes import ANY, FLAG, NUMBER, TABLE, TEXT, TIME, VERSION, Shape, check, list_of, record

FACTS: dict[str, Shape] = {
    "agent.version": VERSION,
    "agent.seen": TIME,
    "backup.last": TIME,
    "disks.managed": FLAG,
    "disks.count": NUMBER,
    "network.nics": list_of(record(name=TEXT, dhcp=FLAG, ips=list_of(TEXT))),
    "os.type": TEXT,
    "tags": TABLE,
    "settings": record(mode=TEXT, limit=NUMBER),
    "raw": ANY,
}
PARAMS = {"minimum": "2.7", "networks": ["a", "b"], "nested": {"level": 3}}


def refusal(text: str) -> ExpressionError:
    """Why an expression about facts is refused, at its parse or at the check of its shapes."""
    with pytest.raises(ExpressionError) as caught:
        check(parse(text, Scope(facts=FACTS, params=PARAMS)), FACTS)
    return caught.value


NAMES = [
    ("agent.verson == 'x'", "there is no fact 'agent.verson', did you mean 'agent.version'?", 0),
    ("os.type == 'x' && disk.managed", "there is no fact 'disk.managed', did you mean 'disks.managed'?", 18),
    ("zzz", "there is no fact 'zzz'", 0),
    ("network.nic[*].name", "there is no fact 'network.nic', did you mean 'network.nics'?", 0),
    ("network.nic[0].name", "there is no fact 'network.nic', did you mean 'network.nics'?", 0),
    ("agent", "'agent' is a group of facts: name one of agent.seen, agent.version", 0),
    ("agent == 'x'", "'agent' is a group of facts: name one of agent.seen, agent.version", 0),
    ("default(network, `[]`)", "'network' is a group of facts: name one of network.nics", 8),
    ("agent.*", "'agent' is a group of facts: name one of agent.seen, agent.version", 0),
    ("@", "name a fact", 0),
    ("keys(@)", "name a fact", 5),
    ("os.type == params.minimun", "there is no parameter 'minimun', did you mean 'minimum'?", 18),
    ("params.nested.lvl == `3`", "there is no parameter 'lvl', did you mean 'level'?", 14),
    ("params.network[*]", "there is no parameter 'network', did you mean 'networks'?", 7),
    ("contian(os.type, 'x')", "there is no word 'contian', did you mean 'contains'?", 0),
    ("length(tags) && zzz(os.type)", "there is no word 'zzz'", 16),
    ("network.nics[?dhpc]", "there is no field 'dhpc' here, did you mean 'dhcp'?", None),
    ("network.nics[*].nmae", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("network.nics[0].nmae", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("network.nics[?dhcp].nmae", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("network.nics[].nmae", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("network.nics[1:].nmae", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("all(network.nics, &dhpc)", "there is no field 'dhpc' here, did you mean 'dhcp'?", None),
    ("sort_by(network.nics, &nmae)", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("max_by(network.nics, &name).nmae", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("network.nics[*].{n: nmae}", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("(network.nics | [0]).nmae", "there is no field 'nmae' here, did you mean 'name'?", None),
    ("network.nics.name", "a list has no field 'name'", None),
    ("settings.mod == 'x'", "there is no field 'mod' here, did you mean 'mode'?", None),
    ("os.type.name", "a text has no field 'name'", None),
]


@pytest.mark.parametrize(("text", "message", "offset"), NAMES)
def test_a_wrong_name_that_is_let_through(text: str, message: str, offset: int | None) -> None:
    error = refusal(text)
    assert message in error.message
    assert error.offset == offset
    assert error.offset is not None or error.near in text


KINDS = [
    ("os.type < 'x'", "< and > are for numbers"),
    ("'x' >= os.type", "< and > are for numbers"),
    ("agent.version >= '2.7'", "version_at_least"),
    ("agent.version < params.minimum", "version_at_least"),
    ("backup.last > '2025-01-01'", "hours_since"),
    ("agent.seen < backup.last", "hours_since"),
    ("disks.managed > `1`", "< and > are for numbers"),
    ("network.nics[?name < 'x']", "< and > are for numbers"),
    ("all(network.nics, &name > 'x')", "< and > are for numbers"),
    ("disks.managed == 'true'", "never equals"),
    ("disks.count == '3'", "never equals"),
    ("os.type != `1`", "never equals"),
    ("network.nics == 'x'", "never equals"),
    ("length(disks.count) > 'x'", "< and > are for numbers"),
    ("abs(os.type) == `1`", "argument 1 of abs is a number"),
    ("hours_since(disks.count) > `1`", "argument 1 of hours_since is a time"),
    ("version_at_least(disks.count, '1')", "argument 1 of version_at_least is a version"),
    ("all(os.type, &@)", "argument 1 of all is a list"),
    ("map(&@, os.type)", "argument 2 of map is a list"),
    ("at(os.type, 'x')", "argument 1 of at is a object"),
    ("keys(network.nics)", "argument 1 of keys is a object"),
    ("starts_with(os.type, disks.count)", "argument 2 of starts_with is a text"),
    ("os.type[0]", "[n] is for lists"),
    ("os.type[*]", "[*] is for lists"),
    ("settings[?mode]", "[?…] is for lists"),
    ("network.nics.*", ".* is for objects"),
]


@pytest.mark.parametrize(("text", "message"), KINDS)
def test_kinds_that_do_not_go_together_let_through(text: str, message: str) -> None:
    assert message in refusal(text).message


SOUND = [
    "hours_since(agent.seen) < `24`",
    "version_at_least(agent.version, params.minimum)",
    "length(network.nics) > `1`",
]
SOUND += ["network.nics[*].ips[] | length(@) > `1`", "contains(params.networks, os.type)", "tags.Owner == 'me'"]
SOUND += ["raw.anything[0].deep == `1`", "agent.version == '2.7'", "network.nics[?dhcp].ips[0]", "raw < `1`", "tags.*"]
SOUND += ["params.networks[0] == os.type", "network.nics[?contains(params.networks, name)]", "at(tags, os.type) == 'x'"]
SOUND += ["all(network.nics, &all(ips, &starts_with(@, '10.')))"]


@pytest.mark.parametrize("text", SOUND)
def test_sound_use_of_facts_that_is_refused(text: str) -> None:
    check(parse(text, Scope(facts=FACTS, params=PARAMS)), FACTS)
