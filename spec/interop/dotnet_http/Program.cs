// Posts the message on standard input several ways with HttpClient and says what came, one line a way.
using System.Net;
using System.Net.Http.Headers;
using System.Text;

var url = args[0];
var message = Encoding.UTF8.GetBytes(Console.In.ReadToEnd());
var connections = 0;
var handler = new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All };
handler.ConnectCallback = async (context, cancel) =>
{
    connections++;
    var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
    await socket.ConnectAsync(context.DnsEndPoint, cancel);
    return new System.Net.Sockets.NetworkStream(socket, true);
};
using var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(60) };

async Task Send(string name, HttpMethod method, Action<HttpRequestMessage>? change = null)
{
    var request = new HttpRequestMessage(method, url);
    if (method == HttpMethod.Post)
    {
        request.Content = new ByteArrayContent(message);
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/soap+xml; charset=utf-8");
    }
    change?.Invoke(request);
    using var response = await client.SendAsync(request);
    var body = await response.Content.ReadAsStringAsync();
    var sum = System.Text.RegularExpressions.Regex.Match(body, "<AddResult[^>]*>(\\d+)<").Groups[1].Value;
    var coding = string.Join(",", response.Content.Headers.ContentEncoding);
    Console.WriteLine($"{name} {(int)response.StatusCode} {sum} {coding} {connections}");
}

await Send("plain", HttpMethod.Post);
await Send("chunked", HttpMethod.Post, request => request.Headers.TransferEncodingChunked = true);
await Send("expect", HttpMethod.Post, request => request.Headers.ExpectContinue = true);
await Send("both", HttpMethod.Post, request =>
{
    request.Headers.TransferEncodingChunked = true;
    request.Headers.ExpectContinue = true;
});
await Send("get", HttpMethod.Get);
await Send("head", HttpMethod.Head);
await Send("again", HttpMethod.Post);
await Send("old", HttpMethod.Post, request => request.Version = HttpVersion.Version10);
