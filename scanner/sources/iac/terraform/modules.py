"""The tree of module instances: each with its configuration, its parent and the call that made it."""

from dataclasses import dataclass, field

from scanner.sources.iac.terraform.addresses import Key, steps
from scanner.sources.iac.terraform.document import ConfigModule, ConfigResource, Configuration, ModuleCall

_NO_MODULE = ConfigModule()


@dataclass(slots=True, eq=False)
class Scope:
    """One instance of a module. `key` None: the call has neither count nor for_each."""

    address: str
    config: ConfigModule
    parent: "Scope | None" = None
    call: ModuleCall | None = None
    name: str = ""
    key: Key | None = None
    resources: dict[str, ConfigResource] = field(default_factory=dict)
    children: dict[str, dict[Key | None, "Scope"]] = field(default_factory=dict)

    def path(self) -> tuple[str, ...]:
        """The names of the calls that lead here."""
        return () if self.parent is None else (*self.parent.path(), self.name)


class Modules:
    """Every module instance that the plan names, by its address."""

    def __init__(self, configuration: Configuration | None) -> None:
        root = configuration.root_module if configuration is not None else None
        self._indexes: dict[int, dict[str, ConfigResource]] = {}
        self.root = self._scope("", root or _NO_MODULE)
        self._found: dict[str, Scope] = {"": self.root}

    def _scope(self, address: str, config: ConfigModule) -> Scope:
        index = self._indexes.get(id(config))
        if index is None:
            index = self._indexes[id(config)] = {
                f"{'data.' * (each.mode == 'data')}{each.type}.{each.name}": each for each in config.resources or ()
            }
        return Scope(address, config, resources=index)

    def at(self, address: str) -> Scope:
        """The module instance of that address, made with those above it when it is first asked for."""
        found = self._found.get(address)
        if found is not None:
            return found
        scope = self.root
        parts = [*steps(address), ""]
        at = 0
        while at + 2 < len(parts) and parts[at] == "module":
            name, after = parts[at + 1], parts[at + 2]
            keyed = isinstance(after, tuple)
            scope = self.child(scope, str(name), after[0] if isinstance(after, tuple) else None)
            at += 3 if keyed else 2
        self._found[address] = scope
        return scope

    def child(self, parent: Scope, name: str, key: Key | None) -> Scope:
        found = parent.children.setdefault(name, {})
        if key not in found:
            call = (parent.config.module_calls or {}).get(name)
            shown = "" if key is None else f"[{key}]" if isinstance(key, int) else f'["{key}"]'
            address = f"{parent.address}{'.' * bool(parent.address)}module.{name}{shown}"
            made = self._scope(address, (call.module if call is not None else None) or _NO_MODULE)
            made.parent, made.call, made.name, made.key = parent, call, name, key
            found[key] = made
        return found[key]

    def called(self, parent: Scope, name: str) -> dict[Key | None, Scope]:
        """The instances of a call; one that holds no resource is known only where it is called once."""
        call = (parent.config.module_calls or {}).get(name)
        once = call is not None and call.count_expression is None and call.for_each_expression is None
        if once and name not in parent.children:
            self.child(parent, name, None)
        return parent.children.get(name, {})
