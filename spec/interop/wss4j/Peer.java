import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.ws.security.WSSConfig;
import org.w3c.dom.Document;

/**
 * A peer for message security, on WSS4J.
 *
 * <pre>
 * check OPTIONS...           reads a secured envelope, prints what was verified or why not
 * make OPTIONS...            reads an envelope, writes it secured
 * serve P12 PASSWORD OPTIONS...  a calculator over HTTPS; prints READY and its port, then a line for each message
 * call URL CA OPTIONS...     calls one; prints a line for each step, OK at the end
 *
 * --user NAME PASSWORD       for check and serve any number of them
 * --context VERSION IDENTIFIER KEY [--instance NAME]   VERSION is 1.3 or february_2005, KEY in base64
 * --kerberos KEYTAB PRINCIPAL          check and serve: who we are
 * --ticket KEYTAB PRINCIPAL SERVICE    call: who we are, and whom we talk to
 * --version VERSION          call: in a context of this version, not in one-shot messages
 * --soap 1.1|1.2  --calls COUNT  --no-prefixes  --sha256  --last  --stale  --dump DIRECTORY
 * </pre>
 */
public final class Peer {
    private final Map<String, String> passwords = new HashMap<>();
    private final Map<String, Token> tokens = new HashMap<>();
    private String username;
    private Token token;
    private String version;
    private String soap = Messages.SOAP_12;
    private int calls = 2;
    private boolean prefixes = true;
    private boolean sha256;
    private boolean last;
    private boolean stale;
    private Path dump;
    private Kerberos kerberos;

    public static void main(String[] arguments) throws Exception {
        WSSConfig.init();
        Iterator<String> rest = Arrays.asList(arguments).iterator();
        String verb = rest.hasNext() ? rest.next() : "";
        Peer peer = new Peer();
        switch (verb) {
            case "check":
                peer.options(rest);
                peer.check();
                break;
            case "make":
                peer.options(rest);
                peer.make();
                break;
            case "serve":
                String store = rest.next();
                String password = rest.next();
                peer.options(rest);
                new Server(peer.passwords, peer.kerberos, peer.dump).serve(store, password);
                break;
            case "call":
                String url = rest.next();
                String authority = rest.next();
                peer.options(rest);
                peer.call(url, authority);
                break;
            default:
                throw new IllegalArgumentException("check, make, serve or call");
        }
    }

    private void options(Iterator<String> rest) {
        List<String> context = new ArrayList<>();
        while (rest.hasNext()) {
            String option = rest.next();
            switch (option) {
                case "--user":
                    username = rest.next();
                    passwords.put(username, rest.next());
                    break;
                case "--context":
                    context = Arrays.asList(rest.next(), rest.next(), rest.next());
                    context(context, null);
                    break;
                case "--instance":
                    context(context, rest.next());
                    break;
                case "--version":
                    version = rest.next();
                    break;
                case "--soap":
                    soap = rest.next().equals("1.1") ? Messages.SOAP_11 : Messages.SOAP_12;
                    break;
                case "--calls":
                    calls = Integer.parseInt(rest.next());
                    break;
                case "--kerberos":
                    kerberos = new Kerberos(rest.next(), rest.next(), null);
                    break;
                case "--ticket":
                    kerberos = new Kerberos(rest.next(), rest.next(), rest.next());
                    break;
                case "--dump":
                    dump = Path.of(rest.next());
                    break;
                default:
                    flag(option);
                    break;
            }
        }
    }

    private void flag(String option) {
        switch (option) {
            case "--no-prefixes":
                prefixes = false;
                break;
            case "--sha256":
                sha256 = true;
                break;
            case "--last":
                last = true;
                break;
            case "--stale":
                stale = true;
                break;
            default:
                throw new IllegalArgumentException("no such option: " + option);
        }
    }

    private void context(List<String> context, String instance) {
        token = new Token(Version.named(context.get(0)), context.get(1), instance, Xml.decode(context.get(2)));
        tokens.put(token.name(), token);
    }

    private void check() throws Exception {
        Document document = Xml.parse(System.in.readAllBytes());
        try {
            System.out.println("OK " + new Verified(document, tokens, passwords, kerberos, stale));
        } catch (Exception refusal) {
            System.out.println("REFUSED " + refusal.getMessage());
            System.exit(1);
        }
    }

    private void make() throws Exception {
        Securing securing = new Securing().token(token).sha256(sha256).prefixes(prefixes).last(last);
        if (username != null) {
            securing.username(username, passwords.get(username));
        }
        System.out.write(Xml.bytes(securing.apply(Xml.parse(System.in.readAllBytes()))));
        System.out.flush();
    }

    private void call(String url, String authority) throws Exception {
        Client client = new Client(url, authority, soap, username, passwords.get(username), kerberos,
                prefixes, sha256, last);
        try {
            if (version == null) {
                client.oneShot(calls);
                if (kerberos != null) {
                    client.replay();
                }
            } else {
                client.conversation(Version.named(version), calls);
            }
            System.out.println("OK");
        } catch (Exception failure) {
            System.out.println("FAILED " + failure);
            System.exit(1);
        }
    }
}
