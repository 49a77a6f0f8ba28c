"""The library's tags and limits as they are used here: few tags, few filters, and an end to everything."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TextIO

from liquid import Environment, RenderContext
from liquid.ast import BlockNode, Node
from liquid.builtin.tags.case_tag import CaseNode, CaseTag
from liquid.builtin.tags.for_tag import ForNode, ForTag
from liquid.builtin.tags.if_tag import IfNode, IfTag
from liquid.builtin.tags.unless_tag import UnlessNode, UnlessTag
from liquid.exceptions import LoopIterationLimitError
from liquid.expression import Expression
from liquid.stream import TokenStream
from liquid.token import TOKEN_CONTENT, TOKEN_ILLEGAL, TOKEN_OUTPUT

TAGS = ("if", "unless", "case", "for")
FILTERS = ("capitalize", "default", "downcase", "size", "strip", "truncate", "upcase", "url_encode")


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


class Context(RenderContext):
    """A render context that knows what is left to use up, and whether it goes into every branch."""

    budget: Budget
    is_rehearsal: bool


class _Body(BlockNode):
    """The body of a loop, each round of which costs as much as there is in it."""

    __slots__ = ("cost",)

    def __init__(self, block: BlockNode) -> None:
        super().__init__(block.token, block.nodes)
        self.cost = 1 + sum(1 for _ in nodes_in(block.nodes))

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        if isinstance(context, Context):
            context.budget.spend(self.cost)
        return super().render_to_output(context, buffer)


class _ForTag(ForTag):
    """`for`, with a body that is paid for."""

    def parse(self, stream: TokenStream) -> Node:
        node = super().parse(stream)
        if isinstance(node, ForNode):
            node.block = _Body(node.block)
        return node


class _IfNode(IfNode):
    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return _rehearsed(self, context, buffer) if _rehearses(context) else super().render_to_output(context, buffer)


class _UnlessNode(UnlessNode):
    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return _rehearsed(self, context, buffer) if _rehearses(context) else super().render_to_output(context, buffer)


class _CaseNode(CaseNode):
    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return _rehearsed(self, context, buffer) if _rehearses(context) else super().render_to_output(context, buffer)


def _rehearses(context: RenderContext) -> bool:
    return isinstance(context, Context) and context.is_rehearsal


def _rehearsed(node: Node, context: RenderContext, buffer: TextIO) -> int:
    """Every condition looked at, and every branch written: other values would come to them."""
    for expression in expressions_in(node.expressions()):
        expression.evaluate(context)
    return sum(
        branch.render(context, buffer) if isinstance(branch, BlockNode) else _rehearsed(branch, context, buffer)
        for branch in children_of(node)
    )


class _IfTag(IfTag):
    node_class = _IfNode


class _UnlessTag(UnlessTag):
    node_class = _UnlessNode


class _CaseTag(CaseTag):
    node_class = _CaseNode


class LimitedEnvironment(Environment):
    block_nesting_limit = 8
    context_depth_limit = 16
    loop_iteration_limit = 5_000
    local_namespace_limit = 10_000
    output_stream_limit = 100_000

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        self.tags = {name: self.tags[name] for name in (*TAGS, TOKEN_OUTPUT, TOKEN_CONTENT, TOKEN_ILLEGAL)}
        for tag in (_IfTag, _UnlessTag, _CaseTag, _ForTag):
            self.add_tag(tag)
        self.filters = {name: self.filters[name] for name in FILTERS}


def expressions_in(expressions: Iterable[Expression]) -> Iterator[Expression]:
    """The expressions and everything in them."""
    for expression in expressions:
        yield expression
        yield from expressions_in(expression.children())


def nodes_in(nodes: Iterable[Node]) -> Iterator[Node]:
    """The nodes and everything in them."""
    for node in nodes:
        yield node
        yield from nodes_in(children_of(node))


def children_of(node: Node) -> Iterable[Node]:
    """What stands directly in a node."""
    # The context is for tags that load other templates; there are none here.
    return node.children(None)  # type: ignore[arg-type]  # see above
