// server PORT [streamed] | client URL [streamed]: Mono's WCF over NetTcpBinding without security
using System;
using System.ServiceModel;
using System.Threading;
using System.Xml;

[ServiceContract(Namespace = "urn:wws:peers:calc")]
public interface ICalculator
{
    [OperationContract] int Add(int a, int b);
    [OperationContract] string Text(string text);
}

public class Calculator : ICalculator
{
    public int Add(int a, int b) { return a + b; }
    public string Text(string text) { return text + text.Length; }
}

static class Program
{
    static NetTcpBinding Binding(bool streamed)
    {
        var limit = TimeSpan.FromSeconds(20);
        return new NetTcpBinding(SecurityMode.None) { TransferMode = streamed ? TransferMode.Streamed : TransferMode.Buffered, MaxReceivedMessageSize = 10000000, ReaderQuotas = XmlDictionaryReaderQuotas.Max, OpenTimeout = limit, SendTimeout = limit, ReceiveTimeout = limit, CloseTimeout = limit };
    }

    static int Main(string[] args)
    {
        var streamed = args.Length > 2 && args[2] == "streamed";
        if (args[0] == "server")
        {
            var url = "net.tcp://localhost:" + args[1] + "/tcp-none";
            var host = new ServiceHost(typeof(Calculator));
            host.AddServiceEndpoint(typeof(ICalculator), Binding(streamed), url);
            host.Open();
            Console.WriteLine("READY " + url);
            Console.Out.Flush();
            Thread.Sleep(60000);
            return 0;
        }
        var channel = new ChannelFactory<ICalculator>(Binding(streamed), new EndpointAddress(args[1])).CreateChannel();
        Console.WriteLine("sum " + channel.Add(40, 2) + " " + channel.Add(1, 1));
        if (streamed)
        {
            var text = new string('y', 300000);
            Console.WriteLine("text " + (channel.Text(text) == text + "300000"));
        }
        ((IClientChannel)channel).Close();
        Console.WriteLine("closed");
        Environment.Exit(0);
        return 0;
    }
}
