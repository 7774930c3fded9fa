// [MC-NMF] singleton sessions in both roles, one after another on one connection: .NET's binary and text XML readers and writers
// over the chunks as they come and go, and its SslStream for each session anew. Only the records and chunks are ours.
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Xml;

// The chunks of an unsized envelope, read as one stream.
class ChunkReader(Stream inner) : Single.Forward
{
    int left; bool over;
    public override bool CanRead => true;
    public override int Read(byte[] buffer, int offset, int count)
    {
        if (over) return 0;
        if (left == 0) { left = Single.ReadSize(inner); over = left == 0; if (over) return 0; }
        int got = inner.Read(buffer, offset, Math.Min(count, left));
        if (got == 0) throw new EndOfStreamException();
        left -= got;
        return got;
    }
    public void Drain() { var rest = new byte[4096]; while (Read(rest, 0, rest.Length) > 0) { } }
}

// Each write is a chunk.
class ChunkWriter(Stream inner) : Single.Forward
{
    public override bool CanWrite => true;
    public override void Write(byte[] buffer, int offset, int count)
    {
        if (count == 0) return;
        var head = new List<byte>(); Chan.PutSize(head, count);
        inner.Write(head.ToArray()); inner.Write(buffer, offset, count);
    }
    public override void Flush() { inner.Flush(); }
}

static class Single
{
    public abstract class Forward : Stream
    {
        public override bool CanRead => false; public override bool CanWrite => false; public override bool CanSeek => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override int Read(byte[] b, int o, int c) => throw new NotSupportedException();
        public override void Write(byte[] b, int o, int c) => throw new NotSupportedException();
        public override void Flush() { }
        public override long Seek(long o, SeekOrigin s) => throw new NotSupportedException();
        public override void SetLength(long v) => throw new NotSupportedException();
    }

    const string S12 = "http://www.w3.org/2003/05/soap-envelope", A10 = "http://www.w3.org/2005/08/addressing", NS = "urn:wws:long";
    static readonly string Item = new string('x', 500) + "&\u20ac";

    static int ReadByte(Stream s) { int b = s.ReadByte(); if (b < 0) throw new EndOfStreamException(); return b; }
    public static int ReadSize(Stream s) { int v = 0, shift = 0; for (;;) { int b = ReadByte(s); v |= (b & 127) << shift; if (b < 128) return v; shift += 7; } }
    static string ReadText(Stream s) { var b = new byte[ReadSize(s)]; s.ReadExactly(b); return Encoding.UTF8.GetString(b); }
    static void Expect(Stream s, int record) { int got = ReadByte(s); if (got != record) throw new Exception("record " + got + " instead of " + record + (got == 8 ? " " + ReadText(s) : "")); }
    static void PutText(List<byte> o, byte record, string text) { var b = Encoding.UTF8.GetBytes(text); o.Add(record); Chan.PutSize(o, b.Length); o.AddRange(b); }
    static XmlDictionaryString Look(string s) => Dict.D.TryLookup(s, out var known) ? known : own.Add(s);
    static readonly XmlDictionary own = new();

    // Writes an envelope whose body has so many items.
    static void WriteMessage(Stream s, int encoding, string action, string to, string relates, int count)
    {
        s.WriteByte(5);
        var chunks = new ChunkWriter(s);
        using (var w = encoding == 7 ? XmlDictionaryWriter.CreateBinaryWriter(chunks, Dict.D, null, false) : XmlDictionaryWriter.CreateTextWriter(chunks, new UTF8Encoding(false), false))
        {
            void Header(string name, string value) { w.WriteStartElement("a", Look(name), Look(A10)); w.WriteString(value); w.WriteEndElement(); }
            w.WriteStartElement("s", Look("Envelope"), Look(S12)); w.WriteXmlnsAttribute("a", Look(A10));
            w.WriteStartElement("s", Look("Header"), Look(S12));
            Header("Action", action);
            if (relates == null) { Header("MessageID", "urn:uuid:" + Guid.NewGuid()); Header("To", to); } else Header("RelatesTo", relates);
            w.WriteEndElement();
            w.WriteStartElement("s", Look("Body"), Look(S12));
            w.WriteStartElement("Long", NS);
            for (int i = 0; i < count; i++) { w.WriteElementString("item", NS, Item); if (i % 50 == 0) w.Flush(); }
            w.WriteEndElement(); w.WriteEndElement(); w.WriteEndElement();
            w.Flush();
        }
        s.Write(new byte[] { 0, 7 }); s.Flush();
    }

    // Reads one; returns its MessageID, its Action and the number of items.
    static (string id, string action, int count) ReadMessage(Stream s, int encoding)
    {
        Expect(s, 5);
        var chunks = new ChunkReader(s); string id = null, action = null; int count = 0;
        using (var r = encoding == 7 ? XmlDictionaryReader.CreateBinaryReader(chunks, Dict.D, XmlDictionaryReaderQuotas.Max) : XmlDictionaryReader.CreateTextReader(chunks, XmlDictionaryReaderQuotas.Max))
            for (r.Read(); !r.EOF;)   // what reads an element's content is behind its end tag then
                switch (r.NodeType == XmlNodeType.Element ? r.LocalName : "")
                {
                    case "MessageID": id = r.ReadElementContentAsString(); break;
                    case "Action": action = r.ReadElementContentAsString(); break;
                    case "Fault": throw new Exception("fault " + r.ReadOuterXml());
                    case "item": var text = r.ReadElementContentAsString(); if (text != Item) throw new Exception("item " + text); count++; break;
                    default: r.Read(); break;
                }
        chunks.Drain();
        Expect(s, 7);
        return (id, action, count);
    }

    public static void Server(string security, X509Certificate2 cert)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0); listener.Start();
        Console.WriteLine("READY " + ((IPEndPoint)listener.LocalEndpoint).Port);
        while (true)
        {
            using var client = listener.AcceptTcpClient(); client.NoDelay = true; Console.WriteLine("connection");
            try { while (Serve(client.GetStream(), security, cert)) Console.WriteLine("session"); } catch (Exception e) { Console.WriteLine("FAIL " + e); }
        }
    }

    static bool Serve(Stream raw, string security, X509Certificate2 cert)
    {
        Stream s = raw; int encoding = 0; bool upgraded = false;
        for (; ; )
        {
            int record = s.ReadByte();
            if (record < 0) return false;
            if (record == 0) s.ReadExactly(new byte[2]);
            else if (record == 1) { if (ReadByte(s) != 1) throw new Exception("mode"); }
            else if (record == 2) ReadText(s);
            else if (record == 3) encoding = ReadByte(s);
            else if (record == 9) { ReadText(s); s.WriteByte(10); var tls = new SslStream(raw, true); tls.AuthenticateAsServer(cert); s = tls; upgraded = true; }
            else if (record == 12) break;
            else throw new Exception("record " + record);
        }
        if (upgraded != (security == "ssl")) throw new Exception("upgrade");
        s.WriteByte(11); s.Flush();
        var (id, action, count) = ReadMessage(s, encoding);
        WriteMessage(s, encoding, action + "Response", null, id, count);
        return true;
    }

    public static string Client(Uri to, string security, int encoding, int sessions, int items)
    {
        using var client = new TcpClient { NoDelay = true }; client.Connect(IPAddress.Loopback, to.Port);
        for (int i = 0; i < sessions; i++)
        {
            Stream s = client.GetStream();
            var preamble = new List<byte> { 0, 1, 0, 1, 1 }; PutText(preamble, 2, to.OriginalString); preamble.Add(3); preamble.Add((byte)encoding);
            if (security == "ssl")
            {
                PutText(preamble, 9, "application/ssl-tls"); s.Write(preamble.ToArray()); preamble.Clear(); Expect(s, 10);
                var tls = new SslStream(s, true, (a, b, c, d) => true); tls.AuthenticateAsClient(to.Host); s = tls;
            }
            preamble.Add(12); s.Write(preamble.ToArray()); s.Flush(); Expect(s, 11);
            WriteMessage(s, encoding, NS + "/Echo", to.OriginalString, null, items);
            var (_, action, count) = ReadMessage(s, encoding);
            if (count != items || action != NS + "/EchoResponse") throw new Exception(action + " " + count);
        }
        return "OK " + sessions + " sessions";
    }
}
