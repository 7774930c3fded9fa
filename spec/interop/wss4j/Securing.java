import java.util.Collections;
import org.apache.ws.security.WSConstants;
import org.apache.ws.security.WSEncryptionPart;
import org.apache.ws.security.WSSConfig;
import org.apache.ws.security.conversation.ConversationException;
import org.apache.ws.security.message.WSSecHeader;
import org.apache.ws.security.message.WSSecSignature;
import org.apache.ws.security.message.WSSecTimestamp;
import org.apache.ws.security.message.WSSecUsernameToken;
import org.apache.ws.security.message.token.KerberosSecurity;
import org.apache.ws.security.message.token.SecurityContextToken;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** What goes into the Security header of one message, and WSS4J putting it there. */
final class Securing {
    static final String HMAC_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";

    private String username;
    private String password;
    private Token token;
    private Kerberos.Ticket ticket;
    private boolean sha256;
    private boolean last;
    private boolean prefixes = true;

    Securing username(String name, String secret) {
        username = name;
        password = secret;
        return this;
    }

    Securing token(Token signing) {
        token = signing;
        return this;
    }

    Securing ticket(Kerberos.Ticket fresh) {
        ticket = fresh;
        return this;
    }

    /** The suites that digest with SHA-256 keep HMAC-SHA1 in WWSAPI; WCF's own reading moves both. */
    Securing sha256(boolean on) {
        sha256 = on;
        return this;
    }

    /** Whether the timestamp stands behind all the rest. */
    Securing last(boolean on) {
        last = on;
        return this;
    }

    /** Whether WSS4J adds InclusiveNamespaces with a PrefixList to its transforms. */
    Securing prefixes(boolean on) {
        prefixes = on;
        return this;
    }

    /** Adds a Security header: timestamp (unless it is to be last), user name, context token, signature. */
    Document apply(Document document) throws Exception {
        WSSConfig config = WSSConfig.getNewInstance();
        config.setWsiBSPCompliant(prefixes);
        WSSecHeader header = new WSSecHeader();
        header.setMustUnderstand(true);
        Element security = header.insertSecurityHeader(document);
        security.setAttributeNS(Messages.header(document).getNamespaceURI(), "s:mustUnderstand", "true");

        WSSecTimestamp timestamp = new WSSecTimestamp(config);
        timestamp.setTimeToLive(300);
        timestamp.build(document, header);
        security.appendChild(timestamp.getElement());
        if (username != null) {
            WSSecUsernameToken user = new WSSecUsernameToken(config);
            user.setPasswordType(WSConstants.PASSWORD_TEXT);
            user.setUserInfo(username, password);
            user.build(document, header);
            security.appendChild(user.getUsernameTokenElement());
        }
        if (token != null) {
            Element element = contextToken(document);
            security.appendChild(element);
            security.appendChild(sign(document, header, config, timestamp.getId(), "_token", token.version.tokenType,
                    token.key));
        }
        if (ticket != null) {
            KerberosSecurity element = new KerberosSecurity(document);
            element.setToken(ticket.octets);
            element.setValueType(Kerberos.TYPE);
            element.setEncodingType(WSConstants.SOAPMESSAGE_NS + "#Base64Binary");
            element.addWSUNamespace();
            element.setID("_ticket");
            security.appendChild(element.getElement());
            security.appendChild(sign(document, header, config, timestamp.getId(), "_ticket", Kerberos.TYPE,
                    ticket.key));
        }
        if (last) {
            security.appendChild(timestamp.getElement());
        }
        return document;
    }

    private Element contextToken(Document document) throws ConversationException {
        SecurityContextToken element = new SecurityContextToken(token.version.number, document, token.identifier);
        element.addWSUNamespace();
        element.setID("_token");
        if (token.instance != null) {
            Element instance = document.createElementNS(token.version.conversation, "wsc:Instance");
            instance.setTextContent(token.instance);
            element.getElement().appendChild(instance);
        }
        return element.getElement();
    }

    private Element sign(Document document, WSSecHeader header, WSSConfig config, String id, String name, String type,
            byte[] key) throws Exception {
        WSSecSignature signature = new WSSecSignature(config);
        signature.setKeyIdentifierType(WSConstants.CUSTOM_SYMM_SIGNING);
        signature.setCustomTokenId(name);
        signature.setCustomTokenValueType(type);
        signature.setSecretKey(key);
        signature.setSignatureAlgorithm(sha256 ? HMAC_SHA256 : WSConstants.HMAC_SHA1);
        signature.setDigestAlgo(sha256 ? WSConstants.SHA256 : WSConstants.SHA1);
        signature.setParts(Collections.singletonList(new WSEncryptionPart(id)));
        signature.build(document, null, header);
        return signature.getSignatureElement();
    }
}
