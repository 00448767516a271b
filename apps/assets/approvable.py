"""The decisions of the inventory, as a client can be asked to approve them."""

from apps.projects.models import Project, Role
from engine.plan.frozen import Approvable, Line


def decisions(project: Project, role: int) -> Approvable:
    """Every asset with its required status; clients approve those they see. One query."""
    rows = project.assets.all() if role >= Role.CONSULTANT else project.assets.filter(client_sees=True)
    lines = (
        Line(str(asset.pk), asset.name, {"Decision": asset.get_required_status_display() or "Undecided"})
        for asset in rows.order_by("pk")
    )
    return Approvable("The decisions of the inventory", f"{project.get_absolute_url()}inventory/", tuple(lines))
