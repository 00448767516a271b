"""A client finds the domains that are shown to him from his progress, and no link where none is."""

from apps.domains.models import Domain


def test_the_entry_stands_there_once_a_domain_is_shown(project, client_person):
    domain = Domain.objects.create(project=project, name="example.org", shown="example.org")
    address = f"{project.get_absolute_url()}domains/"
    list_of_his = f"{project.get_absolute_url()}progress/"
    assert f'href="{address}"' not in client_person.get(list_of_his, follow=True).content.decode()
    Domain.objects.filter(pk=domain.pk).update(client_sees=True)
    page = client_person.get(list_of_his, follow=True)
    assert page.status_code == 200
    assert f'href="{address}"' in page.content.decode()
    assert "example.org" in client_person.get(address).content.decode()
