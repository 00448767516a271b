"""Facts about domains turn back when a domain is added, and when the last one goes."""

from apps.domains import services, tasks
from engine.findings import Verdict
from tests.domains.conftest import run


def said(project) -> dict[str, tuple[str, str]]:
    return {fact.key: (fact.verdict, fact.reason) for fact in project.facts.all()}


def test_a_domain_nobody_has_looked_at_yet_counts_at_once_and_no_more_once_it_was_read(project, domain, own_server):
    run(tasks.check_domains, project)
    assert said(project)["domains.checked"][0] == Verdict.READY
    uses = {"shows_pages": False, "sends_mail": False}
    (new,) = services.add_domains(project, [("new.example", "new.example")], by=None, **uses)
    assert said(project)["domains.checked"] == (Verdict.NOT_READY, "Not looked at yet: new.example.")
    services.delete_domain(new, by=None)
    assert said(project)["domains.checked"][0] == Verdict.READY


def test_without_a_domain_nothing_is_ready_any_more(project, domain, own_server):
    run(tasks.check_domains, project)
    services.delete_domain(domain, by=None)
    assert set(said(project).values()) == {(Verdict.NOT_READY, "No domain is here any more.")}
