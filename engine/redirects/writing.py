"""The list as files that a server or a service takes. What a form cannot hold is handed back, never written wrong."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from engine.redirects.maps import Redirect, host_of, parts_of, place


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of file: the word in the address of its download, its name, the file's name, how it is written."""

    key: str
    title: str
    file: str
    write: Callable[[Sequence[Redirect]], tuple[str, list[Redirect]]]
    knows_hosts: bool = True

    def files(self, redirects: Sequence[Redirect]) -> dict[str, str]:
        """The text of each file by its name: one, or one for each old host where its lines are paths alone."""
        if self.knows_hosts:
            return {self.file: self.write(redirects)[0]}
        sites: dict[str, list[Redirect]] = {}
        for one in redirects:
            sites.setdefault(host_of(one.old), []).append(one)
        stem, dot, ending = self.file.rpartition(".")
        names = {host: f"{stem}-{host.replace(':', '-')}{dot}{ending}" for host in sorted(sites)}
        return {name: self.write(sites[host])[0] for host, name in names.items()}


def _longest_first(redirects: Sequence[Redirect]) -> list[Redirect]:
    """Exact addresses, then /* from the longest to the shortest, each place once, in an order that stays."""
    once = {place(one.old): one for one in reversed(redirects)}
    return sorted(once.values(), key=lambda one: (one.is_prefix, -len(place(one.old)), place(one.old)))


def nginx(redirects: Sequence[Redirect]) -> tuple[str, list[Redirect]]:
    """Maps in the http block, looked up by hash; two lines in the server block (ngx_http_map_module)."""
    with_query: list[str] = []
    plain: list[str] = []
    ordered = _longest_first(redirects)
    twice = _differ_in_case_alone(ordered)
    for one in ordered:
        host, path, query = parts_of(one.old)
        target = "410" if one.is_gone else one.new.replace("$", "%24")
        keeps = one.is_prefix and target.endswith("/*")
        key = place(one.old)
        if one.is_prefix:
            key = f"~^{re.escape(host + path[:-1])}(?<rest>.*)$"
        elif key.lower() in twice:
            key = f"~^{re.escape(key)}$"
        line = f'    "{key}" "{target.removesuffix("*")}$rest";' if keeps else f'    "{key}" "{target}";'
        (with_query if query else plain).append(line)
    lines = [
        "# In the http block:",
        "map_hash_max_size 65536;",
        "map_hash_bucket_size 4096;",
        "map $request_uri $old_path { default $request_uri; \"~^(?<p>[^?]*)\" $p; }",
        "map $http_host$old_path $new_by_path {", '    default "";', *plain, "}",
        "map $http_host$request_uri $new_address {", "    default $new_by_path;", *with_query, "}",
        "",
        "# In the server block of the old site:",
        "#   if ($new_address = 410) { return 410; }",
        "#   if ($new_address) { return 301 $new_address; }",
        "",
    ]  # fmt: skip
    return "\n".join(lines), []


def _differ_in_case_alone(redirects: Sequence[Redirect]) -> set[str]:
    """nginx compares the strings of a map without regard to case and refuses two equal ones; patterns it does not."""
    counts = Counter(place(one.old).lower() for one in redirects if not one.is_prefix)
    return {key for key, count in counts.items() if count > 1}


def apache(redirects: Sequence[Redirect]) -> tuple[str, list[Redirect]]:
    """For .htaccess or a virtual host: one condition for the host, one for a query, one rule (mod_rewrite)."""
    lines = ["RewriteEngine On"]
    ordered = _longest_first(redirects)
    for one in sorted(ordered, key=lambda one: (one.is_prefix, not parts_of(one.old)[2])):
        host, path, query = parts_of(one.old)
        lines.append(f"RewriteCond %{{HTTP_HOST}} ^{re.escape(host)}$ [NC]")
        if query:
            lines.append(f'RewriteCond %{{QUERY_STRING}} "^{re.escape(query)}$"')
        body = _decoded(path[1:-1] if one.is_prefix else path[1:])
        pattern = f"^/?{re.escape(body)}" + ("(.*)$" if one.is_prefix else "$")
        if one.is_gone:
            lines.append(f'RewriteRule "{pattern}" - [G]')
            continue
        keeps = one.new.endswith("/*")
        target = one.new.removesuffix("*" if keeps else "").replace("%", r"\%").replace("$", r"\$")
        flags = "R=301,L,NE" + (",QSD" if query or "?" in one.new else "")
        lines.append(f'RewriteRule "{pattern}" "{target}{"$1" if keeps else ""}" [{flags}]')
    return "\n".join(lines) + "\n", []


def _decoded(path: str) -> str:
    """Apache decodes a path before it compares."""
    return unquote(path)


def cloudflare(redirects: Sequence[Redirect]) -> tuple[str, list[Redirect]]:
    """A Bulk Redirect list: no header; source, target, status, keep query, subdomains, below, keep the rest.

    Sources have no query and statuses no 410 (developers.cloudflare.com/rules/url-forwarding/bulk-redirects, 2026-11).
    """
    lines, left = [], []
    for one in _longest_first(redirects):
        host, path, query = parts_of(one.old)
        if one.is_gone or query or ":" in host:
            left.append(one)
            continue
        keeps = one.is_prefix and one.new.endswith("/*")
        source, target = host + path, one.new
        if one.is_prefix:
            source, target = source.removesuffix("*"), target.removesuffix("*") if keeps else target
        cells = [source, target, "301", "FALSE", "FALSE", _yes(one.is_prefix), _yes(keeps)]
        lines.append(",".join(_csv(cell) for cell in cells))
    return "".join(f"{line}\n" for line in lines), left


def _yes(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _csv(text: str) -> str:
    return f'"{text}"' if "," in text else text


def wordpress(redirects: Sequence[Redirect]) -> tuple[str, list[Redirect]]:
    """For the plugin Redirection: source, target, regex, code, type, hits, title, status.

    Its sources are paths, so these lines are of one host: two hosts in one file would answer for each other.
    """
    lines = ["source,target,regex,code,type,hits,title,status"]
    for one in _longest_first(redirects):
        _, path, query = parts_of(one.old)
        source, target = path + (f"?{query}" if query else ""), one.new
        if one.is_prefix:
            source = f"^{re.escape(path[:-1])}(.*)$".replace(r"\-", "-")
            target = f"{target[:-1]}$1" if target.endswith("/*") else target
        kind, code = ("error", "410") if one.is_gone else ("url", "301")
        lines.append(
            ",".join(_csv(cell) for cell in [source, target, str(int(one.is_prefix)), code, kind, "0", "", "active"])
        )
    return "\n".join(lines) + "\n", []


FORMS = {
    form.key: form
    for form in (
        Form("nginx", "nginx", "redirects-nginx.conf", nginx),
        Form("apache", "Apache", "redirects-apache.conf", apache),
        Form("cloudflare", "Cloudflare", "redirects-cloudflare.csv", cloudflare),
        Form("wordpress", "WordPress Redirection", "redirects-wordpress.csv", wordpress, knows_hosts=False),
    )
}
