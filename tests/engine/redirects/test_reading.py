"""Lists as people keep them: tables, Cloudflare, WordPress Redirection, nginx, Apache."""

import json

import pytest
from openpyxl import Workbook

from engine.redirects.maps import Redirect
from engine.redirects.reading import read_map
from engine.redirects.writing import FORMS
from engine.spreadsheets import Unreadable

A, B = "https://old.example.org", "https://new.example.com"


def read(folder, text, name="list.csv", **sites):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_map(path, **sites)


def pairs(found):
    return [(one.old, one.new if not one.is_gone else 410, one.line) for one in found.redirects]


def codes(found):
    return [(one.where.line, one.code.removeprefix("redirects.")) for one in found.findings]


def test_a_table_is_read_by_its_headers(tmp_path):
    text = (
        f"Status code,Old URL,New URL\n301,{A}/a,{B}/a\n,{A}/b,{B}/b\n410,{A}/c,\n302,{A}/d,{B}/d\n"
        f"200,{A}/e,{B}/e\n301,,{B}/f\n301,{A}/g,\n"
    )
    found = read(tmp_path, text)
    assert pairs(found) == [
        (f"{A}/a", f"{B}/a", 2), (f"{A}/b", f"{B}/b", 3), (f"{A}/c", 410, 4), (f"{A}/d", f"{B}/d", 5),
        (f"{A}/e", f"{B}/e", 6),
    ]  # fmt: skip
    assert codes(found) == [(5, "temporary"), (6, "status"), (7, "old.missing"), (8, "new.missing")]


def test_a_table_without_headers_is_old_new_status(tmp_path):
    assert pairs(read(tmp_path, f"{A}/a;{B}/a;301\n/b;/b\n", old_site=A, new_site=B)) == [
        (f"{A}/a", f"{B}/a", 1), (f"{A}/b", f"{B}/b", 2)
    ]  # fmt: skip


def test_a_path_alone_is_told_where_no_site_was_given(tmp_path):
    assert codes(read(tmp_path, f"old,new\n/b,{B}/b\n")) == [(2, "old.relative")]


def test_cloudflares_list_is_read(tmp_path):
    text = "old.example.org/a,https://new.example.com/a,301,FALSE,FALSE,FALSE,FALSE\nold.example.org/blog,https://new.example.com/news,301,FALSE,FALSE,TRUE,TRUE\n"
    assert pairs(read(tmp_path, text)) == [
        (f"{A}/a", f"{B}/a", 1), (f"{A}/blog/*", f"{B}/news/*", 2), (f"{A}/blog", f"{B}/news", 2)
    ]  # fmt: skip


def test_a_workbook_is_read(tmp_path):
    book = Workbook()
    book.active.append(["From", "To", "Code"])
    book.active.append([f"{A}/a", f"{B}/a", 301])
    book.active.append([f"{A}/b", None, 410])
    book.save(tmp_path / "list.xlsx")
    assert pairs(read_map(tmp_path / "list.xlsx")) == [(f"{A}/a", f"{B}/a", 2), (f"{A}/b", 410, 3)]


def test_wordpress_json_is_read_and_what_depends_on_the_visitor_is_told(tmp_path):
    rows = [
        {"url": "/a", "action_data": {"url": f"{B}/a"}, "action_code": 301, "regex": False, "match_type": "url"},
        {
            "url": "^/blog/(.*)$",
            "action_data": {"url": f"{B}/news/$1"},
            "action_code": 301,
            "regex": True,
            "match_type": "url",
        },
        {"url": "/c", "action_data": {"url_from": "/x"}, "action_code": 301, "regex": False, "match_type": "login"},
        {"url": "/d", "action_data": None, "action_code": 410, "regex": False, "match_type": "url"},
    ]
    found = read(tmp_path, json.dumps({"redirects": rows}), "r.json", old_site=A)
    assert pairs(found) == [(f"{A}/a", f"{B}/a", 1), (f"{A}/blog/*", f"{B}/news/*", 2), (f"{A}/d", 410, 4)]
    assert codes(found) == [(3, "condition")]


APACHE = r"""
# moved
RewriteEngine On
Redirect 301 /a https://new.example.com/a
redirect permanent "/b c" https://new.example.com/b
Redirect /c https://new.example.com/c
Redirect gone /d
RedirectMatch 301 ^/e/?$ https://new.example.com/e
RedirectMatch 301 ^/blog/(.*)$ https://new.example.com/news/$1
RedirectMatch 301 ^/shop/([0-9]+)/x$ https://new.example.com/s/$1
RewriteCond %{QUERY_STRING} ^id=7$
RewriteRule ^page\.php$ https://new.example.com/seven? [R=301,L]
RewriteCond %{HTTP_USER_AGENT} Mobile
RewriteRule ^m$ https://new.example.com/m [R=301,L]
RewriteRule ^inside$ /index.php [L]
RewriteRule ^old$ - [G]
RewriteCond %{HTTP_HOST} ^shop\.example\.org$ [NC]
RewriteRule ^x$ https://new.example.com/x [R=301,L]
""".lstrip("\n")


def test_apache_is_read(tmp_path):
    found = read(tmp_path, APACHE, ".htaccess", old_site=A)
    assert pairs(found) == [
        (f"{A}/a", f"{B}/a", 3), (f"{A}/c", f"{B}/c", 5), (f"{A}/d", 410, 6), (f"{A}/e", f"{B}/e", 7),
        (f"{A}/e/", f"{B}/e", 7),
        (f"{A}/blog/*", f"{B}/news/*", 8), (f"{A}/page.php?id=7", f"{B}/seven", 11), (f"{A}/old", 410, 15),
        ("https://shop.example.org/x", f"{B}/x", 17),
    ]  # fmt: skip
    assert codes(found) == [(4, "old.unreadable"), (5, "temporary"), (9, "pattern"), (13, "condition")]


NGINX = r"""
server {
  listen 80;
  server_name old.example.org www.old.example.org;
  location = /a { return 301 https://new.example.com/a; }
  location /shop/ { return 301 https://new.example.com/shop; }
  location ~ ^/b/?$ { return 302 https://new.example.com/b; }
  rewrite ^/blog/(.*)$ https://new.example.com/news/$1 permanent;
  rewrite ^/inside$ /index.html last;
  if ($request_uri = /p?id=1) { return 301 https://new.example.com/one; }
  if ($http_user_agent ~ Mobile) { return 301 https://m.example.com/; }
  location = /gone { return 410; }
}
map $host$uri $new {
  default "";
  "other.example.org/x" "https://new.example.com/x";  # quoted
  ~^other\.example\.org/y/(?<rest>.*)$ https://new.example.com/y/$rest;
}
server { server_name plain.example.org; return 301 https://$host$request_uri; }
server { server_name whole.example.org; return 301 https://new.example.com$request_uri; }
""".lstrip("\n")


def test_nginx_is_read(tmp_path):
    found = read(tmp_path, NGINX, "site.conf")
    assert pairs(found) == [
        (f"{A}/a", f"{B}/a", 4), (f"{A}/shop/*", f"{B}/shop", 5), (f"{A}/b", f"{B}/b", 6), (f"{A}/b/", f"{B}/b", 6),
        (f"{A}/blog/*", f"{B}/news/*", 7), (f"{A}/p?id=1", f"{B}/one", 9), (f"{A}/gone", 410, 11),
        ("https://other.example.org/x", f"{B}/x", 15), ("https://other.example.org/y/*", f"{B}/y/*", 16),
        ("https://whole.example.org/*", f"{B}/*", 19),
    ]  # fmt: skip
    assert codes(found) == [(6, "temporary"), (6, "temporary"), (10, "condition")]


LIST = [
    Redirect(f"{A}/a", f"{B}/a"), Redirect(f"{A}/a/", f"{B}/a"), Redirect(f"{A}/About", f"{B}/x"),
    Redirect(f"{A}/about", f"{B}/y"),
    Redirect(f"{A}/p?id=1", f"{B}/one?a=1&b=2"), Redirect(f"{A}/caf%C3%A9", f"{B}/caf%C3%A9"),
    Redirect(f"{A}/gone", is_gone=True),
    Redirect(f"{A}/blog/first", f"{B}/first"), Redirect(f"{A}/blog/*", f"{B}/news/*"),
    Redirect(f"{A}/shop/*", f"{B}/shop"),
]  # fmt: skip


@pytest.mark.parametrize("form", ["nginx", "apache", "wordpress"])
def test_what_was_written_is_read_back(form, tmp_path):
    text, left = FORMS[form].write(LIST)
    assert left == []
    found = read(tmp_path, text, FORMS[form].file, old_site=A)
    assert codes(found) == []
    read_back = {(one.old, one.new, one.is_gone) for one in found.redirects}
    assert read_back == {(one.old, one.new, one.is_gone) for one in LIST}


def test_cloudflare_hands_back_what_its_list_cannot_hold(tmp_path):
    text, left = FORMS["cloudflare"].write(LIST)
    assert {one.old for one in left} == {f"{A}/p?id=1", f"{A}/gone"}
    found = {(one.old, one.new) for one in read(tmp_path, text).redirects}
    assert {(one.old, one.new) for one in LIST if one not in left} <= found


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(300), "image|picture|list"),
        (b"{ not json", "JSON"),
        (b'{"a": 1}', "no list"),
        (b"{" * 100_000, "JSON"),
        (b"RewriteEngine On\n", "No redirect"),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(content, sentence, tmp_path):
    with pytest.raises(Unreadable, match=sentence):
        read(tmp_path, content)


def test_a_hundred_thousand_lines_of_nginx_keep_their_numbers(tmp_path):
    lines = [f'  "old.example.org/{n}" "https://new.example.com/{n}";' for n in range(100_000)]
    found = read(tmp_path, "map $host$uri $x {\n" + "\n".join(lines) + "\n}\n", "big.conf")
    assert len(found.redirects) == 100_000
    assert found.redirects[-1].line == 100_001


def test_a_quotation_mark_inside_a_word_ends_no_reading_and_an_open_one_is_told(tmp_path):
    text = f"""server {{ server_name old.example.org;
rewrite ^/one$ {B}/one permanent;
rewrite ^/it's$ {B}/its permanent;
rewrite ^/two$ {B}/two permanent;
rewrite "^/open$ {B}/open permanent;
rewrite ^/three$ {B}/three permanent;
}}"""
    found = read(tmp_path, text, "old.conf")
    assert [old for old, _, _ in pairs(found)] == [f"{A}/one", f"{A}/it's", f"{A}/two", f"{A}/three"]
    assert codes(found) == [(5, "unreadable")]
