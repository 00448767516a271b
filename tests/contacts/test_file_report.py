"""The report page of one contact file, and deleting the file."""

from apps.contacts import services
from apps.contacts.models import ContactFile, FileCheck
from apps.contacts.tasks import validate_file
from apps.jobs.models import Job, State
from apps.projects.models import Activity
from apps.projects.stored import StoredFile
from tests.factories_contacts import CSV, contact_file


def page_of(browser, file, **headers) -> str:
    answer = browser.get(f"/projects/move/contacts/{file.pk}/", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_report_says_how_it_was_read_and_what_was_found(project, consultant):
    file = contact_file(project, CSV.replace(",", ";") + "no address;Eve;unsubscribed;no\n")
    services.judge_now(file)
    page = page_of(consultant, file)
    for words in [
        "semicolon",
        "Addresses that cannot receive mail",
        "Email, line 4",
        file.file.sha256,
        "Agreed to be mailed",
    ]:
        assert words in page
    assert "no address" not in page


def test_while_it_is_checked_the_page_follows_the_job_and_turns_into_the_report(project, consultant, client_person):
    file = contact_file(project, client_sees=True)
    job = Job.start(validate_file, project, by=None, key=file.job_key, contact_file_id=file.pk)
    assert "job-ended from:body" in page_of(consultant, file)
    assert "every 2s" in page_of(client_person, file)
    validate_file.run(job.pk)
    fragment = page_of(client_person, file, HX_Request="true")
    assert fragment.lstrip().startswith('<section id="report"')
    assert "every 2s" not in fragment
    assert "How it was read" in fragment


def test_a_failed_check_shows_its_sentence(project, consultant):
    file = contact_file(project)
    job = Job.start(validate_file, project, by=None, key=file.job_key, contact_file_id=file.pk)
    Job.objects.filter(pk=job.pk).update(state=State.FAILED, message="This file needs more memory.")
    page = page_of(consultant, file)
    assert "This file needs more memory." in page
    assert "Check again" in page


def test_checking_again_starts_one_job_at_a_time(project, consultant):
    file = contact_file(project)
    for _ in range(2):
        assert consultant.post(f"/projects/move/contacts/{file.pk}/check/").status_code == 302
    assert Job.objects.get().args == {"contact_file_id": file.pk}


def test_a_target_that_changed_is_said(project, consultant):
    file = contact_file(project)
    services.judge_now(file)
    FileCheck.objects.update(target="mailchimp")
    assert "Check it again." in page_of(consultant, file)


def test_deleting_asks_for_the_name(project, consultant):
    file = contact_file(project)
    consultant.post(f"/projects/move/contacts/{file.pk}/delete/", {"confirm_name": "other"})
    assert file.file.path.exists()


def test_deleting_takes_every_byte_and_leaves_the_receipt(project, consultant):
    file = contact_file(project)
    services.judge_now(file)
    services.judge_now(file)
    Job.start(validate_file, project, by=None, key=file.job_key, contact_file_id=file.pk)
    assert len(list(file.file.path.parent.iterdir())) >= 3
    consultant.post(f"/projects/move/contacts/{file.pk}/delete/", {"confirm_name": "list.csv"})
    assert list(file.file.path.parent.iterdir()) == []
    for stored in StoredFile.objects.all():
        assert consultant.get(f"/projects/move/files/{stored.pk}/").status_code == 404
        assert (stored.deleted_by, stored.deleted_at is None) == (consultant.person, False)
    assert Job.objects.get().state == State.CANCELLED
    page = page_of(consultant, ContactFile.objects.get())
    assert "This file was deleted" in page
    assert "/files/" not in page
    assert set(project.facts.values_list("verdict", flat=True)) == {"not_ready"}  # nothing is judged any more
    assert Activity.objects.filter(verb="deleted the contact file", actor=consultant.person).count() == 1


def test_a_project_with_contact_files_can_be_deleted(project):
    services.judge_now(contact_file(project))
    project.delete()
    assert (ContactFile.objects.count(), StoredFile.objects.count()) == (0, 0)
