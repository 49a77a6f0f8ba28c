"""Where payment providers send their events."""

from http import HTTPStatus
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from editions.models.selling import MerchantAccountType
from preo.api.errors import PROBLEM_JSON
from preo.api.json import BodyTooLarge
from preo.api.parameters import invalid, refuse_unknown
from preo.api.schema import ProblemOut
from refunds.operations.receiving import SignatureInvalid, receive_delivery

LONGEST_BODY = 256 * 1024
SENDERS = [MerchantAccountType.STRIPE.value, MerchantAccountType.ADYEN.value]


class Unverified(APIException):
    """One answer, whatever can't be verified and for whatever reason."""

    status_code = HTTPStatus.UNAUTHORIZED
    default_detail = "This is not signed with what the merchant account is known by."
    default_code = "signature_invalid"
    auth_header = "Signature"


class ProviderEvents(APIView):
    """Takes in events. The signature is the credential, and the event's own id the key that makes a repeat harmless."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        operation_id="provider_events",
        summary="Receive events of a payment provider",
        tags=["Providers"],
        parameters=[
            OpenApiParameter("provider", str, OpenApiParameter.PATH, description=f"One of: {', '.join(SENDERS)}."),
            OpenApiParameter("account", str, required=True, description="The merchant account, `mac_…`."),
        ],
        request=OpenApiTypes.OBJECT,
        responses={
            202: OpenApiResponse(OpenApiTypes.OBJECT, description="Every event is kept, and looked at soon."),
            (401, PROBLEM_JSON): OpenApiResponse(
                ProblemOut,
                description="The account can't be verified to have sent it: `signature_invalid`, whatever the reason.",
            ),
        },
    )
    def post(self, request: Request, provider: str) -> Response:
        """For the dashboard of a provider, which signs what it sends. The body is the provider's own.

        Nothing but keeping the events happens before the answer. An event that came before is the same event.
        """
        refuse_unknown(request, ("account",))
        account_id = _account_id(request)
        body = _body(request)
        try:
            receive_delivery(
                body, provider=provider, account_id=account_id, headers=request.headers, now=timezone.now()
            )
        except SignatureInvalid:
            raise Unverified from None
        return Response({}, status=HTTPStatus.ACCEPTED)


def _account_id(request: Request) -> str:
    """As it was given. Raises ValidationError where it wasn't."""
    if "account" not in request.query_params:
        raise invalid("account", "required", "Name the merchant account.")
    return request.query_params["account"]


def _body(request: Request) -> bytes:
    """As it was sent, which is what is signed. Raises BodyTooLarge."""
    body: Any = request._request.read(LONGEST_BODY + 1)
    if len(body) > LONGEST_BODY:
        raise BodyTooLarge
    return bytes(body)
