"""XML as terminals write it, read into members like JSON's. No entities, no document types, nothing fetched."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

_MANY, _DEEP = 20_000, 8  # tokens and levels; real ones have two hundred and four
_TOKEN = re.compile(
    r"<!\[CDATA\[(?P<cdata>.{0,300}?)\]\]>|(?P<aside><!--.{0,300}?-->|<[!?][^<>]{0,2000}>)"
    r"|<(?P<close>/?)(?:[\w.-]{1,60}:)?(?P<name>[A-Za-z_][\w.-]{0,99})(?P<rest>(?:[\s/][^<>]{0,2000})?)>"
    r"|(?P<text>[^<]+|<)",
    re.DOTALL,
)
_USUAL = re.compile(r"(?:\s+(?:xmlns(?::\w+)?|version)=\"[\w.:/-]*\")*\s*/?")  # attributes
_HEADING = re.compile(r"<\?xml(?:\s+(?:version|encoding|standalone)=\"[\w.-]*\")*\s*\?>")


@dataclass(frozen=True, slots=True)
class Markup:
    """The root element and what it holds; `whole`: the text holds nothing beside it (comments, attributes)."""

    value: dict[str, object]
    whole: bool


@dataclass(slots=True)
class _Element:
    name: str
    members: dict[str, object] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)

    def value(self) -> object:
        told = "".join(self.text).strip()
        if not self.members:
            return told
        return self.members | ({"#text": told} if told else {})

    def take(self, child: _Element) -> None:
        """A child's value; values of children that bear the same name stand in a list."""
        before = self.members.get(child.name)
        if child.name not in self.members:
            self.members[child.name] = child.value()
        elif isinstance(before, list):
            before.append(child.value())
        else:
            self.members[child.name] = [before, child.value()]


class _Tree:
    """The elements that are open, the outermost nameless."""

    def __init__(self) -> None:
        self.open = [_Element("")]
        self.whole = True

    def feed(self, token: re.Match[str]) -> str:
        """Take a token; the reason why none is taken any more, "" when all is well."""
        if token["name"] and token["close"]:
            self.close(token["name"])
        elif token["name"]:
            return self._start(token["name"], token["rest"])
        elif token["aside"]:
            self.whole &= _HEADING.fullmatch(token["aside"]) is not None
            if token["aside"].upper().startswith(("<!DOCTYPE", "<!ENTITY")):
                return "declares a document type: send the bare element"
        else:
            self.open[-1].text.append(token["cdata"] or html.unescape(token["text"] or ""))
        return ""

    def _start(self, name: str, rest: str) -> str:
        if len(self.open) > _DEEP:
            return "more levels than any terminal writes"
        self.whole &= _USUAL.fullmatch(rest) is not None
        self.open.append(_Element(name))
        if rest.endswith("/"):
            self.close(name)
        return ""

    def close(self, name: str) -> None:
        """End the innermost element of that name and all that are open within it; an end without a start is nothing."""
        while name in [one.name for one in self.open[1:]]:
            done = self.open.pop()
            self.open[-1].take(done)
            if done.name == name:
                return


def read(text: str) -> Markup | str:
    """The element that a text holds, or the reason why it is not taken; what is open at the end is closed."""
    tree = _Tree()
    for count, token in enumerate(_TOKEN.finditer(text)):
        reason = tree.feed(token) if count < _MANY else "longer than anything a terminal writes"
        if reason:
            return reason
    while len(tree.open) > 1:
        tree.close(tree.open[-1].name)
    value = tree.open[0].value()
    if not isinstance(value, dict):
        return "no element"
    return Markup(value, tree.whole and "#text" not in value)
