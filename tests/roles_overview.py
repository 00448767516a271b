"""Who may open the first pages, a project's overview and its reports."""

from apps.overview.models import Answer, Lesson, Measurement, Objective
from tests.roles_core import DOOR, SIGNED_IN, STAFF, STAFF_POST, S

NOBODY_ELSE = SIGNED_IN | {"sibling_client": 403, "helper": 403, "client": 403}


def things(project) -> dict:
    numbers = {"baseline": 1, "target": 2}
    objective = Objective.objects.create(project=project, sentence="Fewer hours", metric="Hours", **numbers)
    value = Measurement.objects.create(project=project, objective=objective, value=1, on=project.today)
    Answer.objects.create(project=project, key="people.time", question="Time?")
    lesson = Lesson.objects.create(project=project, text="Rehearse twice.")
    return {"objective": objective.pk, "value": value.pk, "lesson": lesson.pk}


OBJECTIVE, VALUE = S | {"pk": lambda made: made["objective"]}, S | {"pk": lambda made: made["value"]}
KEY = S | {"key": "people.time"}
STAFF_TRIES = STAFF | {"consultant": 422, "owner": 422}

ROWS = [
    ("overview:project-list", {}, "GET", SIGNED_IN | {"sibling_client": 302, "helper": 302, "client": 302}),
    ("overview:calendar", {"token": "unknown"}, "GET", dict.fromkeys(SIGNED_IN, 404)),
    ("overview:project-new", {}, "GET", NOBODY_ELSE),
    ("overview:project-page", S, "GET", DOOR | {"helper": 302, "client": 302, "consultant": 200, "owner": 200}),
    ("overview:progress", S, "GET", DOOR | {"client": 200, "consultant": 200, "owner": 200}),
    ("overview:files", S, "GET", DOOR | {"client": 200, "consultant": 200, "owner": 200}),
    ("overview:files", S, "POST", DOOR | {"client": 422, "consultant": 422, "owner": 422}),
    ("overview:objective-list", S, "GET", DOOR | {"client": 200, "consultant": 200, "owner": 200}),
    ("overview:objective-new", S, "GET", STAFF),
    ("overview:objective-edit", OBJECTIVE, "GET", STAFF),
    ("overview:objective-measure", OBJECTIVE, "POST", STAFF_TRIES),
    ("overview:measurement-delete", VALUE, "POST", STAFF_POST | {"consultant": {302, 404}, "owner": {302, 404}}),
    ("overview:objective-delete", OBJECTIVE, "POST", STAFF_POST | {"consultant": {302, 404}, "owner": {302, 404}}),
    ("overview:assessment", S, "GET", STAFF),
    ("overview:assessment-answer", KEY, "POST", STAFF_TRIES),
    ("overview:assessment-plan", KEY, "POST", STAFF_POST),
    ("overview:after-report", S, "GET", DOOR | {"client": 404, "consultant": 200, "owner": 200}),  # not shared yet
    ("overview:after-report-workbook", S, "GET", DOOR | {"client": 404, "consultant": 200, "owner": 200}),
    ("overview:after-report-share", S, "POST", STAFF_POST),
    ("overview:lesson-add", S, "POST", STAFF_TRIES),
    ("overview:lesson-state", S | {"pk": lambda made: made["lesson"]}, "POST", STAFF_POST),
    ("overview:reports", S, "GET", STAFF),
    ("overview:search", {}, "GET", SIGNED_IN),
]
