"""Keys of a widget, taken in the order in which they were pressed."""

from typing import Any, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode


class OwnKeys:
    """Beside a widget's own base, and before it: does what a key is bound to as soon as the widget has the key.

    Textual looks bindings up once a key has gone through all widgets, when what was typed behind it may
    have been taken already: on a slow machine `Down Enter` would answer the row above, and `1 Backspace 2`
    leave nothing. Enter is for the screen.
    """

    _own_keys: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        bound = [one for base in reversed(cls.__mro__) for one in vars(base).get("BINDINGS", ())]
        cls._own_keys = {
            key: one.action for one in bound if isinstance(one, Binding) for key in one.key.split(",")
        }
        cls._own_keys.pop("enter", None)

    async def on_key(self, event: events.Key) -> None:
        if (action := self._own_keys.get(event.key)) is not None:
            assert isinstance(self, DOMNode)
            event.stop()
            event.prevent_default()
            app: App[Any] = self.app
            await app.run_action(action, self)
