"""Files between client and consultancy: what he gave, what there is for him."""

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.projects.models import Activity
from apps.projects.stored import StoredFile
from tests.factories_contacts import contact_file

URL = "/projects/move/files/"


def upload(browser, name, content=b"x"):
    return browser.post(URL, {"file": SimpleUploadedFile(name, content)}, follow=True)


def test_a_file_goes_both_ways_and_is_logged(client_person, consultant, project):
    assert "logo.svg is there." in upload(client_person, "logo.svg").content.decode()
    upload(consultant, "offer.pdf")
    for browser, own, others in (
        (client_person, "From you", "For you"),
        (consultant, "From the client", "For the client"),
    ):
        text = browser.get(URL).content.decode()
        assert text.index(others) < text.index("offer.pdf") < text.index(own) < text.index("logo.svg")
    for file in StoredFile.objects.all():
        assert client_person.get(file.get_absolute_url()).status_code == 200
    assert Activity.objects.filter(verb="shared the file").count() == 2


def test_a_clients_own_contact_list_is_there_and_nobody_elses(client_person, consultant, project):
    contact_file(project, name="own.csv", by=client_person.person, client_sees=True)
    contact_file(project, name="internal.csv", by=consultant.person)
    text = client_person.get(URL).content.decode()
    assert "own.csv" in text
    assert "internal.csv" not in text


def test_nothing_chosen_and_an_empty_file_are_said_in_words(client_person, project):
    answer = client_person.post(URL)
    assert answer.status_code == 422
    assert "Choose a file." in answer.content.decode()
    assert upload(client_person, "empty.txt", b"").status_code == 422
    assert not StoredFile.objects.exists()
