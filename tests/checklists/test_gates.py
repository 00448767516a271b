"""Random plans and random acts on the real rows: no order of them leaves an item done while its gate is shut."""

import contextlib
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from apps.checklists import services
from apps.checklists.models import ChecklistItem, EvidenceKind, How, NotYet, State
from apps.findings.models import Fact
from apps.projects.models import Activity, Role, StaleRow
from engine.findings import Verdict

KEYS = ["inventory.decided", "domains.stable"]
KINDS = ["", "", "", "check", "text"]
WHICH = st.integers(0, 7)
FACT = st.sampled_from([0, 1, 2, 2])
BECOMES = {"ticked": State.DONE, "ticked by override": State.DONE, "opened again": State.OPEN}
BECOMES |= {"marked not applicable": State.NOT_APPLICABLE}


class Plan(RuleBasedStateMachine):
    """Acts of a consultant, of the client, and of the system's own checks, in any order."""

    project = consultant = client = None  # given by the test

    @initialize(
        edges=st.sets(st.tuples(WHICH, WHICH), min_size=6, max_size=24), facts=st.lists(FACT, min_size=8, max_size=8),
        kinds=st.lists(st.sampled_from(KINDS), min_size=8, max_size=8), done=st.booleans(),
    )  # fmt: skip
    def begin(self, edges, facts, kinds, done):
        self.project.items.all().delete()
        self.project.facts.all().delete()
        Activity.objects.filter(project=self.project).delete()
        for number in range(8):
            earlier = {self.item(min(pair)) for pair in edges if max(pair) == number and min(pair) < number}
            self.add(earlier, facts[number], kinds[number], number % 2 == 0)
        if done:
            self.do_all_that_can_be_done()

    def add(self, waits_for, fact, kind, client_sees):
        values = {"phase": 1, "section": "Any", "title": f"Step {fact}", "client_sees": client_sees}
        values |= {"fact": KEYS[fact] if fact < len(KEYS) else "", "evidence_kind": kind}
        values["who"] = "client" if client_sees else "consultant"
        services.add_item(self.project, by=self.consultant, waits_for=waits_for, **values)

    def item(self, number, state=None) -> ChecklistItem:
        """One of those in this state, where there are any."""
        rows = list(self.project.items.order_by("pk").select_related("project"))
        fit = [row for row in rows if row.state == state and (state != State.OPEN or not row.blockers)] or rows
        return fit[number % len(fit)]

    @rule(number=WHICH, before=st.sets(WHICH, max_size=3), fact=FACT, kind=st.sampled_from(KINDS))
    def new_item(self, number, before, fact, kind):
        self.add({self.item(other) for other in before}, fact, kind, number % 2 == 0)

    @rule(number=WHICH, is_client=st.booleans(), override=st.sampled_from(["", "", "Because"]), age=st.integers(0, 3))
    def tick(self, number, is_client, override, age):
        row = self.item(number, State.OPEN)
        user, role = (self.client, Role.CLIENT) if is_client else (self.consultant, Role.CONSULTANT)
        if not row.may_be_ticked_by(user, role):
            return
        version, was = row.version - (age == 3), row.state
        try:
            services.complete(row, by=user, version=version, override="" if is_client else override)
        except StaleRow:
            assert version != row.version
        except NotYet as sentence:
            assert str(sentence).endswith(".")
            row.refresh_from_db()
            assert row.state == was

    @rule()
    def do_all_that_can_be_done(self):
        for row in self.project.items.open():
            row = ChecklistItem.objects.select_related("project").get(pk=row.pk)
            if not row.what_is_missing():
                services.complete(row, by=self.consultant, version=row.version)

    @rule(number=WHICH, is_client=st.booleans())
    def open_again(self, number, is_client):
        row = self.item(number, State.DONE)
        user, role = (self.client, Role.CLIENT) if is_client else (self.consultant, Role.CONSULTANT)
        if row.may_be_ticked_by(user, role):
            services.reopen(row, by=user, version=row.version, reason="Not good enough")
            row.refresh_from_db()
            assert row.state == State.OPEN

    @rule(number=WHICH)
    def does_not_apply(self, number):
        row = self.item(number)
        services.set_not_applicable(row, by=self.consultant, version=row.version, reason="No such thing here")

    @rule(number=WHICH)
    def give_evidence(self, number):
        services.give_evidence(self.item(number), by=self.consultant, kind=EvidenceKind.TEXT, text="Seen")

    @rule(number=WHICH, others=st.sets(WHICH, max_size=3))
    def edit_waits(self, number, others):
        row = self.item(number)
        with contextlib.suppress(NotYet):  # they would wait for one another
            services.set_waits(row, list({self.item(other) for other in others} - {row}))

    @rule(number=WHICH)
    def delete(self, number):
        if self.project.items.count() > 3:
            services.delete_item(self.item(number), by=self.consultant)

    @rule(key=st.sampled_from(KEYS), verdict=st.sampled_from(Verdict), days=st.sampled_from([0, 0, 0, 2, 400]))
    def check_says(self, key, verdict, days):
        Fact.publish(self.project, key, verdict, f"Said {verdict}", as_of=timezone.now() - timedelta(days=days))

    @rule(key=st.sampled_from(KEYS))
    def check_grows_old(self, key):
        self.project.facts.filter(key=key).update(as_of=timezone.now() - timedelta(days=500))

    @rule(days=st.integers(-40, 40))
    def go_live_moves(self, days):
        self.project.go_live += timedelta(days=days)
        self.project.save()
        services.reschedule(self.project)

    @invariant()
    def nothing_is_done_behind_a_shut_gate(self):
        for row in self.project.items.filter(state=State.DONE).exclude(done_how=How.OVERRIDE):
            assert not row.blockers, f"{row.pk} is done by {row.done_how}, waits for {row.blockers}"

    @invariant()
    def what_could_tick_itself_has_ticked(self):
        facts = self.project.facts.by_key()
        for row in self.project.items.open():
            ready = row.fact in facts and facts[row.fact].is_ready and row.done_how != How.OVERRIDE
            asks = row.evidence_kind == "text" and not row.evidence.filter(kind="text").exists()
            assert row.blockers or asks or not ready, f"{row.pk} is open, its check is ready"
            assert row.what_is_missing() or row.done_how != How.HELD, f"{row.pk} is held, its gate is open"

    @invariant()
    def what_a_check_ticked_is_not_known_to_be_wrong(self):
        facts = self.project.facts.by_key()
        for row in self.project.items.filter(done_how=How.FACT):
            assert row.state == State.DONE
            assert facts[row.fact].verdict == Verdict.READY
            assert row.evidence.filter(kind=EvidenceKind.CHECK).exists()

    @invariant()
    def the_state_says_only_what_somebody_did(self):
        """Never "blocked"; an override has its reason; the log, read from its beginning, leads to what stands there."""
        log = {}
        for line in Activity.objects.filter(project=self.project, verb__in=BECOMES).order_by("pk"):
            log[line.subject_id] = BECOMES[line.verb]
            assert line.reason or line.verb != "ticked by override"
        for row in self.project.items.all():
            assert row.state == log.get(row.pk, State.OPEN)
            if row.done_how == How.OVERRIDE and row.state == State.DONE:
                assert row.state_reason


@pytest.mark.django_db
def test_no_order_of_acts_leaves_an_item_done_behind_a_shut_gate(consultant, client_person, project):
    Plan.project, Plan.consultant, Plan.client = project, consultant.person, client_person.person
    few = settings(
        max_examples=8,
        stateful_step_count=25,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Plan, settings=few)
