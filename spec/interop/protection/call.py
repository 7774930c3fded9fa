#!/usr/bin/env python3
"""A client by python-gssapi: call.py URL CERTIFICATE BINDINGS SPN; the request on standard input, of each answer the status on
standard output.

BINDINGS says for each request what of its TLS connection the authentication is told: `right`, `wrong` or `none`, with commas
between them. With the URL `-` it only prints the token, bound to the certificate.
"""
import base64
import hashlib
import http.client
import ssl
import sys
import urllib.parse

import gssapi
from gssapi.raw import ChannelBindings

url, trust, spn = urllib.parse.urlsplit(sys.argv[1]), sys.argv[2], sys.argv[4]
SPNEGO = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")


def token_for(binding, der):
    bindings = None
    if binding != "none":
        digest = hashlib.sha256(der if binding == "right" else b"another").digest()
        bindings = ChannelBindings(application_data=b"tls-server-end-point:" + digest)
    name = gssapi.Name(spn, name_type=gssapi.NameType.kerberos_principal)
    context = gssapi.SecurityContext(name=name, usage="initiate", mech=SPNEGO, channel_bindings=bindings)
    return base64.b64encode(context.step()).decode()


def connect():
    if url.scheme == "https":
        context = ssl.create_default_context(cafile=trust)
        return http.client.HTTPSConnection(url.hostname, url.port, timeout=20, context=context)
    return http.client.HTTPConnection(url.hostname, url.port, timeout=20)


def call(binding, body):
    connection = connect()
    connection.connect()
    token = token_for(binding, connection.sock.getpeercert(True) if url.scheme == "https" else b"")
    connection.request("POST", url.path, body, {
        "Authorization": "Negotiate " + token, "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": '"http://example.org/ICalculator/Add"'})
    status = connection.getresponse().status
    connection.close()
    return status


if sys.argv[1] == "-":
    with open(trust) as file:
        print(token_for(sys.argv[3], ssl.PEM_cert_to_DER_cert(file.read().split("-----END")[0] + "-----END CERTIFICATE-----\n")))
else:
    request = sys.stdin.buffer.read()
    for one in sys.argv[3].split(","):
        print(call(one, request))
