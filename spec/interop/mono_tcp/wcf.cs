// server PORT | client URL: Mono's WCF over NetTcpBinding without security
using System;
using System.ServiceModel;
using System.Threading;

[ServiceContract(Namespace = "urn:wws:peers:calc")]
public interface ICalculator
{
    [OperationContract] int Add(int a, int b);
}

public class Calculator : ICalculator
{
    public int Add(int a, int b) { return a + b; }
}

static class Program
{
    static NetTcpBinding Binding()
    {
        var limit = TimeSpan.FromSeconds(20);
        return new NetTcpBinding(SecurityMode.None) { OpenTimeout = limit, SendTimeout = limit, ReceiveTimeout = limit, CloseTimeout = limit };
    }

    static int Main(string[] args)
    {
        if (args[0] == "server")
        {
            var url = "net.tcp://localhost:" + args[1] + "/tcp-none";
            var host = new ServiceHost(typeof(Calculator));
            host.AddServiceEndpoint(typeof(ICalculator), Binding(), url);
            host.Open();
            Console.WriteLine("READY " + url);
            Console.Out.Flush();
            Thread.Sleep(60000);
            return 0;
        }
        var channel = new ChannelFactory<ICalculator>(Binding(), new EndpointAddress(args[1])).CreateChannel();
        Console.WriteLine("sum " + channel.Add(40, 2) + " " + channel.Add(1, 1));
        ((IClientChannel)channel).Close();
        Console.WriteLine("closed");
        Environment.Exit(0);
        return 0;
    }
}
