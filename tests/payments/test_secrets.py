"""Credentials are in no log, no text, no exception, and on no error page."""

import logging
import signal
from collections.abc import Callable

import pytest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from preo.payments.gateway import CredentialsMissing, GatewayTimeout, KeyReused, NotSigned
from preo.payments.registry import PROVIDERS, connect
from tests.factories import NOON
from tests.payments.conftest import INTENT, PSP, cancel, find, refund
from tests.providers.accounts import ADYEN, STRIPE
from tests.providers.stand_in import StandIn

each = pytest.mark.parametrize

SECRETS = ["Leak", ADYEN["hmac_key"]]
"""What the keys of the stand-in's accounts have in them; Stripe repeats the last letters of one that it refuses."""

ACCOUNTS = {"stripe": STRIPE, "adyen": ADYEN}
PAYMENTS = {"stripe": INTENT, "adyen": PSP}
FAULTS = ["broken_before", "cut_before", "cut_after", "garbled_after", "rate_limited"]
UNAUTHORIZED = {"secret_key": "sk_test_AnotherLeak", "api_key": "AQEAnotherLeak"}

services = each("service", ["stripe", "adyen"])


def leaked(*texts: str) -> list[str]:
    return [secret for secret in SECRETS for text in texts if secret in text]


def page_of(failure: BaseException) -> str:
    """Everything that Django would show or mail of it, from the product's first frame on."""
    trace = failure.__traceback__
    while trace and "/tests/" in trace.tb_frame.f_code.co_filename:
        trace = trace.tb_next
    assert trace
    reporter = ExceptionReporter(RequestFactory().get("/"), type(failure), failure, trace)
    return reporter.get_traceback_html() + reporter.get_traceback_text()


def said(call: Callable[[], object]) -> str:
    try:
        return repr(call())
    except GatewayTimeout as unknown:
        return f"{unknown!r} {unknown}"


@services
def test_a_gateway_and_a_provider_do_not_show_credentials(service: str) -> None:
    gateway = connect(service, ACCOUNTS[service])

    assert not leaked(repr(gateway), str(gateway), repr(PROVIDERS[service]))


@services
@each("case", ["settled", *FAULTS, "unauthorized", "refused"])
def test_nothing_is_logged_or_said_of_credentials(
    stand_in: StandIn, caplog: pytest.LogCaptureFixture, service: str, case: str
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "stripe")
    stand_in.add_payment(PAYMENTS[service])
    if case in FAULTS:
        stand_in.fault(case)
    gateway = connect(service, ACCOUNTS[service] | (UNAUTHORIZED if case == "unauthorized" else {}))
    minor = 999_00 if case == "refused" else 10_00

    told = [said(lambda: refund(gateway, minor, payment=PAYMENTS[service]))]
    told += [said(lambda: find(gateway, minor, payment=PAYMENTS[service]))]

    # The last letters are Stripe's own doing, in the log of its SDK, which the settings keep quiet.
    logged = [record.getMessage().replace("****Leak", "") for record in caplog.records]
    assert logged
    assert not leaked(*told, *logged)


def test_the_log_of_stripes_sdk_is_kept_quiet() -> None:
    assert logging.getLogger("stripe").level == logging.WARNING


@services
@each("fault", ["broken_before", "cut_before", "garbled_after"])
def test_an_error_page_about_an_unknown_refund_shows_no_credentials(
    stand_in: StandIn, service: str, fault: str
) -> None:
    stand_in.add_payment(PAYMENTS[service])
    stand_in.fault(fault)

    with pytest.raises(GatewayTimeout) as failure:
        refund(connect(service, ACCOUNTS[service]), 10_00, payment=PAYMENTS[service])

    page = page_of(failure.value)
    assert "_gateway.py" in page
    assert not leaked(page)


class Stopped(BaseException):
    """What nobody catches."""


@services
def test_an_error_page_about_a_call_that_was_stopped_shows_no_credentials(stand_in: StandIn, service: str) -> None:
    def stop(*_: object) -> None:
        raise Stopped

    stand_in.add_payment(PAYMENTS[service])
    stand_in.fault("slow_before", seconds=30)
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.1)

    with pytest.raises(Stopped) as failure:
        refund(connect(service, ACCOUNTS[service]), 10_00, payment=PAYMENTS[service])
    signal.signal(signal.SIGALRM, before)

    page = page_of(failure.value)
    assert "site-packages" in page
    assert not leaked(page)


@services
def test_an_error_page_about_our_own_mistake_shows_no_credentials(stand_in: StandIn, service: str) -> None:
    stand_in.add_payment(PAYMENTS[service])
    gateway = connect(service, ACCOUNTS[service])
    refund(gateway, 10_00, payment=PAYMENTS[service])

    with pytest.raises(KeyReused) as failure:
        refund(gateway, 20_00, payment=PAYMENTS[service])

    assert not leaked(page_of(failure.value), repr(failure.value))


@each("ask", [find, cancel])
def test_an_error_page_about_a_refused_question_shows_no_credentials(
    stand_in: StandIn, ask: Callable[..., object]
) -> None:
    with pytest.raises(GatewayTimeout) as failure:
        ask(connect("stripe", STRIPE | UNAUTHORIZED), 10_00)

    assert not leaked(page_of(failure.value), repr(failure.value))


@services
def test_an_error_page_about_a_forged_event_shows_no_credentials(service: str) -> None:
    body = b'{"notificationItems": [{"NotificationRequestItem": {"amount": {"value": 1, "currency": "DKK"}}}]}'

    with pytest.raises(NotSigned) as failure:
        PROVIDERS[service].receive(
            body, headers={"Stripe-Signature": "t=1,v1=0"}, credentials=ACCOUNTS[service], now=NOON
        )

    assert not leaked(page_of(failure.value), repr(failure.value))


@each(
    ("service", "missing"),
    [
        ("stripe", {"secret_key": ""}),
        ("adyen", {"api_key": " "}),
        ("adyen", {"merchant_account": ""}),
        ("adyen", {"environment": ""}),
        ("adyen", {"environment": "live"}),
    ],
)
def test_missing_credentials_are_named_and_the_others_not_shown(service: str, missing: dict[str, str]) -> None:
    with pytest.raises(CredentialsMissing, match="lacks: ") as failure:
        connect(service, ACCOUNTS[service] | missing)

    assert not leaked(page_of(failure.value), str(failure.value))
