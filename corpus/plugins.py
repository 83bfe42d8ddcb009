"""Find the one thing that each module of a folder offers."""

import importlib
import pkgutil
from typing import TypeVar

from corpus.errors import HuanyingError

T = TypeVar("T")


def discover(package: str, name: str, kind: type[T]) -> dict[str, T]:
    """Every module of ``package`` with the ``name`` it must define, keyed by the module's own name (the plug-in's id).

    ``kind`` is a class or a runtime-checkable protocol. Raises HuanyingError that names the module at fault: one that
    does not import, that defines no ``name``, or one of another kind.
    """
    room = importlib.import_module(package)
    found: dict[str, T] = {}
    for module_info in sorted(pkgutil.iter_modules(room.__path__), key=lambda info: info.name):
        place = f"{package}.{module_info.name}"
        try:
            module = importlib.import_module(place)
        except ImportError as error:
            raise HuanyingError(
                f"cannot be imported: {error}", where=place, hint="mend or remove this module"
            ) from error
        offered = getattr(module, name, None)
        if offered is None:
            raise HuanyingError(f"must define {name}", where=place, hint="see the recipes in CONTRIBUTING.md")
        if not isinstance(offered, kind):
            raise HuanyingError(
                f"{name} must be a {kind.__name__}", where=place, hint="see the recipes in CONTRIBUTING.md"
            )
        found[module_info.name] = offered
    return found
