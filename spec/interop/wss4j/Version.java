import org.apache.ws.security.conversation.ConversationConstants;

/** The two versions of WS-Trust and WS-SecureConversation, with the names that each gives to the same things. */
enum Version {
    FEBRUARY_2005(
            "february_2005",
            "http://schemas.xmlsoap.org/ws/2005/02/trust",
            "http://schemas.xmlsoap.org/ws/2005/02/sc",
            ConversationConstants.VERSION_05_02),
    OASIS_13(
            "1.3",
            "http://docs.oasis-open.org/ws-sx/ws-trust/200512",
            "http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512",
            ConversationConstants.VERSION_05_12);

    final String name;
    final String trust;
    final String conversation;
    final String tokenType;
    final int number;

    Version(String name, String trust, String conversation, int number) {
        this.name = name;
        this.trust = trust;
        this.conversation = conversation;
        this.tokenType = conversation + "/sct";
        this.number = number;
    }

    static Version named(String name) {
        for (Version version : values()) {
            if (version.name.equals(name)) {
                return version;
            }
        }
        throw new IllegalArgumentException("no such version: " + name);
    }

    /** The action of a request (RST) or a response (RSTR); the operation is Issue, Renew or Cancel. */
    String action(String message, String operation) {
        return trust + "/" + message + "/SCT" + (operation.equals("Issue") ? "" : "/" + operation);
    }

    /** Version 1.3 wraps every response in a collection of one. */
    String respond(String content) {
        String response = "<t:RequestSecurityTokenResponse>" + content + "</t:RequestSecurityTokenResponse>";
        if (this == OASIS_13) {
            response = "<t:RequestSecurityTokenResponseCollection>" + response
                    + "</t:RequestSecurityTokenResponseCollection>";
        }
        return response.replaceFirst(">", " xmlns:t='" + trust + "'>");
    }
}
