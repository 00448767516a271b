"""What a domain's records say, and what follows for its mail: gathered from the DNS, then judged.

`names` reads what people type, `resolver` alone goes to the network, `facts` gathers out of answers, the judges (`spf`,
`dkim`, `dmarc`, `mx`) and `rules` decide, `expected` compares with the platform catalogue, `checking` runs it all.
"""
