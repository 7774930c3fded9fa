import com.sun.security.jgss.ExtendedGSSContext;
import com.sun.security.jgss.InquireType;
import java.security.Key;
import java.security.PrivilegedExceptionAction;
import java.util.HashMap;
import java.util.Map;
import javax.security.auth.Subject;
import javax.security.auth.kerberos.KerberosPrincipal;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.Configuration;
import javax.security.auth.login.LoginContext;
import org.apache.ws.security.WSSecurityException;
import org.apache.ws.security.handler.RequestData;
import org.apache.ws.security.validate.Credential;
import org.apache.ws.security.validate.Validator;
import org.ietf.jgss.GSSContext;
import org.ietf.jgss.GSSCredential;
import org.ietf.jgss.GSSManager;
import org.ietf.jgss.GSSName;
import org.ietf.jgss.Oid;

/** Kerberos tokens by Java's own GSSAPI, either end. WSS4J's validator hands back no key on this JDK: this one does. */
final class Kerberos implements Validator {
    static final String TYPE =
            "http://docs.oasis-open.org/wss/oasis-wss-kerberos-token-profile-1.1#GSS_Kerberosv5_AP_REQ";

    private final String keytab;
    private final String principal;
    private final String service;

    /** @param service whom the client talks to, as service@host; null: this is the service */
    Kerberos(String keytab, String principal, String service) {
        this.keytab = keytab;
        this.principal = principal;
        this.service = service;
        if (System.getenv("KRB5_CONFIG") != null) {
            System.setProperty("java.security.krb5.conf", System.getenv("KRB5_CONFIG"));
        }
    }

    /** A token and the key that signs for it: the client's own. */
    static final class Ticket {
        final byte[] octets;
        final byte[] key;

        Ticket(byte[] octets, byte[] key) {
            this.octets = octets;
            this.key = key;
        }
    }

    /** A fresh token. */
    Ticket ticket() throws Exception {
        return Subject.doAs(login(), (PrivilegedExceptionAction<Ticket>) () -> {
            GSSManager manager = GSSManager.getInstance();
            GSSContext context = manager.createContext(manager.createName(service, GSSName.NT_HOSTBASED_SERVICE),
                    new Oid("1.2.840.113554.1.2.2"), null, GSSContext.DEFAULT_LIFETIME);
            context.requestMutualAuth(false);
            byte[] octets = context.initSecContext(new byte[0], 0, 0);
            return new Ticket(octets, key(context));
        });
    }

    @Override
    public Credential validate(Credential credential, RequestData data) throws WSSecurityException {
        byte[] octets = credential.getBinarySecurityToken().getToken();
        try {
            return Subject.doAs(login(), (PrivilegedExceptionAction<Credential>) () -> {
                GSSContext context = GSSManager.getInstance().createContext((GSSCredential) null);
                context.acceptSecContext(octets, 0, octets.length);
                credential.setPrincipal(new KerberosPrincipal(context.getSrcName().toString()));
                credential.setSecretKey(key(context));
                return credential;
            });
        } catch (Exception refusal) {
            throw new WSSecurityException(WSSecurityException.FAILED_AUTHENTICATION, null, null, refusal);
        }
    }

    private static byte[] key(GSSContext context) throws Exception {
        return ((Key) ((ExtendedGSSContext) context).inquireSecContext(InquireType.KRB5_GET_SESSION_KEY)).getEncoded();
    }

    private Subject login() throws Exception {
        LoginContext login = new LoginContext("wws", null, null, new Configuration() {
            @Override
            public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
                return new AppConfigurationEntry[] {entry()};
            }
        });
        login.login();
        return login.getSubject();
    }

    private AppConfigurationEntry entry() {
        Map<String, String> options = new HashMap<>();
        options.put("useKeyTab", "true");
        options.put("keyTab", keytab);
        options.put("principal", principal);
        options.put("doNotPrompt", "true");
        options.put("storeKey", service == null ? "true" : "false");
        options.put("isInitiator", service == null ? "false" : "true");
        return new AppConfigurationEntry("com.sun.security.auth.module.Krb5LoginModule",
                AppConfigurationEntry.LoginModuleControlFlag.REQUIRED, options);
    }
}
