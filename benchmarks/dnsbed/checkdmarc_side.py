"""The same zones through checkdmarc, in its own environment: SPF, DMARC, MX and NS of every domain, 32 threads.

    PYTHON checkdmarc_side.py PORT COUNT

Prints one line of JSON: seconds, processor seconds, and the SPF verdict of each domain.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import checkdmarc
import checkdmarc.dmarc
import checkdmarc.smtp
import checkdmarc.spf
import dns.nameserver

port, count = int(sys.argv[1]), int(sys.argv[2])
ASKED = {"nameservers": [dns.nameserver.Do53Nameserver("127.0.0.1", port)]}


def verdict(result: dict) -> str:
    if result.get("valid"):
        return "valid"
    return "none" if "does not exist" in str(result.get("error", "")) else "permerror"


def posture(name: str) -> tuple[str, str]:
    found = checkdmarc.spf.check_spf(name, **ASKED)
    checkdmarc.dmarc.check_dmarc(name, **ASKED)
    checkdmarc.smtp.check_mx(name, check_mx_tls=False, **ASKED)
    checkdmarc.check_ns(name, **ASKED)
    return name, verdict(found)


names = [f"client{number:03d}.example" for number in range(count)]
begun, cpu = time.monotonic(), time.process_time()
with ThreadPoolExecutor(32) as pool:
    verdicts = dict(pool.map(posture, names))
seconds, cpu = time.monotonic() - begun, time.process_time() - cpu
print(json.dumps({"seconds": seconds, "cpu": cpu, "spf": verdicts}))
