#!/usr/bin/env python3
"""A service by python-gssapi: serve.py CERTIFICATE KEY MECHANISM; prints its port, then of each client whether it is bound to
the TLS connection, and who it is. MECHANISM is `krb5` or `ntlm`."""
import base64
import hashlib
import http.server
import socketserver
import ssl
import sys

import gssapi
from gssapi.raw import ChannelBindings

certificate, key, mechanism = sys.argv[1:4]
with open(certificate) as file:
    der = ssl.PEM_cert_to_DER_cert(file.read().split("-----END")[0] + "-----END CERTIFICATE-----\n")
bindings = ChannelBindings(application_data=b"tls-server-end-point:" + hashlib.sha256(der).digest())
NTLM = gssapi.OID.from_int_seq("1.3.6.1.4.1.311.2.2.10")
credentials = gssapi.Credentials(usage="accept", mechs=[NTLM]) if mechanism == "ntlm" else gssapi.Credentials(usage="accept")
SCHEME = "NTLM" if mechanism == "ntlm" else "Negotiate"
ANSWER = b"""<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><AddResponse xmlns="http://example.org/">\
<AddResult>42</AddResult></AddResponse></s:Body></s:Envelope>"""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    context = None

    def log_message(self, *_):
        pass

    def answer(self, status, body, token):
        self.send_response(status)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if status == 401 or token:
            self.send_header("WWW-Authenticate", SCHEME + (" " + base64.b64encode(token).decode() if token else ""))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        scheme, _, given = self.headers.get("Authorization", "").partition(" ")
        if scheme != SCHEME:
            return self.answer(401, b"", None)
        if self.context is None:
            self.context = gssapi.SecurityContext(creds=credentials, usage="accept", channel_bindings=bindings)
        token = self.context.step(base64.b64decode(given))
        if not self.context.complete:
            return self.answer(401, b"", token)
        bound = gssapi.RequirementFlag.channel_bound in self.context.actual_flags
        print("bound" if bound else "unbound", str(self.context.initiator_name).rstrip("\0 "), flush=True)
        return self.answer(200, ANSWER, token)


tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(certificate, key)
server = socketserver.TCPServer(("127.0.0.1", 0), Handler)  # HTTPServer would ask the DNS for its name
server.socket = tls.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
