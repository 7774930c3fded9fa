// JAX-WS with MTOM: `serve` gives back every blob; `call URL` sends one and says whether it came back.
// Its own service description is what its proxy is made from; then it calls the address it was told.
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URL;
import java.util.Arrays;
import java.util.Random;
import javax.jws.WebMethod;
import javax.jws.WebParam;
import javax.jws.WebResult;
import javax.jws.WebService;
import javax.xml.bind.annotation.XmlAccessType;
import javax.xml.bind.annotation.XmlAccessorType;
import javax.xml.bind.annotation.XmlElement;
import javax.xml.bind.annotation.XmlRootElement;
import javax.xml.bind.annotation.XmlType;
import javax.xml.namespace.QName;
import javax.xml.ws.Action;
import javax.xml.ws.BindingProvider;
import javax.xml.ws.BindingType;
import javax.xml.ws.Endpoint;
import javax.xml.ws.RequestWrapper;
import javax.xml.ws.ResponseWrapper;
import javax.xml.ws.Service;
import javax.xml.ws.WebServiceFeature;
import javax.xml.ws.soap.AddressingFeature;
import javax.xml.ws.soap.MTOMFeature;
import javax.xml.ws.soap.SOAPBinding;

public class Peer {
    static final String NS = "urn:wws:spec";

    @WebService(targetNamespace = NS)
    public interface Store {
        @WebMethod(action = NS + "/Blob")
        @WebResult(name = "BlobResult", targetNamespace = NS)
        @RequestWrapper(localName = "Blob", targetNamespace = NS, className = "Peer$BlobIn")
        @ResponseWrapper(localName = "BlobResponse", targetNamespace = NS, className = "Peer$BlobOut")
        @Action(input = NS + "/Blob", output = NS + "/BlobResponse")
        byte[] blob(@WebParam(name = "data", targetNamespace = NS) byte[] data);
    }

    @XmlRootElement(name = "Blob", namespace = NS)
    @XmlType(name = "Blob_t", namespace = NS)
    @XmlAccessorType(XmlAccessType.FIELD)
    public static class BlobIn {
        @XmlElement(name = "data", namespace = NS) public byte[] data;
    }

    @XmlRootElement(name = "BlobResponse", namespace = NS)
    @XmlType(name = "BlobResponse_t", namespace = NS)
    @XmlAccessorType(XmlAccessType.FIELD)
    public static class BlobOut {
        @XmlElement(name = "BlobResult", namespace = NS) public byte[] BlobResult;
    }

    public static class Base implements Store {
        public byte[] blob(byte[] data) { return data; }
    }

    @WebService(endpointInterface = "Peer$Store", targetNamespace = NS)
    @BindingType(SOAPBinding.SOAP11HTTP_BINDING)
    public static class Soap11 extends Base { }

    @WebService(endpointInterface = "Peer$Store", targetNamespace = NS)
    @BindingType(SOAPBinding.SOAP12HTTP_BINDING)
    public static class Soap12 extends Base { }

    static WebServiceFeature[] features() {
        return new WebServiceFeature[] {new MTOMFeature(true, 0), new AddressingFeature(true, true)};
    }

    static int publish(Object service) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 8);
        Endpoint.create(null, service, features()).publish(server.createContext("/store"));
        server.start();
        return server.getAddress().getPort();
    }

    static boolean call(String url, String version) throws Exception {
        int port = publish(version.equals("1.2") ? new Soap12() : new Soap11());
        String name = version.equals("1.2") ? "Soap12Service" : "Soap11Service";
        URL description = new URL("http://127.0.0.1:" + port + "/store?wsdl");
        Store store = Service.create(description, new QName(NS, name)).getPort(Store.class, features());
        ((BindingProvider) store).getRequestContext().put(BindingProvider.ENDPOINT_ADDRESS_PROPERTY, url);
        for (int size : new int[] {1, 767, 768, 5000}) {
            byte[] data = new byte[size];
            new Random(size).nextBytes(data);
            if (!Arrays.equals(data, store.blob(data))) {
                return false;
            }
        }
        return true;
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("serve")) {
            System.out.println("READY " + publish(new Soap11()) + " " + publish(new Soap12()));
            return;
        }
        System.out.println("SAME " + call(arguments[1], arguments[2]));
        System.exit(0);
    }
}
