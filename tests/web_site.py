"""A real web server on loopback with a small site: pages, style sheets, images, robots.txt."""

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c6300010000"
                      "0500010d0a2db40000000049454e44ae426082")  # fmt: skip
HOME = """<!doctype html><html><head><title>Sunrise Yoga</title><meta name="description" content="Classes in Berlin">
<link rel="stylesheet" href="/style.css"><style>:root { --brand: #ff6600 } h1 { color: var(--brand); font-size: 2.5em }
@media (max-width: 600px) { h1 { color: blue } }</style></head>
<body><h1>Breathe &amp; move</h1><p>Thirty days of yoga for people who sit all day, in short lessons that fit before work
and after it. <a class="btn" href="/checkout">Join the challenge</a></p>
<img src="/hero.png" alt="A mat"><img src="/gone.png" alt="Lost"><a href="mailto:hello@sunrise.example">Write</a>
<a href="/about?utm_source=mail">About</a><a href="/private/list">Inside</a><a href="https://elsewhere.example/">Out</a>
<script>document.write("not text")</script></body></html>"""
STYLE = "body { font: 400 18px/1.6 'Open Sans', sans-serif; color: #333 } .btn { background: rgb(0, 128, 0) }"


def page(title, text="Words that everybody may read, and there are enough of them to be a page.", links=""):
    return f"<!doctype html><title>{title}</title><body><h1>{title}</h1><p>{text} {links}</p></body>"


SITE = {
    "/": (200, "text/html; charset=utf-8", HOME),
    "/style.css": (200, "text/css", STYLE),
    "/hero.png": (200, "image/png", PIXEL),
    "/about": (200, "text/html", page("About us", links='<a href="/">home</a> <a href="/deep/thank-you">thanks</a>')),
    "/checkout": (200, "text/html", page("Checkout")),
    "/deep/thank-you": (200, "text/html", page("Thank you")),
    "/private/list": (200, "text/html", page("Nobody's business")),
    "/script-only": (200, "text/html", "<!doctype html><title>App</title><body><div id=root></div></body>"),
    "/photo": (200, "image/png", PIXEL),
    "/robots.txt": (200, "text/plain", "User-agent: *\nDisallow: /private/\n"),
}


@contextmanager
def web_site(pages=SITE, delay=0.0):
    """(address, list of the paths that were asked for)."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, time.monotonic()))
            time.sleep(delay)
            status, kind, body = pages.get(self.path.split("?")[0], (404, "text/html", page("Not here")))
            body = body if isinstance(body, bytes) else body.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
