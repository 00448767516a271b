"""Starting a project: the project and its plan in one transaction."""

from typing import Any

from django.db import transaction

from apps.accounts.models import Organisation, User
from apps.checklists.services import copy_builtin_template
from apps.projects.models import Project
from apps.projects.services import create_project


@transaction.atomic
def start_project(organisation: Organisation, *, by: User | None, **fields: Any) -> Project:
    """A new project with the built-in four-phase checklist."""
    project = create_project(organisation, by=by, **fields)
    copy_builtin_template(project, by=by)
    return project
