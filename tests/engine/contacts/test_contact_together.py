"""A large file judged by two processes comes out byte for byte as by one."""

import json
import os
import signal

import pytest
from planted import FIELDS, TODAY, planted

from engine import platforms
from engine.contacts import blocks, judge_file, judging, read_fields
from engine.contacts import second as seconds
from engine.contacts.limits import limits_of
from engine.contacts.recipe import read_recipe
from engine.contacts.wanted import Wanted

KARTRA = limits_of(platforms.load("kartra"))
RECIPE = read_recipe({"fixes": [{"code": "contacts.email.repairable", "value": "*", "to": ""}]})


@pytest.fixture
def shelved(monkeypatch):
    """Small blocks, so that a small file has many of them, and no second process left over."""
    monkeypatch.setattr(blocks, "BLOCK", 24 << 10)
    monkeypatch.setattr(blocks, "ODD_ONES", 20)
    yield monkeypatch
    seconds.end_all()


def judged(path, out, **settings):
    settings = {
        "fields": read_fields(FIELDS),
        "as_of": TODAY,
        "wanted": Wanted(sample=25, index=True, keys=True),
    } | settings
    report = judge_file(path, target=KARTRA, out=out, recipe=RECIPE, **settings).as_detail()
    return json.dumps(report | {"seconds": 0}), {file.name: file.read_bytes() for file in out.iterdir()}


def by_two(monkeypatch):
    monkeypatch.setattr(judging, "is_worth_it", lambda size: True)


def waits_for_both(monkeypatch):
    """Blocks are given out as soon as the second process is there, however quick the first one is."""
    start = seconds.Second.__init__

    def started(self, *surveyed):
        start(self, *surveyed)
        assert self.channel.receive()[0] == "here"
        self.is_ready = True

    monkeypatch.setattr(seconds.Second, "__init__", started)


@pytest.mark.parametrize(("seed", "delimiter", "end"), [(11, ",", "\r\n"), (12, ";", "\n")])
def test_two_processes_say_what_one_says(tmp_path, shelved, seed, delimiter, end):
    path = tmp_path / "list.csv"
    path.write_text(planted(seed, 4_000, delimiter=delimiter, end=end).text, "utf-8", newline="")
    alone = judged(path, tmp_path / "alone")
    waits_for_both(shelved)
    by_two(shelved)
    for number in (1, 2):  # the second file finds the process of the first one
        assert judged(path, tmp_path / f"together{number}") == alone


def test_dates_that_only_the_whole_column_explains_are_told_once(tmp_path, shelved):
    path = tmp_path / "list.csv"
    days = "".join(f"a{n}@example.org,{'13' if n == 5_900 else '03'}/04/2026\n" for n in range(6_000))
    path.write_text(f"Email,Last Open\n{days}")
    alone = judged(path, tmp_path / "alone", fields=None)
    waits_for_both(shelved)
    by_two(shelved)
    assert judged(path, tmp_path / "together", fields=None) == alone
    assert "contacts.date.order" in alone[0]


def test_without_a_second_process_the_first_does_all(tmp_path, shelved):
    path = tmp_path / "list.csv"
    path.write_text(planted(13, 2_000).text, "utf-8", newline="")
    alone = judged(path, tmp_path / "alone")
    by_two(shelved)
    shelved.setattr(seconds.sys, "executable", "/bin/false")
    assert judged(path, tmp_path / "together") == alone


@pytest.mark.parametrize("what", ["sound", "Windows-1252", "damaged", "changed", "gone"])
def test_the_survey_of_the_second_process_is_that_of_the_first(tmp_path, shelved, what):
    path, text = tmp_path / "list.csv", planted(15, 2_000).text
    data = text.encode("cp1252" if what == "Windows-1252" else "utf-8", "replace") + b"x@b\xffd.org\n" * (
        what == "damaged"
    )
    path.write_bytes(data)
    shelved.setattr(seconds, "WORTH_IT", 1)
    if what == "gone":
        shelved.setattr(seconds.sys, "executable", "/bin/false")
    seconds.start_early(path, is_surveyed=True)
    if what == "changed":
        path.write_bytes(data := text.encode("utf-16"))
    early, survey = [], judging.survey

    def surveyed(*told):
        early.append(told[3])
        return survey(*told)

    shelved.setattr(judging, "survey", surveyed)
    together = judged(path, tmp_path / "together")
    seconds.end_all()
    shelved.setattr(judging, "is_worth_it", lambda size: False)
    assert together == judged(path, tmp_path / "alone")
    assert [one is not None for one in early] == [what not in ("changed", "gone"), False]


def test_a_second_process_that_is_killed_ends_the_check_and_leaves_nothing(tmp_path, shelved):
    path = tmp_path / "list.csv"
    path.write_text(planted(14, 2_000).text, "utf-8", newline="")
    waits_for_both(shelved)
    by_two(shelved)
    started = seconds.Second.__init__

    def killed(self, *surveyed):
        started(self, *surveyed)
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    shelved.setattr(seconds.Second, "__init__", killed)
    with pytest.raises(MemoryError):
        judged(path, tmp_path / "out")
    assert not [one.name for one in tmp_path.iterdir() if "out" in one.name]
