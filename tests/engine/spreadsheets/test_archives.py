"""ZIP archives: what comes out, under which names, and what is refused before and while it comes out."""

import struct
import zipfile
import zlib

import pytest

from engine.spreadsheets import Unreadable, archives
from engine.spreadsheets.archives import MOST_MEMBERS, is_archive, read_through, unpack

CSV = b"Email,Name\nada@example.org,Ada\n"
MB = 1024 * 1024


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def packed(tmp_path):
    """An archive of (name, bytes) pairs, in that order; names may repeat."""

    def pack(*members, method=zipfile.ZIP_DEFLATED):
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w", method) as archive:
            for name, content in members:
                archive.writestr(zipfile.ZipInfo(name), content, method)
        return path

    return pack


def refused(path, folder, **options):
    """The kind and the sentence, which both ways through the archive give; nothing is left on the disk."""
    told = []
    for look in (lambda: unpack(path, folder, **options), lambda: read_through(path, **options)):
        with pytest.raises(Unreadable) as error:
            look()
        told.append((error.value.kind, error.value.message))
    assert told[0] == told[1] and list(folder.iterdir()) == []
    assert told[0][1].endswith(".") and told[0][1].count("\n") == 0
    return told[0][0]


def names(path, folder):
    members, left_out = unpack(path, folder)
    assert all(member.path.parent == folder and len(member.path.name) == 48 for member in members)
    return [member.name for member in members], left_out


def test_every_list_comes_out_as_it_went_in(packed, folder):
    path = packed(("a.csv", CSV), ("folder/b.txt", b"x"), ("c.xlsx", b"PK"), ("empty.csv", b""))
    assert is_archive(path)
    members, left_out = unpack(path, folder)
    assert [(one.name, one.path.read_bytes()) for one in members] == [
        ("a.csv", CSV), ("b.txt", b"x"), ("c.xlsx", b"PK"), ("empty.csv", b""),
    ]  # fmt: skip
    assert left_out == []
    assert all(one.path.stat().st_mode & 0o777 == 0o600 for one in members)


def test_what_operating_systems_add_is_passed_over_and_what_is_no_list_is_named(packed, folder):
    path = packed(
        ("__MACOSX/._a.csv", b"x"), ("a.csv", CSV), (".DS_Store", b"x"), ("x/.hidden.csv", b"x"), ("Thumbs.db", b"x"),
        ("readme.pdf", b"x"), ("pictures/", b""), ("pictures/logo.png", b"x"),
    )  # fmt: skip
    assert names(path, folder) == (["a.csv"], ["readme.pdf", "logo.png"])


@pytest.mark.parametrize(("name", "shown"), [
    ("../../etc/passwd.csv", "passwd.csv"), ("/etc/cron.d/x.csv", "x.csv"), ("C:\\Windows\\x.csv", "x.csv"),
    ("..\\..\\x.csv", "x.csv"), ("a\x1b[31m\u202eb.csv", "a[31mb.csv"), ("a\nb\r.csv", "ab.csv"),
    ("x" * 10_000 + ".csv", "x" * 120 + ".csv"), ("x." + "c" * 10_000, "x" * 0 + ""), ("List Ü.CSV", "List Ü.CSV"),
])  # fmt: skip
def test_a_hostile_name_is_only_a_name(packed, folder, name, shown):
    told, left_out = names(packed((name, CSV), ("good.csv", CSV)), folder)
    assert told == ([shown, "good.csv"] if shown else ["good.csv"])
    assert all(len(name) <= 140 for name in left_out)


def test_a_nul_ends_a_name(packed, folder):
    path = packed(("good.csv\0.exe", CSV), ("b.csv", CSV))
    path.write_bytes(path.read_bytes())
    assert names(path, folder)[0] == ["good.csv", "b.csv"]


def test_two_members_of_one_name_are_both_there(packed, folder):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = packed(("a/list.csv", b"1"), ("b/LIST.csv", b"2"), ("list.csv", b"3"), ("list.csv", b"4"))
    members, _ = unpack(path, folder)
    assert [(one.name, one.path.read_bytes()) for one in members] == [
        ("list.csv", b"1"), ("LIST-2.csv", b"2"), ("list-3.csv", b"3"), ("list-4.csv", b"4"),
    ]  # fmt: skip


def test_a_name_in_utf_8_that_does_not_say_so_is_read_as_such(packed, folder):
    path = packed(("list \u00fc.csv", CSV))
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.index(signature) + offset
        data[place : place + 2] = b"\0\0"
    path.write_bytes(bytes(data))
    assert names(path, folder)[0] == ["list \u00fc.csv"]


def test_archives_in_an_archive_stay_packed_beside_a_list_and_are_refused_alone(packed, folder):
    assert names(packed(("inner.zip", b"PK"), ("a.csv", CSV)), folder)[0] == ["inner.zip", "a.csv"]
    for member in folder.iterdir():
        member.unlink()
    assert refused(packed(("inner.zip", b"PK"), ("more.rar", b"Rar")), folder) == "zip_in_zip"


@pytest.mark.parametrize("members", [[], [("readme.pdf", b"x")], [("__MACOSX/a.csv", b"x"), ("folder/", b"")]])
def test_an_archive_without_any_list_says_so(packed, folder, members):
    assert refused(packed(*members), folder) == "zip_without_table"


def test_an_encrypted_archive_is_not_tried(packed, folder):
    path = packed(("a.csv", CSV), ("b.csv", CSV))
    data = bytearray(path.read_bytes())
    for place in [at for at in range(len(data)) if data[at : at + 4] == b"PK\x01\x02"]:
        data[place + 8] |= 1
    path.write_bytes(bytes(data))
    assert refused(path, folder) == "locked"


def test_more_than_a_hundred_members_are_too_many(packed, folder):
    many = [(f"{number}.csv", b"x") for number in range(MOST_MEMBERS + 1)]
    assert refused(packed(*many), folder) == "zip_many"
    noise = [(f"__MACOSX/._{number}.csv", b"x") for number in range(MOST_MEMBERS)]
    assert len(names(packed(*many[:-1], *noise), folder)[0]) == MOST_MEMBERS


def test_a_list_of_members_that_would_fill_the_memory_is_not_read(packed, folder, monkeypatch):
    path = packed(("a.csv", CSV))
    monkeypatch.setattr(archives, "_MOST_LIST", 10)
    assert refused(path, folder) == "zip_many"


def test_a_wide_end_of_the_archive_cannot_hide_a_long_list(packed, folder):
    path = packed(("a.csv", CSV))
    data = path.read_bytes()
    end = data.rindex(b"PK\x05\x06")
    wide = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 1 << 40, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    path.write_bytes(data[:end] + wide + locator + data[end:])
    assert refused(path, folder) == "zip_many"


def test_a_bomb_is_known_by_its_sizes_before_it_is_unpacked(packed, folder, monkeypatch):
    path = packed(("a.csv", b"\0" * 21 * MB))
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(archives, "_bytes_of", lambda *args: pytest.fail("it was unpacked"))
    assert refused(path, folder) == "zip_too_large"
    assert refused(packed(("a.csv", b"ab" * 600), ("b.csv", b"cd" * 600)), folder, limit=2_000) == "zip_too_large"


def lying(path, declared):
    """The same archive, whose list and members declare another size."""
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.index(signature) + offset
        data[place : place + 4] = struct.pack("<L", declared)
    path.write_bytes(bytes(data))
    return path


def test_a_bomb_that_lies_about_its_size_is_stopped_while_it_unpacks(packed, folder):
    path = lying(packed(("a.csv", b"\0" * 21 * MB)), 100)
    assert refused(path, folder) == "damaged"


def test_a_member_that_is_longer_or_shorter_than_it_says_is_damaged(packed, folder):
    assert refused(lying(packed(("a.csv", CSV)), 5), folder) == "damaged"
    assert refused(lying(packed(("a.csv", CSV)), 500), folder) == "damaged"


def test_the_bytes_that_come_are_counted_over_all_members(packed, folder, monkeypatch):
    path = packed(("a.csv", b"ab" * 600), ("b.csv", b"cd" * 600))
    monkeypatch.setattr(archives, "_check_sizes", lambda infos, limit: None)
    assert refused(path, folder, limit=2_000) == "zip_too_large"
    assert len(unpack(path, folder, limit=2_400)[0]) == 2


@pytest.mark.parametrize("spoil", [
    lambda data: data[:-30], lambda data: data[: len(data) // 2], lambda data: data[:4],
    lambda data: data.replace(zlib.compress(b"")[:2], b"??").replace(b"ada", b"bob"),
    lambda data: data[:40] + b"\xff\xff\xff" + data[43:], lambda data: data[-22:],
])  # fmt: skip
def test_a_damaged_archive_is_a_sentence(packed, folder, spoil):
    path = packed(("a.csv", CSV * 50), method=zipfile.ZIP_STORED)
    path.write_bytes(spoil(path.read_bytes()))
    assert refused(path, folder) in ("damaged", "zip_without_table")


def test_an_unusual_packing_is_a_sentence(packed, folder):
    assert refused(packed(("a.csv", CSV), method=zipfile.ZIP_LZMA), folder) == "zip_method"


def test_a_fault_of_our_disk_is_no_fault_of_the_archive(packed, folder, monkeypatch):
    path = packed(("a.csv", CSV))
    monkeypatch.setattr(archives.secrets, "token_hex", lambda size: "no/such/folder")
    with pytest.raises(FileNotFoundError):
        unpack(path, folder)


def test_a_workbook_is_no_archive(packed, tmp_path):
    assert not is_archive(packed(("[Content_Types].xml", b"x"), ("xl/workbook.xml", b"x")))
    text = tmp_path / "a.csv"
    text.write_bytes(CSV)
    assert not is_archive(text)
