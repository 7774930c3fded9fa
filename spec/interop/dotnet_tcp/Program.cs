// server none|ssl|ssl-cert PEM KEY: until its input ends; client URL none|ssl|ssl-cert COUNT [PEM KEY]
// server win LEVEL; client URL win COUNT LEVEL SPN [USER PASSWORD DOMAIN]: with Windows authentication
// single-server none|ssl PEM KEY; single-client none|ssl SESSIONS ITEMS [ENCODING URL] …: streamed messages
using System.Net;
using System.Security.Cryptography.X509Certificates;

X509Certificate2 Load(int at)
{
    if (args.Length <= at + 1) return null;
    using var made = X509Certificate2.CreateFromPemFile(args[at], args[at + 1]);
    return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
}

try
{
    if (args[0] == "server")
    {
        bool windows = args[1] == "win";
        _ = Framing.Server(0, args[1], windows ? null : Load(2), windows ? args[2] : "enc");
        Thread.Sleep(TimeSpan.FromSeconds(60));
    }
    else if (args[0] == "single-server")
    {
        new Thread(() => Single.Server(args[1], Load(2))) { IsBackground = true }.Start();
        Thread.Sleep(TimeSpan.FromSeconds(60));
    }
    else if (args[0] == "single-client")
    {
        for (int i = 4; i < args.Length; i += 2)
        {
            Console.WriteLine(Single.Client(new Uri(args[i + 1]), args[1], int.Parse(args[i]), int.Parse(args[2]), int.Parse(args[3])));
        }
    }
    else if (args[2] == "win")
    {
        var user = args.Length > 6 ? new NetworkCredential(args[6], args[7], args[8]) : CredentialCache.DefaultNetworkCredentials;
        Console.WriteLine(await Framing.Client(new Uri(args[1]), "win", args[4], user, args[5], null, int.Parse(args[3])));
    }
    else
    {
        Console.WriteLine(await Framing.Client(new Uri(args[1]), args[2], "enc", null, "", Load(4), int.Parse(args[3])));
    }
    return 0;
}
catch (Exception e)
{
    Console.WriteLine("FAIL " + e);
    return 1;
}
