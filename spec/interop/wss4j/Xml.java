import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.Base64;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** Trees from bytes, bytes from trees, and the few ways of looking into a tree that the peer needs. */
final class Xml {
    private Xml() {
    }

    static Document parse(byte[] bytes) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(bytes));
    }

    static byte[] bytes(Node node) throws Exception {
        Transformer transformer = TransformerFactory.newInstance().newTransformer();
        transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        transformer.transform(new DOMSource(node), new StreamResult(out));
        return out.toByteArray();
    }

    /** The first child element with this name, or null. */
    static Element child(Node parent, String namespace, String name) {
        for (Node node = parent == null ? null : parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element && name.equals(node.getLocalName())
                    && namespace.equals(node.getNamespaceURI())) {
                return (Element) node;
            }
        }
        return null;
    }

    /** The first child element whatever its name, or null. */
    static Element child(Node parent) {
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element) {
                return (Element) node;
            }
        }
        return null;
    }

    /** The first descendant with this name, or null. */
    static Element find(Element root, String namespace, String name) {
        return root == null ? null : (Element) root.getElementsByTagNameNS(namespace, name).item(0);
    }

    /** The text of the first descendant with this name, or null. */
    static String text(Element root, String namespace, String name) {
        Element found = find(root, namespace, name);
        return found == null ? null : found.getTextContent().trim();
    }

    static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    static byte[] decode(String base64) {
        return Base64.getMimeDecoder().decode(base64);
    }

    static String encode(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
