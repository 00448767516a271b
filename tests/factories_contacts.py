"""Contact files for tests."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from apps.contacts import services
from apps.contacts.models import ContactFile
from apps.projects.models import Project

CSV = "Email,Name,Status,Consent\nada@example.org,Ada,subscribed,yes\nbob@example.org,Bob,subscribed,yes\n"


def contact_file(project: Project, content: str | bytes = CSV, name: str = "list.csv", **fields: Any) -> ContactFile:
    """An uploaded file, not judged yet."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return services.add_file(project, path, **({"by": None} | fields))
