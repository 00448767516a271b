"""The door of a consultancy: its own pages (people, kept mails, settings)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from apps.accounts.models import OrganisationMembership, OrganisationRole

View = Callable[..., HttpResponse]


def organisation_view(role: str) -> Callable[[View], View]:
    """Hand the view its consultancy: 404 to strangers, 403 to consultants where an owner is needed. Goes outermost."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            rows = OrganisationMembership.objects.filter(user=request.user, organisation__slug=slug)
            membership = rows.select_related("organisation").first()
            if membership is None:
                raise Http404("There is no such consultancy.")
            if role == OrganisationRole.OWNER and membership.role != OrganisationRole.OWNER:
                raise PermissionDenied
            request.organisation, request.organisation_role = membership.organisation, membership.role
            return view(request, membership.organisation, *args, **kwargs)

        wrapper.organisation_role = role
        return wrapper

    return decorate
