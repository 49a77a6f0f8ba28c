"""Every route of the product, on one page."""

import re

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from consents.api.answers import CustomerAnswersViewSet, OutdatedAnswersViewSet
from consents.api.consents import ConsentViewSet
from editions.api.editions import EditionViewSet
from orders.api.email_messages import EmailMessageWithOrderViewSet
from orders.api.orders import OrderViewSet
from preo.accounts.api import Refresh, SignIn, SignOut, WhoAmI
from preo.api.errors import bad_request, failed, not_found
from preo.api.schema import documentation
from preo.audit.api import AuditEventViewSet
from preo.customers.api.users import UserViewSet
from preo.files.images import SIZES
from preo.files.storing import KEY
from preo.files.views import serve_image
from refunds.api.batches import RefundBatchViewSet
from refunds.api.provider_events import ProviderEvents
from refunds.api.refunds import PurchaseWithRefundViewSet, RefundViewSet

READ_ONLY = ["get", "head"]
swagger = SpectacularSwaggerSplitView.as_view(url_name="schema", http_method_names=READ_ONLY)
redoc = SpectacularRedocView.as_view(url_name="schema", http_method_names=READ_ONLY)

router = SimpleRouter(trailing_slash=False)
router.register("audit-events", AuditEventViewSet)
router.register("consents", ConsentViewSet)
router.register("editions", EditionViewSet)
router.register("email-messages", EmailMessageWithOrderViewSet)
router.register("orders", OrderViewSet)
router.register("purchases", PurchaseWithRefundViewSet)
router.register("refunds", RefundViewSet)
router.register("refund-batches", RefundBatchViewSet)
router.register("users", UserViewSet)

v1 = [
    *router.urls,
    path("consents/<str:id>/outdated", OutdatedAnswersViewSet.as_view({"get": "outdated"})),
    path("users/<str:id>/consents", CustomerAnswersViewSet.as_view({"get": "answers", "post": "record"})),
    path("auth/token", SignIn.as_view()),
    path("auth/token/refresh", Refresh.as_view()),
    path("auth/token/revoke", SignOut.as_view()),
    path("auth/user", WhoAmI.as_view()),
    path("providers/<str:provider>/events", ProviderEvents.as_view(), name="provider_events"),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path(
        "docs",
        documentation(swagger),
        name="docs",
    ),
    path(
        "redoc",
        documentation(redoc),
        name="redoc",
    ),
]

IMAGES = rf"^{re.escape(settings.MEDIA_URL[1:])}(?P<name>{KEY}/(?:{'|'.join(SIZES)}))$"
media = [] if settings.MEDIA_HOSTS else [re_path(IMAGES, serve_image)]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("v1/", include(v1)),
    *media,
]

handler400 = bad_request
handler404 = not_found
handler500 = failed
