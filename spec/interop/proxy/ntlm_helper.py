#!/usr/bin/env python3
"""A helper of squid's for NTLM, by gss-ntlmssp: lines of what the client says in, lines of what to answer out."""
import base64
import sys

import gssapi

NTLM = gssapi.OID.from_int_seq("1.3.6.1.4.1.311.2.2.10")
credentials = gssapi.Credentials(usage="accept", mechs=[NTLM])
context = None
for line in sys.stdin:
    what, _, token = line.strip().partition(" ")
    if what == "YR":
        context = gssapi.SecurityContext(creds=credentials, usage="accept")
    try:
        answer = context.step(base64.b64decode(token)) if token else None
        if context.complete:
            print("AF", str(context.initiator_name).rstrip("\0 ").replace("\\", "/"), flush=True)
        else:
            print("TT", base64.b64encode(answer).decode(), flush=True)
    except Exception as error:  # whatever is wrong, nobody is let in
        print("NA", str(error).split("\n")[0], flush=True)
