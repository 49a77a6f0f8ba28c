"""Liquid as users may write it, and what they may try with it."""

from typing import Any

import pytest
from liquid.exceptions import LoopIterationLimitError

from preo.mail.liquid import BadTemplate, parse, render, require_documented
from preo.mail.liquid_tags import FILTERS, Budget
from preo.mail.variables import Variable, example_of

LINES = [{"name": "Tent", "price": "400.00 DKK"}, {"name": "Locker", "price": "80.00 DKK"}]
VARIABLES = (
    Variable("customer.first_name", "The first name.", "Søren"),
    Variable("order.items_count", "How many units.", 3),
    Variable("order.lines", "What was ordered.", LINES),
    Variable("order.lines[].name", "The name of a line.", "Tent"),
    Variable("order.lines[].price", "The price of a line.", "400.00 DKK"),
)


def written(source: str, *, is_html: bool = False, is_rehearsal: bool = False, **others: Any) -> str:
    budget = others.pop("budget", None) or Budget()
    variables = example_of(VARIABLES) | others
    return render(source, is_html=is_html, variables=variables, budget=budget, is_rehearsal=is_rehearsal)


def checked(source: str) -> None:
    require_documented(source, is_html=False, variables=VARIABLES)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Hi {{ customer.first_name }}", "Hi Søren"),
        ("{{ customer.first_name | upcase | truncate: 4, '.' }}", "SØR."),
        ("{% if order.items_count > 2 %}many{% elsif order.items_count == 2 %}two{% else %}one{% endif %}", "many"),
        ("{% unless order.items_count == 1 %}several{% endunless %}", "several"),
        ("{% case order.items_count %}{% when 3 %}three{% else %}other{% endcase %}", "three"),
        (
            "{% for l in order.lines %}{{ forloop.index }} {{ l.name }}{% if forloop.last %}.{% endif %} {% endfor %}",
            "1 Tent 2 Locker. ",
        ),
        (
            "{% for a in order.lines %}{% for b in order.lines %}{{ b.price | size }}{% endfor %} {% endfor %}",
            "109 109 ",
        ),
        ("{% for line in order.lines limit: 1 %}{{ line.name }}{% endfor %}", "Tent"),
        ("{{ order.lines.size }}", "2"),
        ("{{- customer.first_name -}} !", "Søren!"),
        ("{{ 'a    b' }}{{    \"c\t \td\"    |    upcase }}", "a    bC\t \tD"),
        ("{% for forloop in order.lines %}{{ forloop.name }}{% endfor %}", "TentLocker"),
    ],
)
def test_what_is_documented_can_be_written(source, text):
    checked(source)

    assert written(source) == text


@pytest.mark.parametrize(
    ("source", "code", "named"),
    [
        ("{{ customer.email }}", "unknown_variable", "customer.email"),
        ("{{ customer }}", "unknown_variable", "customer"),
        ("{{ password }}", "unknown_variable", "password"),
        ("{{ customer.first_name.__class__ }}", "unknown_variable", "customer.first_name.__class__"),
        ("{{ order[customer.first_name] }}", "unknown_variable", "order[customer.first_name]"),
        ("{{ order['lines'][0] }}", "unknown_variable", "order.lines[0]"),
        ("{{ forloop.index }}", "unknown_variable", "forloop.index"),
        ("{{ customer.first_name | default: secret }}", "unknown_variable", "secret"),
        ("{% if order.secret == 1 %}x{% endif %}", "unknown_variable", "order.secret"),
        ("{% case order.secret %}{% when 1 %}x{% endcase %}", "unknown_variable", "order.secret"),
        ("{% for line in order.lines offset: secret %}x{% endfor %}", "unknown_variable", "secret"),
        ("{% for line in order.lines %}{{ line.secret }}{% endfor %}", "unknown_variable", "line.secret"),
        ("{% for line in order.lines %}x{% else %}{{ line.name }}{% endfor %}", "unknown_variable", "line.name"),
        ("{% for line in order.lines %}x{% endfor %}{{ line.name }}", "unknown_variable", "line.name"),
        ("{% for forloop in order.lines %}{{ forloop.index }}{% endfor %}", "unknown_variable", "forloop.index"),
        ("{{ order.lines }}", "is_a_list", "order.lines.size"),
        ("{% for word in customer.first_name %}x{% endfor %}", "not_a_list", "customer.first_name"),
        ("{% for n in (1..3) %}x{% endfor %}", "unknown_tag", "(1..3)"),
        ("{{ customer.first_name | append: 'x' }}", "unknown_filter", "append"),
        ("{% if customer.first_name %}{{ 'a' | replace: 'a', 'b' }}{% endif %}", "unknown_filter", "replace"),
        ("{% assign a = 'x' %}", "unknown_tag", "assign"),
        ("{% include 'x' %}", "unknown_tag", "include"),
        ("{% raw %}{{ x }}{% endraw %}", "unknown_tag", "raw"),
        ("{%comment%}x{%endcomment%}", "unknown_tag", "comment"),
        ("{% %}", "unknown_tag", "without a name"),
        ("{% if customer.first_name %}x", "invalid_template", "."),
        ("{% endif %}", "invalid_template", "."),
        ("{{ customer.first_name", "invalid_template", "has no end"),
        ("{{ customer..first_name }}", "invalid_template", "."),
        ("{{ customer.first_name | }}", "invalid_template", "."),
    ],
)
def test_everything_else_is_refused_by_name(source, code, named):
    with pytest.raises(BadTemplate) as refused:
        checked(source)

    assert refused.value.code == code
    assert named in refused.value.detail


HIDDEN = [
    "{% if order.items_count > 9 %}WRONG{% endif %}",
    "{% if order.items_count > 1 %}x{% else %}WRONG{% endif %}",
    "{% if order.items_count > 1 %}x{% elsif order.items_count > 0 %}WRONG{% endif %}",
    "{% if order.items_count > 1 %}x{% elsif customer.first_name > 5 %}y{% endif %}",
    "{% if order.items_count > 1 or customer.first_name > 5 %}x{% endif %}",
    "{% if order.items_count > 9 and customer.first_name > 5 %}x{% endif %}",
    "{% unless order.items_count > 1 %}WRONG{% endunless %}",
    "{% unless order.items_count > 9 %}x{% elsif customer.first_name > 5 %}y{% endunless %}",
    "{% case order.items_count %}{% when 8, 9 %}WRONG{% endcase %}",
    "{% case order.items_count %}{% when 3 %}x{% else %}WRONG{% endcase %}",
    "{% for a in order.lines %}{% if a.name == '' %}{% if a.price == '' %}WRONG{% endif %}{% endif %}{% endfor %}",
]


@pytest.mark.parametrize("source", [text.replace("WRONG", "{{ 'a' | truncate: 'b' }}") for text in HIDDEN])
def test_a_rehearsal_finds_what_other_values_would_meet(source):
    checked(source)
    written(source)

    with pytest.raises(BadTemplate):
        written(source, is_rehearsal=True)


@pytest.mark.parametrize("source", [text.replace("WRONG", "") for text in HIDDEN if "WRONG" in text])
def test_a_rehearsal_takes_what_can_be_made(source):
    assert set(written(source, is_rehearsal=True)) <= {"x"}


MANY = [{"name": "Tent", "price": ""}] * 2_000
BOMBS = {
    "loops in loops": "{% for a in order.lines %}" * 7 + "x" + "{% endfor %}" * 7,
    "loops after loops": "{% for a in order.lines %}x{% endfor %}" * 250,
    "loops that write nothing": "{% for a in order.lines %}" + "{% if 1 %}{% endif %}" * 400 + "{% endfor %}",
    "much to write": "{% for a in order.lines %}" + "x" * 9_000 + "{% endfor %}",
    "a huge range": "{% for i in (1..100000000000) %}x{% endfor %}",
    "a huge range backwards": "{% for i in (1..100000000000) reversed %}x{% endfor %}",
    "a range to print": "{{ (1..100000000000) | size }}",
    "doubling": "{{ 'a' | append: 'a' | append: 'a' }}",
    "doubling by name": "{% assign a = 'a' %}" + "{% assign a = a | append: a %}" * 200,
    "replacing": "{{ customer.first_name | replace: '', 'xxxxxxxxxx' }}",
    "splitting": "{% for c in customer.first_name | split: '' %}x{% endfor %}",
    "deep nesting": "{% if 1 %}" * 800 + "{% endif %}" * 800,
    "deep brackets": "{{ a" + "[a" * 4_000 + "]" * 4_000 + " }}",
    "long conditions": "{% if " + "1 or " * 1_900 + "1 %}x{% endif %}",
    "open braces": "{{" * 5_000,
    "open tags": "{%" * 5_000,
    "an open brace and spaces": "{{" + " " * 9_990,
    "an open tag and spaces": "{% if" + " " * 9_990,
    "tags of spaces": ("{% if" + " " * 290 + "%}") * 33,
    "raw without an end": "{% raw %}" * 1_100,
}


@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_ends_in_a_refusal(source):
    with pytest.raises(BadTemplate):
        written(source, order={"lines": MANY})


def test_loops_end_by_what_they_do_and_not_by_the_clock():
    steps = Budget(steps=100)

    with pytest.raises(BadTemplate, match="too many steps"):
        written(
            "{% for a in order.lines %}{{ a.name }}{% if 1 %}{{ a.name }}{% endif %}{% endfor %}",
            budget=steps,
            order={"lines": MANY},
        )

    # A round costs its body and everything in it: an output, an if, its block and the output in that.
    assert steps.steps == 100 - 21 * 5


def test_templates_of_one_message_share_a_budget():
    budget = Budget(characters=8)

    assert written("12345", budget=budget) == "12345"
    with pytest.raises(BadTemplate, match="Output stream limit"):
        written("12345", budget=budget)


def test_spending_raises_what_the_library_takes_for_a_limit():
    with pytest.raises(LoopIterationLimitError):
        Budget(steps=1).spend(2)


def test_values_are_escaped_in_html_and_only_there():
    name = "<script>alert('x')</script> & co"

    assert written("{{ n }}", n=name) == name
    assert written("<b>{{ n }}</b>", is_html=True, n=name) == (
        "<b>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; co</b>"
    )


@pytest.mark.parametrize("filter_", FILTERS)
def test_no_filter_gets_around_escaping(filter_):
    assert "<" not in written(f"{{{{ n | {filter_} }}}}", is_html=True, n="<b>")


def test_a_value_is_never_read_as_a_template():
    name = "{{ order.items_count }}{% for line in order.lines %}x{% endfor %}"

    assert written("{{ customer.first_name }}", customer={"first_name": name}) == name


def test_a_name_without_a_value_is_refused():
    with pytest.raises(BadTemplate, match="undefined"):
        written("{{ customer.nickname }}")


@pytest.mark.parametrize(
    "source",
    [
        "{% if customer.first_name > 3 %}x{% endif %}",
        "{{ customer.first_name | truncate: 'x' }}",
        "{{ 'a' | upcase: 1 }}",
    ],
)
def test_a_filter_or_comparison_that_fails_is_a_refusal(source):
    with pytest.raises(BadTemplate):
        written(source)


def test_a_template_is_read_once():
    assert parse("{{ customer.first_name }}", is_html=True) is parse("{{ customer.first_name }}", is_html=True)
