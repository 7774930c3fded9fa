import java.security.SecureRandom;
import org.apache.ws.security.conversation.dkalgo.P_SHA1;
import org.w3c.dom.Element;

/** One key of a security context: the identifier names the context, the instance (null at first) the key in it. */
final class Token {
    private static final SecureRandom RANDOM = new SecureRandom();

    final Version version;
    final String identifier;
    final String instance;
    final byte[] key;

    Token(Version version, String identifier, String instance, byte[] key) {
        this.version = version;
        this.identifier = identifier;
        this.instance = instance;
        this.key = key;
    }

    /** The names in a SecurityContextToken element, joined so that they can be looked up. */
    static String name(Version version, Element element) {
        return name(Xml.text(element, version.conversation, "Identifier"),
                Xml.text(element, version.conversation, "Instance"));
    }

    static String name(String identifier, String instance) {
        return identifier + (instance == null ? "" : "|" + instance);
    }

    String name() {
        return name(identifier, instance);
    }

    static byte[] random(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    /** The key of combined entropy: the client's is the secret, the server's the seed. */
    static byte[] combine(byte[] client, byte[] server, int length) throws Exception {
        return new P_SHA1().createKey(client, server, 0, length);
    }
}
