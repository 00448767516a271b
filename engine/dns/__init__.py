"""What a domain's records say, and what follows for its mail: gathered from the DNS, then judged.

`names` reads what people type; `resolver` alone goes to the network, by the sockets of `lines`, within `reach`, and
`reading` and `wire` read what comes; `facts` gathers out of answers, the judges (`spf`, `dkim`, `dmarc`, `mx`) and
`rules` decide, `expected` compares with the platform catalogue, `published` with what each name server says (`seen`
joins the two), `senders` recognises who sends; `checking` runs it all.
"""
