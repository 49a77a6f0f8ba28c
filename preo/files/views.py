"""Serving stored images where no bucket or CDN does."""

from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from preo.files.images import content_type_of

# A browser that is told to open it as a page must make nothing of it.
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


@require_safe
def serve_image(request: HttpRequest, name: str) -> HttpResponse | FileResponse:
    """One size of an image, to anybody who knows its address; the route lets only names of our shape through.

    What is stored below a key never changes, so that the name is also the version. Raises Http404.
    """
    try:
        stored: Any = default_storage.open(name)
    except FileNotFoundError:
        raise Http404 from None
    content_type = content_type_of(stored.read(8))
    stored.seek(0)
    image: Any = FileResponse(stored, content_type=content_type)
    etag = f'"{name}"'
    answer: Any = get_conditional_response(request, etag=etag, response=image)
    if answer is not image:
        image.close()
    for header, value in {**HEADERS, "ETag": etag}.items():
        answer.headers[header] = value
    return answer  # type: ignore[no-any-return]  # the stubs know nothing of streams here
