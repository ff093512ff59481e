"""Events of an SBML model, read into :class:`StateEvent`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ketasim.engine.system import Change, StateEvent, UnsupportedModel


def assigning_events(model: Any) -> list[tuple[Any, list[Any]]]:
    """Return the events that can do anything: (event, its assignments that have a formula).

    An event without a trigger, or whose trigger has no formula, never acts (Level 3
    Version 2, section 4.11.2); an assignment without a formula assigns nothing.
    """
    found = []
    for event in model.getListOfEvents():
        trigger = event.getTrigger()
        if trigger is None or trigger.getMath() is None:
            continue
        changes = [a for a in event.getListOfEventAssignments() if a.getMath() is not None]
        found.append((event, changes))
    return found


def event_of(
    event: Any,
    assignments: list[Any],
    node: Callable[[Any], int],
    change: Callable[[Any], Change],
) -> StateEvent:
    """Return an event of libSBML's as nodes.

    Before Level 3 every event is persistent, has no priority, and cannot act at the start
    (its condition counts as true there); libSBML answers so for those documents.
    """
    trigger, delay, priority = event.getTrigger(), event.getDelay(), event.getPriority()
    if event.getLevel() >= 3 and not (trigger.isSetInitialValue() and trigger.isSetPersistent()):
        raise UnsupportedModel(f"event '{event.getId()}': its trigger lacks initialValue or "
                               "persistent, which Level 3 demands")  # fmt: skip
    return StateEvent(
        name=event.getId() or event.getName() or "(unnamed)",
        trigger=node(trigger.getMath()),
        delay=node(delay.getMath()) if delay is not None and delay.isSetMath() else None,
        priority=node(priority.getMath())
        if priority is not None and priority.isSetMath()
        else None,
        changes=tuple(change(a) for a in assignments),
        initially=bool(trigger.getInitialValue()) if event.getLevel() >= 3 else True,
        persistent=bool(trigger.getPersistent()) if event.getLevel() >= 3 else True,
        from_trigger=bool(event.getUseValuesFromTriggerTime()),
    )
