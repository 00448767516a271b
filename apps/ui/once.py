"""`@acts_once`: ten equal POSTs of one form make one row, and all ten senders arrive at the same page.

The form carries `{% once %}`. The token is stored in the same transaction as what the view does, and is unique in the
database: a second, parallel POST waits for the first and is then sent where the first one went.
"""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from apps.ui.models import OnceToken


def acts_once(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Run a POST at most once per token. An answer that is no redirect (a form error) leaves the token unused.

    A view that answers in place names in `response.acted_at` where the second sender is sent instead.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        token = request.POST.get("once", "") if request.method == "POST" else ""
        if not token:
            return view(request, *args, **kwargs)
        # The person and the path are part of the token: nobody can be sent where somebody else's form went.
        person = request.user.pk or 0
        token = hashlib.sha256(f"{person}|{request.path}|{token}".encode()).hexdigest()
        try:
            with transaction.atomic():
                used = OnceToken.objects.create(token=token)
                response = view(request, *args, **kwargs)
                location = response.headers.get("Location") or response.headers.get("HX-Redirect", "")
                location = location or getattr(response, "acted_at", "")
                if response.status_code >= 400 or not location:
                    transaction.set_rollback(True)
                else:
                    used.location = location[:500]
                    used.save(update_fields=["location"])
                return response
        except IntegrityError:
            first = OnceToken.objects.filter(token=token).first()
            if first is None:
                raise
            return HttpResponseRedirect(first.location)

    return wrapper
