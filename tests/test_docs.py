"""The documents keep up with the code."""

import ast
import inspect
import re
from pathlib import Path

from scheduling.calendly import errors, oauth
from scheduling.services import subscriptions

ROOT = Path(__file__).parent.parent
CALENDLY = (ROOT / "docs/calendly.md").read_text()
CALLS = ("call", "create", "pages", "lists", "resource", "_question")


def test_lists_every_environment_variable_in_the_readme() -> None:
    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", (ROOT / "config/settings.py").read_text()))

    table = set(re.findall(r"`([A-Z_]+)`", (ROOT / "README.md").read_text()))

    assert read - table == set()


def test_names_every_operation_we_call() -> None:
    called = operations(ROOT / "scheduling/calendly/client.py")

    assert len(called) > 20
    assert {name for name in called if f"`{name}`" not in CALENDLY} == set()


def test_names_every_scope_we_ask_for() -> None:
    assert {scope for scope in (*oauth.SCOPES, *oauth.OPTIONAL_SCOPES) if f"`{scope}`" not in CALENDLY} == set()


def test_names_every_event_we_subscribe_to() -> None:
    events = (*subscriptions.EVENTS, subscriptions.ROUTING_EVENT)

    assert {event for event in events if f"`{event}`" not in CALENDLY} == set()


def test_names_every_error_we_react_to() -> None:
    classes = {name for name, value in vars(errors).items() if inspect.isclass(value)}

    assert {name for name in classes if f"`{name}`" not in CALENDLY} == set()


def test_lists_every_option_of_the_sandbox() -> None:
    listed = (ROOT / "docs/sandbox-options.md").read_text()

    assert {name for name in sandbox_options() if f"| `{name}` |" not in listed} == set()


def operations(module: Path) -> set[str]:
    """The operation names in a module's calls of `CALLS`: their first text of the form `noun.verb`."""
    calls = [node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Call)]
    ours = [call for call in calls if ast.unparse(call.func).rsplit(".", 1)[-1] in CALLS]
    texts = [argument.value for call in ours for argument in call.args if isinstance(argument, ast.Constant)]
    return {text for text in texts if isinstance(text, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", text)}


def sandbox_options() -> dict[str, str]:
    """Each option with its default, read from the source: tests of the desk run without the sandbox installed."""
    module = ast.parse((ROOT / "sandbox/options.py").read_text())
    table = next(
        node.value
        for node in module.body
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["KNOWN"]
    )
    assert isinstance(table, ast.Dict)
    return {
        ast.literal_eval(name): ast.literal_eval(known.args[0])
        for name, known in zip(table.keys, table.values, strict=True)
        if name is not None and isinstance(known, ast.Call)
    }
