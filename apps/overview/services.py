"""Starting a project, the project and its plan in one transaction; and files between client and consultancy."""

from typing import Any

from django.db import transaction

from apps.accounts.models import Organisation, User
from apps.checklists.copying import begin_plan
from apps.checklists.models import TemplateVersion
from apps.projects.models import Activity, Project
from apps.projects.services import create_project
from apps.projects.stored import StoredFile


@transaction.atomic
def start_project(
    organisation: Organisation, *, by: User | None, template: TemplateVersion | None = None, **fields: Any
) -> Project:
    """A new project with a copy of the template; without one, of the built-in four-phase checklist."""
    project = create_project(organisation, by=by, **fields)
    begin_plan(project, template, by=by)
    return project


@transaction.atomic
def share_file(project: Project, upload: Any, *, by: User) -> StoredFile:
    """Keep a file that client and consultancy both see, and log it."""
    file = StoredFile.keep(project, upload, purpose="shared", by=by, client_sees=True)
    Activity.record(project, "shared the file", file, by=by, is_internal=False)
    return file
