"""Asking real servers on loopback: what arrives, what goes astray, and how politely it is asked."""

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest

from engine.outbound import Failed, fetch
from engine.redirects import asking
from engine.redirects.asking import PER_HOST, asker
from engine.redirects.checking import MADE_UP, MOST_HOPS, NOT_ASKED, check_after, check_before
from engine.redirects.maps import Redirect, standard

LOOPBACK = (ip_network("127.0.0.0/8"),)


@contextmanager
def server(answers, delay=0.0):
    """(address, what was asked, most at once). `answers`: path -> (status, location or None); 0 hangs up."""
    asked, lock, most = [], threading.Lock(), [0, 0]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            with lock:
                most[0] += 1
                most[1] = max(most)
                asked.append((self.command, self.path))
            time.sleep(delay)
            answer = answers(self.path, len(asked)) if callable(answers) else answers.get(self.path, (404, None))
            with lock:  # before the answer goes out: the next request may be here before this thread goes on
                most[0] -= 1
            status, location = answer[:2]
            if not status:
                self.connection.close()
                return
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            for name, value in answer[2:]:
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET

        def log_message(self, *args):
            pass

    class Quiet(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

        def handle_error(self, request, client_address):
            pass

    running = Quiet(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_port}", asked, most
    finally:
        running.shutdown()
        running.server_close()


def ask(seconds=3.0):
    return asker(
        lambda url, method: fetch(
            url,
            method=method,
            allow=LOOPBACK,
            ports=range(1, 65_536),
            max_hops=0,
            accept_hops=True,
            total_seconds=seconds,
        )
    )


CASES = {
    "/ok": ((301, "/new"), "arrives"),
    "/ok-308": ((308, "/new"), "arrives"),
    "/slash": ((301, "/new/"), "target_missing"),
    "/temporary": ((302, "/new"), "temporary"),
    "/chain": ((301, "/ok"), "chain"),
    "/long-1": ((301, "/long-2"), "wrong_target"),
    "/loop": ((301, "/loop-2"), "loop"),
    "/itself": ((301, "/itself"), "loop"),
    "/elsewhere": ((301, "/other"), "wrong_target"),
    "/still-there": ((200, None), "not_redirected"),
    "/missing": ((404, None), "not_redirected"),
    "/ails": ((500, None), "ails"),
    "/no-location": ((301, None), "chain"),
    "/inside": ((301, "http://10.0.0.1/"), "private"),
    "/metadata": ((301, "http://169.254.169.254/latest"), "private"),
    "/script": ((301, "javascript:alert(1)"), "bad_target"),
    "/hangs-up": ((0, None), "no_answer"),
}
OTHERS = {
    "/new": (200, None),
    "/new/": (404, None),
    "/other": (200, None),
    "/loop-2": (301, "/loop"),
    "/long-2": (301, "/other"),
}


def test_each_old_address_gets_its_own_verdict():
    answers = {path: answer for path, (answer, _) in CASES.items()} | OTHERS
    with server(answers) as (site, _, _):
        redirects = [Redirect(f"{site}{path}", f"{site}/new") for path in CASES]
        found = check_after(redirects, ask())
    got = {path: one.code for path, one in zip(CASES, found, strict=True)}
    assert got == {path: code for path, (_, code) in CASES.items()}
    verdicts = {path: one.verdict for path, one in zip(CASES, found, strict=True)}
    assert [path for path, verdict in verdicts.items() if verdict == "ok"] == ["/ok", "/ok-308"]
    assert [path for path, verdict in verdicts.items() if verdict == "unknown"] == ["/ails", "/hangs-up"]


@pytest.mark.parametrize("written", ["/k\u00c3\u00a4se", "/k%c3%a4se", "/k%C3%A4se"])
def test_a_place_may_be_named_in_any_writing(written):
    with server({"/a": (301, written), "/k%C3%A4se": (200, None)}) as (site, _, _):
        (found,) = check_after([Redirect(f"{site}/a", standard(f"{site}/k\u00e4se"))], ask())
    assert found.code == "arrives"


def test_an_endless_chain_ends():
    with server(lambda path, count: (301, f"/{count}x")) as (site, asked, _):
        (found,) = check_after([Redirect(f"{site}/a", f"{site}/b")], ask())
    assert found.code == "chain"
    assert len(asked) <= MOST_HOPS + 2


def test_gone_by_choice_is_410_and_nothing_else():
    with server({"/a": (410, None), "/b": (404, None), "/c": (200, None), "/d": (503, None)}) as (site, _, _):
        found = check_after([Redirect(f"{site}/{name}", is_gone=True) for name in "abcd"], ask())
    assert [(one.verdict, one.code) for one in found] == [
        ("ok", "gone"), ("wrong", "missing_not_gone"), ("wrong", "not_gone"), ("unknown", "ails")
    ]  # fmt: skip


def test_before_the_switch_the_new_pages_are_asked_once_each():
    answers = {"/ok": (200, None), "/moved": (301, "/ok"), "/closed": (403, None), "/ails": (500, None)}
    with server(answers) as (site, asked, _):
        new = ["/ok", "/ok", "/moved", "/closed", "/ails", "/missing"]
        redirects = [Redirect(f"https://old.example/{n}", f"{site}{path}") for n, path in enumerate(new)]
        redirects += [Redirect("https://old.example/x", is_gone=True), Redirect("https://old.example/y/*", f"{site}/*")]
        found = check_before(redirects, ask())
    assert [one.code for one in found] == [
        "answers", "answers", "target_redirects", "target_closed", "target_ails", "target_missing", "gone_by_choice",
        "pattern",
    ]  # fmt: skip
    assert asked.count(("HEAD", "/ok")) == 1
    assert ("GET", "/ok") not in asked


def test_a_server_that_does_not_take_head_is_asked_again():
    with server(lambda path, count: (200, None) if count == 2 else (405, None)) as (site, asked, _):
        (found,) = check_before([Redirect("https://old.example/", f"{site}/a")], ask())
    assert found.verdict == "ok"
    assert [method for method, _ in asked] == ["HEAD", "GET"]


def test_a_host_gets_no_more_than_its_share_at_once_and_all_are_told():
    told = []
    with server(lambda path, count: (200, None), delay=0.02) as (site, asked, most):
        redirects = [Redirect(f"https://old.example/{n}", f"{site}/{n}") for n in range(60)]
        found = check_before(redirects, ask(), on_done=lambda done, total: told.append((done, total)), per_host=4)
    assert {one.verdict for one in found} == {"ok"}
    assert most[1] <= 4
    assert len(asked) == 60
    assert told == [(n, 60) for n in range(1, 61)]


def test_a_server_that_asks_for_a_pause_gets_it():
    def answers(path, count):
        return (429, None, ("Retry-After", "1")) if count == 1 else (200, None)

    began = time.monotonic()
    with server(answers) as (site, _, _):
        (found,) = check_before([Redirect("https://old.example/", f"{site}/a")], ask())
    assert found.verdict == "ok"
    assert time.monotonic() - began >= 0.9


def test_a_host_that_always_asks_for_a_pause_is_let_alone(monkeypatch):
    monkeypatch.setattr(asking, "LONGEST_PAUSE", 0.05)
    with server(lambda path, count: (429, None, ("Retry-After", "60"))) as (site, asked, _):
        found = check_after([Redirect(f"{site}/{n}", f"{site}/new") for n in range(60)], ask())
    assert {one.verdict for one in found} == {"unknown"}
    assert found[-1].sentence == "This server refuses so many requests; check again later."
    assert len(asked) <= 2 * 2 * PER_HOST


@pytest.mark.parametrize("check", [check_before, check_after])
def test_a_round_ends_in_time_and_keeps_what_was_answered(check):
    answers = {f"/{n}": (301, "/new") for n in range(60)} | {"/new": (200, None)}
    if check is check_before:
        answers = {f"/{n}": (200, None) for n in range(60)}
    with server(answers, delay=0.1) as (site, _, _):
        lines = [Redirect(f"{site}/{n}", f"{site}/new") for n in range(60)]
        if check is check_before:
            lines = [Redirect("https://old.example/", f"{site}/{n}") for n in range(60)]
        found = check(lines, ask(), per_host=3, seconds=0.5)
    codes = [one.code for one in found]
    assert codes[0] in ("answers", "arrives")
    assert codes[-1] == NOT_ASKED


def test_a_host_that_never_answers_costs_a_few_tries_and_not_all():
    with server({}, delay=30) as (site, asked, _), server(lambda path, count: (200, None)) as (fine, _, _):
        redirects = [Redirect(f"https://old.example/{n}", f"{site}/{n}") for n in range(60)]
        redirects += [Redirect("https://old.example/fine", f"{fine}/a")]
        began = time.monotonic()
        found = check_before(redirects, ask(0.5), per_host=4)
        assert time.monotonic() - began < 10
    assert [one.verdict for one in found] == ["unknown"] * 60 + ["ok"]
    assert len(asked) <= 12


def test_private_places_are_never_asked():
    found = check_before([Redirect("https://old.example/", "http://192.168.1.1/admin")], ask())
    assert [(one.verdict, one.code) for one in found] == [("wrong", "no_answer")]


def test_a_fault_in_the_listener_ends_the_whole():
    def fails(done, total):
        raise RuntimeError("stop")

    with server(lambda path, count: (200, None)) as (site, _, _), pytest.raises(RuntimeError, match="stop"):
        check_before([Redirect("https://old.example/", f"{site}/{n}") for n in range(30)], ask(), on_done=fails)


def test_a_name_that_does_not_exist_is_said_of_all_its_addresses_and_a_made_up_one_is_not_asked():
    def nobody(url):
        raise Failed("name", f"The name {url.split('/')[2]} does not exist.")

    real = check_after(
        [Redirect(f"https://gone.example.org/{n}", f"https://new.example.com/{n}") for n in range(9)], nobody
    )
    assert {one.sentence for one in real} == {"The name gone.example.org does not exist."}

    def never(url):
        raise AssertionError(url)

    redirects = [Redirect("https://www.bakery.example:8443/a", "https://shop.test/a")]
    for check, host in ((check_after, "www.bakery.example"), (check_before, "shop.test")):
        (found,) = check(redirects, never)
        assert (found.verdict, found.code) == ("unknown", MADE_UP)
        assert host in found.sentence
