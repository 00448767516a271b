"""A project's own pages: settings, people, activity, files; and the page an invitation opens."""

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import organisation_view
from apps.accounts.forms import JoinForm
from apps.accounts.models import Organisation, OrganisationRole, PersonalLink, User
from apps.projects import services
from apps.projects.access import project_view
from apps.projects.forms import ColleagueForm, ConsultancyForm, InviteForm, ProjectForm
from apps.projects.models import Activity, Invitation, Project, Role, StaleRow
from apps.ui.once import acts_once

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@project_view(Role.CONSULTANT)
def project_edit(request: HttpRequest, project: Project) -> HttpResponse:
    """Client, platforms, go-live and keep times."""
    moved_from = project.go_live
    form = ProjectForm(request.POST or None, instance=Project.objects.get(pk=project.pk))
    if request.method == "POST" and form.is_valid():
        try:
            services.change_project(project, form, version=form.cleaned_data["version"], by=request.user)
        except StaleRow as stale:
            context = {"project": project, "stale": stale, "retry_url": request.path}
            return render(request, "projects/conflict.html", context, status=409)
        messages.success(request, "Saved.")
        if "go_live" in form.changed_data and moved_from != Project.objects.get(pk=project.pk).go_live:
            return redirect(f"{project.get_absolute_url()}go-live/?was={moved_from:%Y-%m-%dT%H:%M:%SZ}")
        return redirect("projects:project-edit", slug=project.slug)
    status = 422 if form.is_bound else 200
    return render(request, "projects/edit.html", {"project": project, "form": form}, status=status)


@project_view(Role.OWNER)
def project_delete(request: HttpRequest, project: Project) -> HttpResponse:
    """Everything of it, files included, after the client's name was typed."""
    typed = request.POST.get("confirm_name", "")
    if request.method == "POST" and typed == project.client:
        services.delete_project(project)
        messages.success(request, f"{project.client} was deleted, with all its files.")
        return redirect("/projects/")
    context = {"project": project, "wrong": request.method == "POST"}
    return render(request, "projects/delete.html", context, status=422 if context["wrong"] else 200)


@project_view(Role.CONSULTANT)
@acts_once
def people(request: HttpRequest, project: Project) -> HttpResponse:
    """Who is in the project; invite somebody."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if limited := ratelimit.consume_or_429(request, action="invite", user=request.user):
            return limited
        try:
            invitation, link = services.invite(project.organisation, project, by=request.user, **form.cleaned_data)
        except services.NotPossible as error:
            form.add_error(None, str(error))
        else:
            request.session["new_link"] = {"for": invitation.email, "url": link, "kind": "invitation"}
            return redirect("projects:people", slug=project.slug)
    context = {
        "project": project,
        "form": form,
        "memberships": project.memberships.select_related("user").order_by("-role", "pk"),
        "invitations": project.invitations.all()[:50],
        "links": PersonalLink.objects.usable().filter(
            organisation=project.organisation, next_url=project.get_absolute_url()
        ),
        "new_link": request.session.pop("new_link", None),
    }
    return render(request, "projects/people.html", context, status=422 if form.is_bound else 200)


@project_view(Role.CONSULTANT)
@require_POST
def invitation_revoke(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Take an invitation back."""
    services.revoke(get_object_or_404(project.invitations, pk=pk), by=request.user)
    messages.success(request, "The invitation was taken back.")
    return redirect("projects:people", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_POST
def person_link(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """A new personal link for a client or helper of this project, shown once, for copying."""
    membership = get_object_or_404(project.memberships.select_related("user").filter(role__lte=Role.CLIENT), pk=pk)
    try:
        url = services.personal_link(project, membership.user, by=request.user)
    except services.NotPossible as error:
        messages.error(request, str(error))
    else:
        request.session["new_link"] = {"for": membership.user.email, "url": url, "kind": "personal link"}
    return redirect("projects:people", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_POST
def person_link_revoke(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """End the personal links of a person of this project."""
    membership = get_object_or_404(project.memberships.select_related("user").filter(role__lte=Role.CLIENT), pk=pk)
    services.revoke_links(project, membership.user, by=request.user)
    messages.success(request, "The link no longer works.")
    return redirect("projects:people", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_POST
def person_take_out(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """End a person's place in the project."""
    membership = get_object_or_404(project.memberships.select_related("user"), pk=pk)
    services.take_out(project, membership.user, by=request.user)
    messages.success(request, f"{membership.user} is no longer in this project.")
    return redirect("projects:people", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_safe
def activity(request: HttpRequest, project: Project) -> HttpResponse:
    """What was changed, by whom, from what to what and from where."""
    rows = Activity.objects.filter(project=project).select_related("actor")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(request, "projects/activity.html", {"project": project, "page": page})


@project_view(Role.CLIENT)
@require_safe
def file_download(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """A stored file, through the door, always as an attachment; a client gets his own uploads and what is shared."""
    files = project.files.for_people()
    if request.role < Role.CONSULTANT:
        files = files.filter(Q(client_sees=True) | Q(purpose="contacts", uploaded_by=request.user))
    file = get_object_or_404(files, pk=pk)
    try:
        return FileResponse(
            file.path.open("rb"), as_attachment=True, filename=file.name, content_type="application/octet-stream"
        )
    except FileNotFoundError as error:
        raise Http404("The file is gone.") from error


@project_view(Role.CONSULTANT)
@require_POST
def file_delete(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Delete a stored file now."""
    services.delete_file(get_object_or_404(project.files.present(), pk=pk), by=request.user)
    messages.success(request, "The file was deleted. What was deleted, when and by whom stays in the log.")
    return redirect("projects:activity", slug=project.slug)


@login_not_required
@never_cache
def invitation_open(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows one button (mail scanners open links); only the POST lets the person in."""
    if limited := ratelimit.consume_or_429(request, action="accept_invitation", limit_get=True):
        return limited
    invitation = Invitation.objects.open().of_token(token).select_related("organisation", "project").first()
    if invitation is None:
        return render(request, "projects/invitation_gone.html", status=410)
    known = User.objects.filter(email=invitation.email).first()
    if request.user.is_authenticated and request.user != known:
        return render(request, "projects/invitation_other.html", {"invitation": invitation}, status=403)
    if known is not None and not request.user.is_authenticated:
        context = {"invitation": invitation, "next": request.path}
        return render(request, "projects/invitation_sign_in.html", context)
    return _answer_invitation(request, invitation, known)


def _answer_invitation(request: HttpRequest, invitation: Invitation, user: User | None) -> HttpResponse:
    form = None if user else JoinForm(request.POST or None, needs_password=invitation.role >= Role.CONSULTANT)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            user = services.join(invitation, user, form.cleaned_data if form else {})
        except services.NotPossible as error:
            return render(request, "projects/invitation_gone.html", {"message": str(error)}, status=410)
        if not request.user.is_authenticated:
            login(request, user, backend=BACKEND)
        return redirect(invitation.project.get_absolute_url() if invitation.project else "/projects/")
    context = {"invitation": invitation, "form": form}
    return render(request, "projects/invitation.html", context, status=422 if form and form.is_bound else 200)


@organisation_view(OrganisationRole.OWNER)
@acts_once
def consultancy(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Who works here, and two settings; owners alone."""
    is_invite = "email" in request.POST
    form = ColleagueForm(request.POST if is_invite else None)
    settings_form = ConsultancyForm(None if is_invite or not request.POST else request.POST, instance=organisation)
    if settings_form.is_bound and settings_form.is_valid():
        settings_form.save()
        messages.success(request, "Saved.")
        return redirect("projects:consultancy", slug=organisation.slug)
    if form.is_bound and form.is_valid():
        if limited := ratelimit.consume_or_429(request, action="invite", user=request.user):
            return limited
        invitation, link = services.invite(organisation, None, by=request.user, **form.cleaned_data)
        request.session["new_link"] = {"for": invitation.email, "url": link, "kind": "invitation"}
        return redirect("projects:consultancy", slug=organisation.slug)
    context = {
        "consultancy": Organisation.objects.get(pk=organisation.pk),
        "form": form,
        "settings_form": settings_form,
        "colleagues": organisation.memberships.select_related("user").order_by("-role", "pk"),
        "invitations": organisation.invitations.filter(project=None)[:50],
        "new_link": request.session.pop("new_link", None),
    }
    wrong = form.is_bound or settings_form.is_bound
    return render(request, "projects/consultancy.html", context, status=422 if wrong else 200)


@organisation_view(OrganisationRole.OWNER)
@require_POST
def colleague_role(request: HttpRequest, organisation: Organisation, pk: int) -> HttpResponse:
    """Owner or consultant."""
    row = get_object_or_404(organisation.memberships.select_related("user"), pk=pk)
    role = request.POST.get("role", "")
    try:
        if role in OrganisationRole.values:
            services.set_organisation_role(organisation, row.user, role)
            messages.success(request, f"{row.user} is {OrganisationRole(role).label.lower()} now.")
    except services.NotPossible as error:
        messages.error(request, str(error))
    return redirect("projects:consultancy", slug=organisation.slug)


@organisation_view(OrganisationRole.OWNER)
@require_POST
def colleague_take_out(request: HttpRequest, organisation: Organisation, pk: int) -> HttpResponse:
    """End a colleague's place, in every project too."""
    row = get_object_or_404(organisation.memberships.select_related("user"), pk=pk)
    try:
        services.take_out_of_organisation(organisation, row.user, by=request.user)
    except services.NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{row.user} no longer works here.")
    return redirect("/projects/" if row.user == request.user else f"/consultancies/{organisation.slug}/")


@organisation_view(OrganisationRole.OWNER)
@require_POST
def colleague_revoke(request: HttpRequest, organisation: Organisation, pk: int) -> HttpResponse:
    """Take an invitation into the consultancy back."""
    services.revoke(get_object_or_404(organisation.invitations.filter(project=None), pk=pk), by=request.user)
    messages.success(request, "The invitation was taken back.")
    return redirect("projects:consultancy", slug=organisation.slug)
