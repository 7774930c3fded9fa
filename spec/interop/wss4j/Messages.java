import java.util.UUID;
import org.apache.ws.security.WSConstants;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** The messages of the calculator and of WS-Trust as text, in the order in which WCF writes their children. */
final class Messages {
    static final String SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/";
    static final String SOAP_12 = "http://www.w3.org/2003/05/soap-envelope";
    static final String ADDRESSING = "http://www.w3.org/2005/08/addressing";
    static final String CALCULATOR = "http://example.org/";
    static final String ADD = CALCULATOR + "ICalculator/Add";
    static final String FAULT = ADDRESSING + "/soap/fault";

    private Messages() {
    }

    static Document request(String soap, String action, String to, String body) throws Exception {
        return envelope(soap, "<a:Action s:mustUnderstand='1'>" + action + "</a:Action>"
                + "<a:MessageID>urn:uuid:" + UUID.randomUUID() + "</a:MessageID>"
                + "<a:ReplyTo><a:Address>" + ADDRESSING + "/anonymous</a:Address></a:ReplyTo>"
                + "<a:To s:mustUnderstand='1'>" + Xml.escape(to) + "</a:To>", body);
    }

    static Document reply(String soap, String action, String relatesTo, String body) throws Exception {
        String relation = relatesTo == null ? "" : "<a:RelatesTo>" + Xml.escape(relatesTo) + "</a:RelatesTo>";
        return envelope(soap, "<a:Action s:mustUnderstand='1'>" + action + "</a:Action>" + relation, body);
    }

    private static Document envelope(String soap, String headers, String body) throws Exception {
        String text = "<s:Envelope xmlns:s='" + soap + "' xmlns:a='" + ADDRESSING + "'><s:Header>" + headers
                + "</s:Header><s:Body>" + body + "</s:Body></s:Envelope>";
        return Xml.parse(text.getBytes("UTF-8"));
    }

    static Element header(Document document) {
        return Xml.child(document.getDocumentElement(), document.getDocumentElement().getNamespaceURI(), "Header");
    }

    static Element body(Document document) {
        return Xml.child(document.getDocumentElement(), document.getDocumentElement().getNamespaceURI(), "Body");
    }

    static String addressing(Document document, String name) {
        Element found = Xml.child(header(document), ADDRESSING, name);
        return found == null ? null : found.getTextContent().trim();
    }

    static String contentType(String soap) {
        return (soap.equals(SOAP_11) ? "text/xml" : "application/soap+xml") + "; charset=utf-8";
    }

    static String add(long a, long b) {
        return "<Add xmlns='" + CALCULATOR + "'><a>" + a + "</a><b>" + b + "</b></Add>";
    }

    static String sum(long sum) {
        return "<AddResponse xmlns='" + CALCULATOR + "'><AddResult>" + sum + "</AddResult></AddResponse>";
    }

    /** A fault with one subcode; SOAP 1.1 has no place for the code above it. */
    static String fault(String soap, String namespace, String subcode, String reason) {
        String name = "xmlns:q='" + namespace + "'>q:" + subcode;
        if (soap.equals(SOAP_11)) {
            return "<s:Fault><faultcode " + name + "</faultcode><faultstring>" + Xml.escape(reason)
                    + "</faultstring></s:Fault>";
        }
        return "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value " + name
                + "</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang='en'>" + Xml.escape(reason)
                + "</s:Text></s:Reason></s:Fault>";
    }

    /** RequestSecurityToken: entropy for Issue, entropy and target for Renew, the target alone for Cancel. */
    static String requestToken(Version version, String operation, byte[] entropy, Token target) {
        StringBuilder out = new StringBuilder("<t:RequestSecurityToken xmlns:t='" + version.trust + "'>");
        if (entropy != null) {
            out.append("<t:TokenType>" + version.tokenType + "</t:TokenType>");
        }
        out.append("<t:RequestType>" + version.trust + "/" + operation + "</t:RequestType>");
        if (entropy != null) {
            out.append(entropy(version, entropy) + "<t:KeySize>" + 8 * entropy.length + "</t:KeySize>");
        }
        if (target != null) {
            out.append("<t:" + operation + "Target>" + reference(target, target.identifier) + "</t:" + operation
                    + "Target>");
        }
        return out.append("</t:RequestSecurityToken>").toString();
    }

    static String issued(Token token, byte[] entropy, String created, String expires) {
        Version version = token.version;
        String instance = token.instance == null ? "" : "<c:Instance>" + token.instance + "</c:Instance>";
        return version.respond("<t:TokenType>" + version.tokenType + "</t:TokenType>"
                + "<t:RequestedSecurityToken><c:SecurityContextToken xmlns:c='" + version.conversation
                + "' xmlns:u='" + WSConstants.WSU_NS + "' u:Id='_token'><c:Identifier>" + token.identifier
                + "</c:Identifier>" + instance + "</c:SecurityContextToken></t:RequestedSecurityToken>"
                + "<t:RequestedAttachedReference>" + reference(token, "#_token") + "</t:RequestedAttachedReference>"
                + "<t:RequestedUnattachedReference>" + reference(token, token.identifier)
                + "</t:RequestedUnattachedReference>"
                + "<t:RequestedProofToken><t:ComputedKey>" + version.trust + "/CK/PSHA1</t:ComputedKey>"
                + "</t:RequestedProofToken>" + entropy(version, entropy)
                + "<t:Lifetime xmlns:u='" + WSConstants.WSU_NS + "'><u:Created>" + created + "</u:Created><u:Expires>"
                + expires + "</u:Expires></t:Lifetime><t:KeySize>" + 8 * token.key.length + "</t:KeySize>");
    }

    static String cancelled(Version version) {
        return version.respond("<t:RequestedTokenCancelled/>");
    }

    private static String entropy(Version version, byte[] entropy) {
        return "<t:Entropy><t:BinarySecret Type='" + version.trust + "/Nonce'>" + Xml.encode(entropy)
                + "</t:BinarySecret></t:Entropy>";
    }

    private static String reference(Token token, String uri) {
        String instance = token.instance == null || uri.startsWith("#") ? ""
                : " xmlns:c='" + token.version.conversation + "' c:Instance='" + token.instance + "'";
        return "<o:SecurityTokenReference xmlns:o='" + WSConstants.WSSE_NS + "'><o:Reference URI='" + uri + "'"
                + instance + " ValueType='" + token.version.tokenType + "'/></o:SecurityTokenReference>";
    }
}
