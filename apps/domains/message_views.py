"""A real test message, judged on one page and forgotten."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from apps.domains.message_forms import MessageForm
from apps.domains.uploads import reads_in_memory
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from engine.dns.message import BadMessage
from engine.dns.message_check import check_message
from engine.dns.resolver import BadNameserver


@project_view(Role.CLIENT)
@reads_in_memory
@never_cache
@sensitive_post_parameters()
def message(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Does anything vouch for this message? Nothing of it is kept, logged or sent back."""
    row = get_object_or_404(project.domains.shown_to(request.role), pk=pk)
    form = MessageForm(request.POST, request.FILES) if request.method == "POST" else MessageForm()
    context = {"project": project, "domain": row, "form": form, "report": None}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            report = check_message(given["data"], is_pasted=given["is_pasted"], nameservers=settings.DNS_NAMESERVERS)
        except (BadMessage, BadNameserver) as error:
            form.add_error(None, str(error))
        else:
            context |= {"report": report, "form": MessageForm()}
    return render(request, "domains/message.html", context, status=422 if context["form"].is_bound else 200)
