// .NET's own NegotiateStream at either end, talking to ours. Each line says what came of one connection.
// server LEVEL IMPERSONATION: echoes; client PORT LEVEL IMPERSONATION SPN SIZES [USER PASSWORD DOMAIN]
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Principal;

static ProtectionLevel Level(string name) => name switch {
    "none" => ProtectionLevel.None, "sign" => ProtectionLevel.Sign, _ => ProtectionLevel.EncryptAndSign };
static TokenImpersonationLevel Impersonation(string name) => Enum.Parse<TokenImpersonationLevel>(name, true);
static string Said(NegotiateStream s) =>
    $"{s.RemoteIdentity.AuthenticationType} {s.RemoteIdentity.Name} encrypted={s.IsEncrypted} signed={s.IsSigned} " +
    $"mutual={s.IsMutuallyAuthenticated} level={s.ImpersonationLevel}";

static async Task Echo(TcpClient client, string level, string impersonation) {
    try {
        using var stream = new NegotiateStream(client.GetStream());
        await stream.AuthenticateAsServerAsync(CredentialCache.DefaultNetworkCredentials, Level(level), Impersonation(impersonation));
        Console.WriteLine("accepted " + Said(stream));
        var room = new byte[100000];
        for (int n; (n = await stream.ReadAsync(room)) > 0;) await stream.WriteAsync(room.AsMemory(0, n));
        Console.WriteLine("ended");
    } catch (Exception e) {
        Console.WriteLine($"refused {e.GetType().Name}: {e.Message}");
    }
    client.Close();
}

static async Task Serve(string level, string impersonation) {
    var listener = new TcpListener(IPAddress.Loopback, 0);
    listener.Start();
    Console.WriteLine("port " + ((IPEndPoint)listener.LocalEndpoint).Port);
    while (true) _ = Echo(await listener.AcceptTcpClientAsync(), level, impersonation);
}

static async Task Call(string[] a) {
    using var client = new TcpClient();
    await client.ConnectAsync("127.0.0.1", int.Parse(a[1]));
    using var stream = new NegotiateStream(client.GetStream());
    var credential = a.Length > 6 ? new NetworkCredential(a[6], a[7], a[8]) : CredentialCache.DefaultNetworkCredentials;
    await stream.AuthenticateAsClientAsync(credential, a[4], Level(a[2]), Impersonation(a[3]));
    Console.WriteLine("connected " + Said(stream));
    foreach (var size in a[5].Split(',').Select(int.Parse)) {
        var sent = new byte[size];
        Random.Shared.NextBytes(sent);
        var got = new byte[size];
        var writing = stream.WriteAsync(sent, 0, size);
        await stream.ReadExactlyAsync(got);
        await writing;
        Console.WriteLine((sent.SequenceEqual(got) ? "same " : "other ") + size);
    }
}

try {
    if (args[0] == "server") await Serve(args[1], args[2]); else await Call(args);
} catch (Exception e) {
    Console.WriteLine($"refused {e.GetType().Name}: {e.Message}");
}
