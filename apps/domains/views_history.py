"""Every check of a domain, any two side by side; the report of all domains, to print or as a workbook."""

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.domains import history, services
from apps.domains.models import Domain, DomainCheck
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from engine.spreadsheets.writing import write_workbook


@project_view(Role.CONSULTANT)
@require_safe
def check_list(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """All checks, newest first; tick two to see what changed between them."""
    domain = get_object_or_404(project.domains.select_related("project"), pk=pk)
    rows = domain.checks.select_related("started_by").defer("report")
    if request.GET.get("show") == "changes":
        rows = rows.filter(is_light=False)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    for row, older in pairwise(page):
        row.is_news = row.digest != older.digest
    return render(request, "domains/check_list.html", {"project": project, "domain": domain, "page": page})


def _numbered(domain: Domain, number: str) -> DomainCheck | None:
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        return None
    return domain.checks.filter(pk=int(number)).first()


@project_view(Role.CONSULTANT)
@require_safe
def check_compare(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Two checks side by side (?check=1&check=2); the two newest where fewer are named."""
    domain = get_object_or_404(project.domains.select_related("project"), pk=pk)
    named = [_numbered(domain, number) for number in request.GET.getlist("check")[:2]]
    pair = [check for check in named if check is not None]
    pair = pair if len(pair) == 2 else list(domain.checks.all()[:2])
    pair.sort(key=lambda check: (check.as_of, check.pk))
    rows = history.side_by_side(*pair) if len(pair) == 2 else []
    context = {"project": project, "domain": domain, "pair": pair, "rows": rows}
    return render(request, "domains/check_compare.html", context)


@project_view(Role.CONSULTANT)
@require_safe
def report(request: HttpRequest, project: Project) -> HttpResponse:
    """All domains on paper: expected and found, and what to do."""
    domains = list(project.domains.with_status())
    checks = services.newest_checks(domains)
    findings: dict[int, list[object]] = {}
    keys = [check.pk for check in checks.values()]
    for one in project.domainfindings.filter(domain_check__in=keys):
        findings.setdefault(one.domain_check_id, []).append(one)
    rows = []
    for domain in domains:
        check = checks.get(domain.pk)
        rows.append({"domain": domain, "check": check, "findings": findings.get(check.pk, []) if check else []})
    return render(request, "domains/report.html", {"project": project, "rows": rows})


@project_view(Role.CONSULTANT)
@require_safe
def report_workbook(request: HttpRequest, project: Project) -> HttpResponse:
    """The same as XLSX, with every check; text is never a formula."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "domains.xlsx"
        write_workbook(path, history.sheets(project))
        name = f"{project.slug}-domains-{timezone.now():%Y-%m-%d}.xlsx"
        return FileResponse(path.open("rb"), as_attachment=True, filename=name)
