"""Liquid as users may write it: read, filled with values, and held against the documented names."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate, StrictUndefined
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, LoopExpression, Path
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags.for_tag import ForNode
from liquid.exceptions import LiquidError
from liquid.expression import Expression
from liquid.output import LimitedStringIO

from preo.mail.liquid_tags import (
    FILTERS,
    TAGS,
    Budget,
    Context,
    LimitedEnvironment,
    children_of,
    expressions_in,
    nodes_in,
)
from preo.mail.variables import ITEM, Variable

TAG_WORDS = frozenset({*TAGS, *(f"end{tag}" for tag in TAGS), "elsif", "else", "when"})
LOOP_NAMES = frozenset(f"forloop.{name}" for name in ("first", "last", "index", "index0", "length", "rindex"))

MARKUP = re.compile(r"\{\{.{0,300}?\}\}|\{%.{0,300}?%\}", re.DOTALL)
"""One tag or output. Bounded, because what looks for the end of an open one would look again at every brace."""

_TAG_WORD = re.compile(r"\{%-?\s*([^\s%-]*)")
_QUOTED_OR_SPACES = re.compile(r"""('[^']*'|"[^"]*")|\s+""")


class BadTemplate(Exception):
    """A template that can't be read, names what isn't there, or asks for too much; `code` says which."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


_PLAIN = LimitedEnvironment(undefined=StrictUndefined)
_HTML = LimitedEnvironment(undefined=StrictUndefined, autoescape=True)


@lru_cache(maxsize=1_000)
def parse(source: str, *, is_html: bool) -> BoundTemplate:
    """The template in a text; with `is_html` every value is escaped as it is written. Raises BadTemplate."""
    markups = MARKUP.findall(source)
    rest = MARKUP.sub("", source)
    if "{{" in rest or "{%" in rest:
        raise BadTemplate("invalid_template", "An opening {{ or {% has no end within 300 characters.")
    for markup in markups:
        _require_known_tag(markup)
    try:
        # Long runs of spaces cost the library's lexer their square.
        template = (_HTML if is_html else _PLAIN).from_string(MARKUP.sub(_without_runs, source))
    except LiquidError as problem:
        raise _told(problem) from None
    _require_allowed(template)
    return template


def render(
    source: str, *, is_html: bool, variables: Mapping[str, Any], budget: Budget, is_rehearsal: bool = False
) -> str:
    """The text with values in the place of their names. What a value says is never read as a template.

    A rehearsal writes every branch, so that what other values would come to goes wrong with these already. Raises
    BadTemplate for a name that has no value, and for whatever goes beyond the limits or the budget.
    """
    template = parse(source, is_html=is_html)
    context = Context(template, globals=variables)
    context.budget, context.is_rehearsal = budget, is_rehearsal
    buffer = LimitedStringIO(min(budget.characters, LimitedEnvironment.output_stream_limit))
    try:
        template.render_with_context(context, buffer)
    except LiquidError as problem:
        raise _told(problem) from None
    except (ArithmeticError, TypeError, ValueError) as problem:
        raise BadTemplate("invalid_template", "A filter or comparison can't work with its values.") from problem
    budget.characters -= buffer.size
    return buffer.getvalue()


def require_documented(source: str, *, is_html: bool, variables: Sequence[Variable]) -> None:
    """Raises BadTemplate, by name, for whatever the template uses that is not among the variables."""
    names = _Names(frozenset(variable.name for variable in variables))
    names.check(parse(source, is_html=is_html).nodes, {})


@dataclass(frozen=True, slots=True)
class _Names:
    """The documented names, held against a parsed template. A scope says what the loops' own names stand for."""

    documented: frozenset[str]

    def check(self, nodes: Iterable[Node], scope: Mapping[str, str]) -> None:
        for node in nodes:
            if isinstance(node, ForNode):
                self._check_expressions([node.expression.limit, node.expression.offset], scope)
                self.check([node.block], self._inside(node.expression, scope))
                self.check([node.default] if node.default else [], scope)
            else:
                self._check_expressions(node.expressions(), scope)
                self.check(children_of(node), scope)

    def _inside(self, loop: LoopExpression, scope: Mapping[str, str]) -> dict[str, str]:
        name = _full_name(loop.iterable, scope)
        if not self._is_list(name):
            raise BadTemplate("not_a_list", f"There is no list {loop.iterable} to go through.")
        return {**scope, "forloop": "forloop", loop.identifier: f"{name}{ITEM}"}

    def _check_expressions(self, expressions: Iterable[Expression | None], scope: Mapping[str, str]) -> None:
        for expression in expressions_in(given for given in expressions if given):
            if isinstance(expression, Path):
                self._require(expression, scope)

    def _require(self, path: Path, scope: Mapping[str, str]) -> None:
        name = _full_name(path, scope)
        if self._is_list(name):
            raise BadTemplate("is_a_list", f"{path} is a list: go through it with for, or ask for {path}.size.")
        is_size = name.endswith(".size") and self._is_list(name.removesuffix(".size"))
        is_of_loop = "forloop" in scope and name in LOOP_NAMES
        if not (name in self.documented or is_size or is_of_loop):
            raise BadTemplate("unknown_variable", f"There is no variable {path} in messages of this type.")

    def _is_list(self, name: str) -> bool:
        return any(known.startswith(f"{name}{ITEM}") for known in self.documented)


def _full_name(expression: Expression, scope: Mapping[str, str]) -> str:
    """With the name of its list in the place of a loop's own; nothing that is documented for what is no plain path."""
    if not isinstance(expression, Path) or not all(isinstance(part, str) for part in expression.path):
        return ""
    first, *others = map(str, expression.path)
    return ".".join([scope.get(first, first), *others])


def _require_known_tag(markup: str) -> None:
    found = _TAG_WORD.match(markup)
    if found and found[1] not in TAG_WORDS:
        raise BadTemplate("unknown_tag", f"There is no tag {found[1][:40] or 'without a name'} here.")


def _require_allowed(template: BoundTemplate) -> None:
    """Raises BadTemplate for filters that are not here and for ranges, which can be as long as one likes."""
    for node in nodes_in(template.nodes):
        for expression in expressions_in(node.expressions()):
            if isinstance(expression, RangeLiteral):
                raise BadTemplate("unknown_tag", f"There are no ranges such as {expression} here.")
            for name in _filters(expression):
                if name not in FILTERS:
                    raise BadTemplate("unknown_filter", f"There is no filter {name} here.")


def _filters(expression: Expression) -> list[str]:
    filters = expression.filters if isinstance(expression, FilteredExpression) else None
    return [used.name for used in filters or []]


def _without_runs(markup: re.Match[str]) -> str:
    return _QUOTED_OR_SPACES.sub(lambda found: found[1] or " ", markup[0])


def _told(problem: LiquidError) -> BadTemplate:
    said = str(problem.message or "This is no template.")
    return BadTemplate("invalid_template", f"{said[:1].upper()}{said[1:200]}.")
