"""Options that are read together: a command takes a form, a dataclass, and is typed with one option for each of its fields."""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import wraps
from typing import Any, get_type_hints


def with_form(command: Callable[..., None]) -> Callable[..., None]:
    """The command, whose parameter `form` is made of options: the fields of the dataclass that annotates it, annotated as options
    are and each with a default, in the parameter's place."""
    parameters = inspect.signature(command, eval_str=True).parameters
    form = parameters["form"].annotation
    hints = get_type_hints(form, include_extras=True)
    options = [_option(field.name, hints[field.name], field.default) for field in fields(form)]
    names = [option.name for option in options]
    flat = [each for name, own in parameters.items() for each in (options if name == "form" else [_by_name(own)])]

    @wraps(command)
    def typed(**values: Any) -> None:
        made = form(**{name: values.pop(name) for name in names})
        command(form=made, **values)

    typed.__signature__ = inspect.Signature(flat)  # type: ignore[attr-defined]
    typed.__annotations__ = {each.name: each.annotation for each in flat}
    return typed


def _by_name(parameter: inspect.Parameter) -> inspect.Parameter:
    return parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)


def _option(name: str, hint: Any, default: Any) -> inspect.Parameter:
    if default is MISSING:
        raise TypeError(f"the option {name} of a form has no default")
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)
