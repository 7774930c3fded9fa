import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import org.apache.ws.security.WSConstants;
import org.apache.ws.security.WSDataRef;
import org.apache.ws.security.WSPasswordCallback;
import org.apache.ws.security.WSSConfig;
import org.apache.ws.security.WSSecurityEngine;
import org.apache.ws.security.WSSecurityEngineResult;
import org.apache.ws.security.message.token.UsernameToken;
import org.apache.ws.security.validate.NoOpValidator;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** What WSS4J found in a Security header and verified; creating one throws when anything in it is wrong. */
final class Verified {
    boolean timestamp;
    String username;
    Token token;
    String principal;
    private byte[] ticketKey;
    private boolean signedByTicket;
    private final TreeSet<String> signed = new TreeSet<>();
    private boolean signedByToken;
    private final TreeSet<String> algorithms = new TreeSet<>();

    /**
     * @param tokens    by their names, see Token.name
     * @param passwords by user name
     * @param kerberos  null, or who we are to Kerberos
     * @param stale     leaves times unjudged
     */
    Verified(Document document, Map<String, Token> tokens, Map<String, String> passwords, Kerberos kerberos,
            boolean stale) throws Exception {
        WSSConfig config = WSSConfig.getNewInstance();
        config.setWsiBSPCompliant(false);
        config.setTimeStampStrict(!stale);
        if (stale) {
            config.setValidator(WSSecurityEngine.TIMESTAMP, new NoOpValidator());
        }
        if (kerberos != null) {
            config.setValidator(WSSecurityEngine.BINARY_TOKEN, kerberos);
        }
        WSSecurityEngine engine = new WSSecurityEngine();
        engine.setWssConfig(config);
        Token named = named(document, tokens);
        List<WSSecurityEngineResult> results =
                engine.processSecurityHeader(document, null, secrets(named, passwords), null, null);
        if (results == null) {
            return;
        }
        for (WSSecurityEngineResult result : results) { // the last one first
            if ((Integer) result.get(WSSecurityEngineResult.TAG_ACTION) == WSConstants.BST) {
                take(result, document, named);
            }
        }
        for (WSSecurityEngineResult result : results) {
            take(result, document, named);
        }
    }

    /** The context token that the header holds must be a known one. */
    private static Token named(Document document, Map<String, Token> tokens) throws Exception {
        Element security = Xml.child(Messages.header(document), WSConstants.WSSE_NS, "Security");
        for (Version version : Version.values()) {
            Element element = Xml.child(security == null ? document : security, version.conversation,
                    "SecurityContextToken");
            if (element != null) {
                Token token = tokens.get(Token.name(version, element));
                if (token == null || token.version != version) {
                    throw new UnknownContext(version);
                }
                return token;
            }
        }
        return null;
    }

    private static CallbackHandler secrets(Token token, Map<String, String> passwords) {
        return callbacks -> {
            for (Callback callback : callbacks) {
                WSPasswordCallback asked = (WSPasswordCallback) callback;
                if (asked.getUsage() == WSPasswordCallback.USERNAME_TOKEN) {
                    asked.setPassword(passwords.get(asked.getIdentifier()));
                } else if (token != null && token.identifier.equals(asked.getIdentifier())) {
                    asked.setKey(token.key);
                }
            }
        };
    }

    private void take(WSSecurityEngineResult result, Document document, Token named) {
        switch ((Integer) result.get(WSSecurityEngineResult.TAG_ACTION)) {
            case WSConstants.TS:
                timestamp = true;
                break;
            case WSConstants.UT:
                username = ((UsernameToken) result.get(WSSecurityEngineResult.TAG_USERNAME_TOKEN)).getName();
                break;
            case WSConstants.SCT:
                token = named;
                break;
            case WSConstants.BST:
                principal = String.valueOf(result.get(WSSecurityEngineResult.TAG_PRINCIPAL));
                ticketKey = (byte[]) result.get(WSSecurityEngineResult.TAG_SECRET);
                break;
            case WSConstants.SIGN:
                byte[] key = (byte[]) result.get(WSSecurityEngineResult.TAG_SECRET);
                signedByToken |= named != null && Arrays.equals(named.key, key);
                signedByTicket |= ticketKey != null && Arrays.equals(ticketKey, key);
                algorithms.add(last(result.get(WSSecurityEngineResult.TAG_SIGNATURE_METHOD)));
                for (Object reference : (List<?>) result.get(WSSecurityEngineResult.TAG_DATA_REF_URIS)) {
                    signed.add(((WSDataRef) reference).getName().getLocalPart());
                    algorithms.add(last(((WSDataRef) reference).getDigestAlgorithm()));
                }
                break;
            default:
                break;
        }
    }

    /** Whether the context token's key signed the timestamp. */
    boolean signedInContext() {
        return token != null && signedByToken && signed.contains("Timestamp");
    }

    /** Whether the Kerberos token's key signed the timestamp. */
    boolean signedByTicket() {
        return principal != null && signedByTicket && signed.contains("Timestamp");
    }

    @Override
    public String toString() {
        return "timestamp=" + timestamp + " username=" + username + " context="
                + (token == null ? null : token.identifier) + (principal == null ? "" : " kerberos=" + principal)
                + " signed=" + signed + " by=" + algorithms;
    }

    private static String last(Object uri) {
        String text = String.valueOf(uri);
        return text.substring(text.lastIndexOf('#') + 1);
    }

    /** Thrown for a token that nobody here issued, or that was cancelled. */
    static final class UnknownContext extends Exception {
        private static final long serialVersionUID = 1L;
        final Version version;

        UnknownContext(Version version) {
            super("unknown context");
            this.version = version;
        }
    }
}
