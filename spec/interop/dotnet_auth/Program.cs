// HTTP header authentication by .NET: HttpClient, HttpListener (basic), Kestrel with NegotiateAuthentication.
// client URL SCHEME CERTIFICATE [USER PASSWORD DOMAIN]: posts its standard input twice; a line each: status, sum.
// basic: serves; a line for its port, then who came. windows PACKAGE CERTIFICATE KEY: the same over https.
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

const string Answer = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><AddResponse " +
    "xmlns=\"http://example.org/\"><AddResult>42</AddResult></AddResponse></s:Body></s:Envelope>";

static async Task Call(string[] a) {
    var message = Encoding.UTF8.GetBytes(Console.In.ReadToEnd());
    var trusted = X509CertificateLoader.LoadCertificateFromFile(a[3]);
    var credential = a.Length > 4 ? new NetworkCredential(a[4], a[5], a[6]) : CredentialCache.DefaultNetworkCredentials;
    var handler = new SocketsHttpHandler { Credentials = new CredentialCache { { new Uri(a[1]), a[2], credential } } };
    handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.GetRawCertData().SequenceEqual(trusted.RawData);
    using var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(60) };
    for (var i = 0; i < 2; i++) {
        var request = new HttpRequestMessage(HttpMethod.Post, a[1]) { Content = new ByteArrayContent(message) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("text/xml; charset=utf-8");
        request.Headers.Add("SOAPAction", "\"http://example.org/ICalculator/Add\"");
        using var response = await client.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        Console.WriteLine($"{(int)response.StatusCode} {Regex.Match(body, "<AddResult[^>]*>(\\d+)<").Groups[1].Value}");
    }
}

static int FreePort() {
    using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
    taken.Start();
    return ((IPEndPoint)taken.LocalEndpoint).Port;
}

// A free port may be taken before the listener has it.
static HttpListener Listen(out int port) {
    for (var tries = 0; ; tries++) {
        var listener = new HttpListener { AuthenticationSchemes = AuthenticationSchemes.Basic, Realm = "ci" };
        port = FreePort();
        listener.Prefixes.Add($"http://localhost:{port}/");
        try {
            listener.Start();
            return listener;
        } catch (HttpListenerException) when (tries < 10) {
        }
    }
}

static void Basic() {
    var listener = Listen(out var port);
    Console.WriteLine("port " + port);
    while (true) {
        var context = listener.GetContext();
        var who = (HttpListenerBasicIdentity)context.User!.Identity!;
        Console.WriteLine($"{who.Name} {who.Password}");
        new StreamReader(context.Request.InputStream).ReadToEnd();
        context.Response.ContentType = "text/xml; charset=utf-8";
        context.Response.Close(Encoding.UTF8.GetBytes(Answer), true);
    }
}

static async Task Windows(string[] a) {
    var builder = WebApplication.CreateSlimBuilder();
    var certificate = X509Certificate2.CreateFromPemFile(a[2], a[3]);
    builder.Logging.ClearProviders();
    builder.WebHost.UseKestrelHttpsConfiguration();
    builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, on => {
        on.Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1;
        on.UseHttps(certificate);
    }));
    var app = builder.Build();
    var conversations = new ConcurrentDictionary<string, NegotiateAuthentication>();
    app.Run(async context => {
        using (var reader = new StreamReader(context.Request.Body)) await reader.ReadToEndAsync();
        var said = context.Request.Headers.Authorization.ToString().Split(' ');
        var talk = conversations.GetOrAdd(context.Connection.Id, _ =>
            new NegotiateAuthentication(new NegotiateAuthenticationServerOptions { Package = a[1] }));
        if (!talk.IsAuthenticated) {
            NegotiateAuthenticationStatusCode status = NegotiateAuthenticationStatusCode.GenericFailure;
            var token = said.Length == 2 && said[0] == a[1] ? talk.GetOutgoingBlob(said[1], out status) : null;
            if (said.Length == 2) Console.WriteLine("status " + status);
            if (!talk.IsAuthenticated) {
                context.Response.StatusCode = 401;
                context.Response.Headers.WWWAuthenticate = token == null ? a[1] : $"{a[1]} {token}";
                return;
            }
            if (token != null) context.Response.Headers.WWWAuthenticate = $"{a[1]} {token}";
        }
        Console.WriteLine("who " + talk.RemoteIdentity.Name);
        context.Response.ContentType = "text/xml; charset=utf-8";
        await context.Response.WriteAsync(Answer);
    });
    await app.StartAsync();
    Console.WriteLine("port " + new Uri(app.Urls.First()).Port);
    await app.WaitForShutdownAsync();
}

switch (args[0]) {
    case "client": await Call(args); break;
    case "basic": Basic(); break;
    default: await Windows(args); break;
}
