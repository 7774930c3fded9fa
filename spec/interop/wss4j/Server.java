import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.apache.ws.security.WSConstants;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** A calculator over HTTPS with user names and security contexts. Prints one line for each message. */
final class Server {
    private final Map<String, String> passwords;
    private final Map<String, Token> tokens = new ConcurrentHashMap<>();
    private final Map<String, String> owners = new ConcurrentHashMap<>();
    private final Path dump;
    private final Kerberos kerberos;
    private int cancels;
    private int messages;

    /** @param dump null, or a directory that takes every request and its context's key as files */
    Server(Map<String, String> passwords, Kerberos kerberos, Path dump) {
        this.kerberos = kerberos;
        this.passwords = passwords;
        this.dump = dump;
    }

    void serve(String pkcs12, String password) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (FileInputStream in = new FileInputStream(pkcs12)) {
            store.load(in, password.toCharArray());
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(store, password.toCharArray());
        SSLContext ssl = SSLContext.getInstance("TLS");
        ssl.init(keys.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 64);
        server.setHttpsConfigurator(new HttpsConfigurator(ssl));
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.createContext("/", this::handle);
        server.start();
        System.out.println("READY " + server.getAddress().getPort());
    }

    private void handle(HttpExchange exchange) throws IOException {
        byte[] request = exchange.getRequestBody().readAllBytes();
        String soap = Messages.SOAP_12;
        int status = 200;
        byte[] reply;
        try {
            try {
                Document document = Xml.parse(request);
                soap = document.getDocumentElement().getNamespaceURI();
                reply = Xml.bytes(answer(document, soap, request));
            } catch (Exception refusal) {
                status = 500;
                System.out.println("refused " + refusal.getMessage());
                reply = Xml.bytes(fault(soap, refusal));
            }
        } catch (Exception impossible) {
            throw new IOException(impossible);
        }
        exchange.getResponseHeaders().set("Content-Type", Messages.contentType(soap));
        exchange.sendResponseHeaders(status, reply.length);
        exchange.getResponseBody().write(reply);
        exchange.close();
    }

    private static Document fault(String soap, Exception refusal) throws Exception {
        String namespace = WSConstants.WSSE_NS;
        String subcode = "InvalidSecurity";
        if (refusal instanceof Verified.UnknownContext) {
            namespace = ((Verified.UnknownContext) refusal).version.conversation;
            subcode = "BadContextToken";
        }
        return Messages.reply(soap, Messages.FAULT, null, Messages.fault(soap, namespace, subcode, "refused"));
    }

    private synchronized Document answer(Document document, String soap, byte[] bytes) throws Exception {
        Verified verified = new Verified(document, tokens, passwords, kerberos, false);
        if (dump != null) {
            keep(bytes, verified);
        }
        if (!verified.timestamp) {
            throw new Exception("no timestamp");
        }
        if (verified.username == null && verified.token == null && verified.principal == null) {
            throw new Exception("no credential");
        }
        if (verified.token != null && !verified.signedInContext()) {
            throw new Exception("a context token without its signature over the timestamp");
        }
        if (verified.principal != null && !verified.signedByTicket()) {
            throw new Exception("a Kerberos token without its signature over the timestamp");
        }
        String action = Messages.addressing(document, "Action");
        String body = null;
        String replyAction = action + "Response";
        for (Version version : Version.values()) {
            for (String operation : new String[] {"Issue", "Renew", "Cancel"}) {
                if (action.equals(version.action("RST", operation))) {
                    body = trust(version, operation, verified, Messages.body(document));
                    replyAction = version.action("RSTR", operation);
                }
            }
        }
        if (body == null) {
            body = add(Messages.body(document));
            System.out.println("call " + verified);
        }
        String id = Messages.addressing(document, "MessageID");
        return new Securing().apply(Messages.reply(soap, replyAction, id, body));
    }

    private void keep(byte[] request, Verified verified) throws IOException {
        String name = String.format("%04d", ++messages);
        Files.write(dump.resolve(name + ".xml"), request);
        if (verified.token != null) {
            Files.write(dump.resolve(name + ".key"), verified.token.key);
        }
    }

    private String trust(Version version, String operation, Verified verified, Element body) throws Exception {
        Element request = Xml.child(body, version.trust, "RequestSecurityToken");
        if (request == null) {
            throw new Exception("no RequestSecurityToken in the trust namespace of the action");
        }
        String type = Xml.text(request, version.trust, "RequestType");
        if (!(version.trust + "/" + operation).equals(type)) {
            throw new Exception("RequestType " + type + " under the action of " + operation);
        }
        if (operation.equals("Issue")) {
            return issue(version, "urn:uuid:" + UUID.randomUUID(), null, verified, request);
        }
        target(version, operation, verified, request);
        if (operation.equals("Renew")) {
            if (!owners.get(verified.token.identifier).equals(owner(verified))) {
                throw new Exception("a renewal without the credential of the context's owner");
            }
            return issue(version, verified.token.identifier, "urn:uuid:" + UUID.randomUUID(), verified, request);
        }
        owners.remove(verified.token.identifier);
        tokens.values().removeIf(token -> token.identifier.equals(verified.token.identifier));
        System.out.println("cancel " + ++cancels + " " + verified);
        return Messages.cancelled(version);
    }

    /** RenewTarget and CancelTarget must name the very token that signed the message. */
    private static void target(Version version, String operation, Verified verified, Element request)
            throws Exception {
        Element reference = Xml.find(Xml.child(request, version.trust, operation + "Target"), WSConstants.WSSE_NS,
                "Reference");
        if (reference == null || !verified.signedInContext() || verified.token.version != version) {
            throw new Exception(operation + " is not signed in a context of its version, or names none");
        }
        String instance = reference.getAttributeNS(version.conversation, "Instance");
        String name = Token.name(reference.getAttribute("URI"), instance.isEmpty() ? null : instance);
        if (!name.equals(verified.token.name())) {
            throw new Exception(operation + "Target names another token than the one that signed");
        }
    }

    private static String owner(Verified verified) {
        return verified.principal == null ? verified.username : verified.principal;
    }

    private String issue(Version version, String identifier, String instance, Verified verified, Element request)
            throws Exception {
        if (owner(verified) == null) {
            throw new Exception("nobody is named in the bootstrap");
        }
        byte[] entropy = Xml.decode(Xml.text(request, version.trust, "BinarySecret"));
        int length = Integer.parseInt(Xml.text(request, version.trust, "KeySize")) / 8;
        byte[] own = Token.random(length);
        Token token = new Token(version, identifier, instance, Token.combine(entropy, own, length));
        tokens.put(token.name(), token);
        owners.put(identifier, owner(verified));
        System.out.println((instance == null ? "issue " : "renew ") + verified);
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        return Messages.issued(token, own, now.toString(), now.plusSeconds(36000).toString());
    }

    private static String add(Element body) throws Exception {
        Element operation = Xml.child(body, Messages.CALCULATOR, "Add");
        if (operation == null) {
            throw new Exception("no such operation");
        }
        long a = Long.parseLong(Xml.text(operation, Messages.CALCULATOR, "a"));
        return Messages.sum(a + Long.parseLong(Xml.text(operation, Messages.CALCULATOR, "b")));
    }
}
