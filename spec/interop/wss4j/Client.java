import java.io.FileInputStream;
import java.io.InputStream;
import java.net.URL;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.UUID;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.ws.security.WSConstants;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** Calls the calculator: with a user name in each message, or in a context that is issued, renewed and cancelled. */
final class Client {
    private final String url;
    private final SSLContext ssl;
    private final String soap;
    private final String username;
    private final String password;
    private final Kerberos kerberos;
    private final boolean prefixes;
    private final boolean sha256;
    private final boolean last;

    Client(String url, String authority, String soap, String username, String password, Kerberos kerberos,
            boolean prefixes, boolean sha256, boolean last) throws Exception {
        this.url = url;
        this.soap = soap;
        this.username = username;
        this.password = password;
        this.kerberos = kerberos;
        this.prefixes = prefixes;
        this.sha256 = sha256;
        this.last = last;
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = new FileInputStream(authority)) {
            store.setCertificateEntry("authority", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        ssl = SSLContext.getInstance("TLS");
        ssl.init(null, trust.getTrustManagers(), null);
    }

    /** One message for each call, secured by user name and password. */
    void oneShot(int calls) throws Exception {
        for (int i = 0; i < calls; i++) {
            add(introduced(), i);
        }
    }

    /** Issue, calls, renew, calls with the new key and with the old one, cancel; then the context must be gone. */
    void conversation(Version version, int calls) throws Exception {
        Token first = issue(version, null);
        System.out.println("issued");
        for (int i = 0; i < calls; i++) {
            add(securing().token(first), i);
        }
        tampered(first);
        Token second = issue(version, first);
        if (!second.identifier.equals(first.identifier) || second.instance == null) {
            throw new Exception("the renewed token is not a new instance of the same context");
        }
        System.out.println("renewed");
        for (int i = 0; i < calls; i++) {
            add(securing().token(second), i);
        }
        add(securing().token(first), calls);
        cancel(second);
        System.out.println("cancelled");
        System.out.println("after the cancel: " + refusal(() -> add(securing().token(second), 1)));
    }

    private Securing securing() {
        return new Securing().prefixes(prefixes).sha256(sha256).last(last);
    }

    private Securing introduced() throws Exception {
        return kerberos == null ? securing().username(username, password) : securing().ticket(kerberos.ticket());
    }

    /** The same token under two messages: the second must be refused. */
    void replay() throws Exception {
        Kerberos.Ticket ticket = kerberos.ticket();
        add(securing().ticket(ticket), 1);
        System.out.println("a replay: " + refusal(() -> add(securing().ticket(ticket), 2)));
        Kerberos.Ticket other = new Kerberos.Ticket(kerberos.ticket().octets, new byte[ticket.key.length]);
        System.out.println("another key: " + refusal(() -> add(securing().ticket(other), 3)));
    }

    private Token issue(Version version, Token old) throws Exception {
        String operation = old == null ? "Issue" : "Renew";
        byte[] entropy = Token.random(32);
        Document reply = post(request(version.action("RST", operation),
                Messages.requestToken(version, operation, entropy, old)),
                introduced().token(old));
        expectAction(reply, version.action("RSTR", operation));
        Element body = Messages.body(reply);
        Element token = Xml.find(body, version.conversation, "SecurityContextToken");
        String own = Xml.text(Xml.find(body, version.trust, "Entropy"), version.trust, "BinarySecret");
        return new Token(version, Xml.text(token, version.conversation, "Identifier"),
                Xml.text(token, version.conversation, "Instance"), Token.combine(entropy, Xml.decode(own), 32));
    }

    private void cancel(Token token) throws Exception {
        Version version = token.version;
        Document reply = post(request(version.action("RST", "Cancel"),
                Messages.requestToken(version, "Cancel", null, token)), securing().token(token));
        expectAction(reply, version.action("RSTR", "Cancel"));
        if (Xml.find(Messages.body(reply), version.trust, "RequestedTokenCancelled") == null) {
            throw new Exception("no RequestedTokenCancelled");
        }
    }

    private void add(Securing securing, long a) throws Exception {
        expectSum(post(request(Messages.ADD, Messages.add(a, 2)), securing), a + 2);
    }

    /** A signed message whose timestamp was changed afterwards, and one for a context that never was. */
    private void tampered(Token token) throws Exception {
        Document changed = securing().token(token).apply(request(Messages.ADD, Messages.add(1, 2)));
        Element created = Xml.find(changed.getDocumentElement(), WSConstants.WSU_NS, "Created");
        String text = created.getTextContent();
        char last = text.charAt(text.length() - 2);
        created.setTextContent(text.substring(0, text.length() - 2) + (last == '9' ? '8' : (char) (last + 1)) + "Z");
        System.out.println("a flipped timestamp: " + refusal(() -> send(changed)));
        Token unknown = new Token(token.version, "urn:uuid:" + UUID.randomUUID(), null, token.key);
        System.out.println("an unknown context: " + refusal(() -> add(securing().token(unknown), 1)));
        add(securing().token(token), 3);
    }

    private static void expectAction(Document reply, String action) throws Exception {
        String got = Messages.addressing(reply, "Action");
        if (!action.equals(got)) {
            throw new Exception("expected the action " + action + ", got " + got);
        }
    }

    private static void expectSum(Document reply, long sum) throws Exception {
        String got = Xml.text(Messages.body(reply), Messages.CALCULATOR, "AddResult");
        if (!String.valueOf(sum).equals(got)) {
            throw new Exception("expected the sum " + sum + ", got " + got);
        }
    }

    private interface Step {
        void run() throws Exception;
    }

    private static String refusal(Step step) throws Exception {
        try {
            step.run();
        } catch (Refused refused) {
            return "refused as " + refused.getMessage();
        }
        throw new Exception("accepted what must be refused");
    }

    private Document request(String action, String body) throws Exception {
        return Messages.request(soap, action, url, body);
    }

    private Document post(Document request, Securing securing) throws Exception {
        String id = Messages.addressing(request, "MessageID");
        Document reply = send(securing.apply(request));
        if (!new Verified(reply, java.util.Map.of(), java.util.Map.of(), null, false).timestamp) {
            throw new Exception("no timestamp in the reply");
        }
        if (!id.equals(Messages.addressing(reply, "RelatesTo"))) {
            throw new Exception("the reply does not relate to the request");
        }
        return reply;
    }

    private Document send(Document request) throws Exception {
        HttpsURLConnection connection = (HttpsURLConnection) new URL(url).openConnection();
        connection.setSSLSocketFactory(ssl.getSocketFactory());
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", Messages.contentType(soap));
        if (soap.equals(Messages.SOAP_11)) {
            connection.setRequestProperty("SOAPAction", '"' + Messages.addressing(request, "Action") + '"');
        }
        byte[] bytes = Xml.bytes(request);
        connection.setFixedLengthStreamingMode(bytes.length);
        connection.getOutputStream().write(bytes);
        int status = connection.getResponseCode();
        InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream();
        byte[] reply = in == null ? new byte[0] : in.readAllBytes();
        if (status == 200) {
            return Xml.parse(reply);
        }
        throw new Refused(status, reply);
    }

    /** Thrown for a fault; its message is the local name of the fault's most precise code. */
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(int status, byte[] reply) throws Exception {
            super(status == 500 ? code(Xml.parse(reply).getDocumentElement()) : "HTTP " + status);
        }

        private static String code(Element envelope) {
            String soap = envelope.getNamespaceURI();
            String code = Xml.text(Xml.find(envelope, soap, "Subcode"), soap, "Value");
            if (code == null) {
                code = envelope.getElementsByTagName("faultcode").item(0).getTextContent().trim();
            }
            return code.substring(code.indexOf(':') + 1);
        }
    }
}
