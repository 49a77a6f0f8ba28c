"""Liquid as users may write it: few tags, few filters, documented names, and an end to everything."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TextIO

from liquid import BoundTemplate, Environment, RenderContext, StrictUndefined
from liquid.ast import BlockNode, Node
from liquid.builtin.expressions import FilteredExpression, LoopExpression, Path
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags.for_tag import ForNode, ForTag
from liquid.exceptions import LiquidError, LoopIterationLimitError
from liquid.expression import Expression
from liquid.output import LimitedStringIO
from liquid.stream import TokenStream
from liquid.token import TOKEN_CONTENT, TOKEN_ILLEGAL, TOKEN_OUTPUT

from preo.mail.variables import ITEM, Variable

TAGS = ("if", "unless", "case", "for")
TAG_WORDS = frozenset({*TAGS, *(f"end{tag}" for tag in TAGS), "elsif", "else", "when"})
FILTERS = ("capitalize", "default", "downcase", "size", "strip", "truncate", "upcase", "url_encode")
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


@dataclass(slots=True)
class Budget:
    """What all templates of one message may use up together: nodes rendered in loops, and characters written."""

    steps: int = 50_000
    characters: int = 300_000

    def spend(self, steps: int) -> None:
        """Raises LoopIterationLimitError."""
        self.steps -= steps
        if self.steps < 0:
            raise LoopIterationLimitError("the loops take too many steps", token=None)


class _Context(RenderContext):
    """A render context that knows what is left to use up."""

    budget: Budget


class _Body(BlockNode):
    """The body of a loop, each round of which costs as much as there is in it."""

    __slots__ = ("cost",)

    def __init__(self, block: BlockNode) -> None:
        super().__init__(block.token, block.nodes)
        self.cost = 1 + sum(1 for _ in _all(block.nodes))

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        if isinstance(context, _Context):
            context.budget.spend(self.cost)
        return super().render_to_output(context, buffer)


class _ForTag(ForTag):
    """`for`, with a body that is paid for."""

    def parse(self, stream: TokenStream) -> Node:
        node = super().parse(stream)
        if isinstance(node, ForNode):
            node.block = _Body(node.block)
        return node


class _Environment(Environment):
    block_nesting_limit = 8
    context_depth_limit = 16
    loop_iteration_limit = 5_000
    local_namespace_limit = 10_000
    output_stream_limit = 100_000

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        self.tags = {name: self.tags[name] for name in (*TAGS, TOKEN_OUTPUT, TOKEN_CONTENT, TOKEN_ILLEGAL)}
        self.add_tag(_ForTag)
        self.filters = {name: self.filters[name] for name in FILTERS}


_PLAIN = _Environment(undefined=StrictUndefined)
_HTML = _Environment(undefined=StrictUndefined, autoescape=True)


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


def render(source: str, *, is_html: bool, variables: Mapping[str, Any], budget: Budget) -> str:
    """The text with values in the place of their names. What a value says is never read as a template.

    Raises BadTemplate for a name that has no value, and for whatever goes beyond the limits or the budget.
    """
    template = parse(source, is_html=is_html)
    context = _Context(template, globals=variables)
    context.budget = budget
    buffer = LimitedStringIO(min(budget.characters, _Environment.output_stream_limit))
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
                self.check(_children(node), scope)

    def _inside(self, loop: LoopExpression, scope: Mapping[str, str]) -> dict[str, str]:
        name = _full_name(loop.iterable, scope)
        if not self._is_list(name):
            raise BadTemplate("not_a_list", f"There is no list {loop.iterable} to go through.")
        return {**scope, "forloop": "forloop", loop.identifier: f"{name}{ITEM}"}

    def _check_expressions(self, expressions: Iterable[Expression | None], scope: Mapping[str, str]) -> None:
        for expression in _expressions(given for given in expressions if given):
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
    for node in _all(template.nodes):
        for expression in _expressions(node.expressions()):
            if isinstance(expression, RangeLiteral):
                raise BadTemplate("unknown_tag", f"There are no ranges such as {expression} here.")
            for name in _filters(expression):
                if name not in FILTERS:
                    raise BadTemplate("unknown_filter", f"There is no filter {name} here.")


def _filters(expression: Expression) -> list[str]:
    filters = expression.filters if isinstance(expression, FilteredExpression) else None
    return [used.name for used in filters or []]


def _expressions(expressions: Iterable[Expression]) -> Iterator[Expression]:
    for expression in expressions:
        yield expression
        yield from _expressions(expression.children())


def _all(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _all(_children(node))


def _children(node: Node) -> Iterable[Node]:
    # The context is for tags that load other templates; there are none here.
    return node.children(None)  # type: ignore[arg-type]  # see above


def _without_runs(markup: re.Match[str]) -> str:
    return _QUOTED_OR_SPACES.sub(lambda found: found[1] or " ", markup[0])


def _told(problem: LiquidError) -> BadTemplate:
    said = str(problem.message or "This is no template.")
    return BadTemplate("invalid_template", f"{said[:1].upper()}{said[1:200]}.")
