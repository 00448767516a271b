"""Zone files and the CSV exports of DNS hosts, as they come."""

import pytest

from engine.dns.zonefile import MAX_BYTES, BadZone, read_zone

D = "sunrise-yoga.example"
BIND = f"""
;; Exported (y-m-d hh:mm:ss): 2026-11-01
$ORIGIN {D}.
@	3600	IN	SOA	ns1.host.example. dns.host.example. 1 2 3 4 5
{D}.	1	IN	A	192.0.2.1 ; cf_tags=cf-proxied:true
www	300	IN	CNAME	{D}.
shop  IN MX 10 mail
@ 60 TXT "v=spf1 -all"
long 60 IN TXT "{"a" * 255}" "{"b" * 45}"
_sip._tls 60 IN SRV 1 2 443 sip.host.example.
other.example. 60 IN A 192.0.2.9
"""


def read(tmp_path, text, name="zone.txt"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return {(one.name, one.type): one for one in read_zone(path, D)}


def test_a_bind_file_gives_its_names_and_times(tmp_path):
    found = read(tmp_path, BIND)
    assert found[D, "A"].ttl == 1
    assert found[f"www.{D}", "CNAME"].values == (D,)
    assert found[f"shop.{D}", "MX"].values == (f"10 mail.{D}",)
    assert found[f"long.{D}", "TXT"].values == ("a" * 255 + "b" * 45,)
    assert found[f"_sip._tls.{D}", "SRV"].values == ("1 2 443 sip.host.example.",)
    assert ("other.example", "A") not in found


TABLES = [
    f"""Name,Type,Value,TTL
@,A,192.0.2.1,3600
www,CNAME,{D}.,Auto
@,TXT,v=spf1 -all,60
mail,MX,10 mx.{D},60
""",
    f"""TTL;Type;Content;Record name
3600;A;192.0.2.1;{D}
;CNAME;{D};www.{D}
60;TXT;"v=spf1 -all";@
60;MX;10 mx.{D};mail
""",
    f"""Export of today

Type,Host,Points to,Priority,TTL
A,@,192.0.2.1,,3600
CNAME,www,@,,
TXT,@,\"\"\"v=spf1 -all\"\"\",,60
MX,mail,mx.{D},10,60
""",
]


@pytest.mark.parametrize("text", TABLES)
def test_a_table_is_read_whatever_the_order_of_its_columns(tmp_path, text):
    found = read(tmp_path, text, "export.csv")
    assert found[D, "A"].values == ("192.0.2.1",)
    assert found[D, "A"].ttl == 3600
    assert found[f"www.{D}", "CNAME"].values == (D,)
    assert found[f"www.{D}", "CNAME"].ttl is None
    assert found[D, "TXT"].values == ("v=spf1 -all",)
    assert found[f"mail.{D}", "MX"].values == (f"10 mx.{D}",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("hello there\n", "neither a table"),
        (b"\x00\x01\x02", "is in it"),
        (f"$INCLUDE /etc/passwd\n{BIND}", "plain file"),
        ("$GENERATE 1-1000000 host$ A 192.0.2.1\n", "plain file"),
        ("other.example. 60 IN A 192.0.2.9\n", "is in it"),
        ("Name,Type,Value\nx y,A,1\n", "neither a table"),
        ("a" * (MAX_BYTES + 1), "larger than"),
        ("Name,Type,Value\n" + "www,A,192.0.2.1\n" * 5_100, "more than"),
    ],
)
def test_what_cannot_be_taken_is_told(tmp_path, text, words):
    with pytest.raises(BadZone, match=words):
        read(tmp_path, text)
