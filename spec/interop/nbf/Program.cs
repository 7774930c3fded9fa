// .NET's own binary XML, by lines: a letter, then base64; the answer is base64, or `error` and what .NET said.
//   r BYTES  reads binary, gives text          w TEXT  writes text as binary
//   R BYTES  the same with a session           W TEXT  the same with a session
//   g SEED   a document made by chance through the typed calls: BYTES TAB TEXT
//   n        begins new sessions               b TEXT  figures for that document (see Bench.cs)
using System.Text;
using System.Xml;

var sessions = new Sessions();
for (string line; (line = Console.ReadLine()) != null;) {
    string argument = line.Length > 2 ? line[2..] : "";
    string answer;
    try {
        switch (line[0]) {
            case 'r': answer = Out(Xml.Read(Convert.FromBase64String(argument), null)); break;
            case 'w': answer = Convert.ToBase64String(Xml.Write(In(argument))); break;
            case 'R': answer = Out(sessions.Read(Convert.FromBase64String(argument))); break;
            case 'W': answer = Convert.ToBase64String(sessions.Write(In(argument))); break;
            case 'n': sessions = new Sessions(); answer = ""; break;
            case 'g':
                byte[] made = Chance.Document(int.Parse(argument));
                answer = Convert.ToBase64String(made) + "\t" + Out(Xml.Read(made, null));
                break;
            case 'b': answer = Bench.Run(In(argument)); break;
            default: answer = "error no such verb"; break;
        }
    } catch (Exception e) {
        answer = "error " + e.GetType().Name + ": " + e.Message.ReplaceLineEndings(" ");
    }
    Console.WriteLine(answer);
}

static string In(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));
static string Out(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

static class Xml {
    public static string Read(byte[] bytes, XmlBinaryReaderSession session) {
        using var reader = XmlDictionaryReader.CreateBinaryReader(bytes, 0, bytes.Length, Nbfs.Dictionary,
            XmlDictionaryReaderQuotas.Max, session);
        return Text(reader);
    }

    public static string Text(XmlReader reader) {
        var text = new StringBuilder();
        var settings = new XmlWriterSettings { OmitXmlDeclaration = true, NewLineHandling = NewLineHandling.Entitize };
        using (var writer = XmlWriter.Create(text, settings)) {
            while (reader.Read()) Copy(reader, writer);
        }
        return text.ToString();
    }

    // XmlWriter.WriteNode leaves out nothing, but a reader's own value of a typed record is what is to be seen.
    static void Copy(XmlReader reader, XmlWriter writer) {
        switch (reader.NodeType) {
            case XmlNodeType.Element:
                bool isEmpty = reader.IsEmptyElement;
                writer.WriteStartElement(reader.Prefix, reader.LocalName, reader.NamespaceURI);
                for (bool more = reader.MoveToFirstAttribute(); more; more = reader.MoveToNextAttribute())
                    writer.WriteAttributeString(reader.Prefix, reader.LocalName, reader.NamespaceURI, reader.Value);
                reader.MoveToElement();
                if (isEmpty) writer.WriteEndElement();
                break;
            case XmlNodeType.EndElement: writer.WriteFullEndElement(); break;
            case XmlNodeType.Text: case XmlNodeType.CDATA: case XmlNodeType.Whitespace:
            case XmlNodeType.SignificantWhitespace: writer.WriteString(reader.Value); break;
            case XmlNodeType.Comment: writer.WriteComment(reader.Value); break;
        }
    }

    public static byte[] Write(string text) {
        using var stream = new MemoryStream();
        using (var writer = XmlDictionaryWriter.CreateBinaryWriter(stream, Nbfs.Dictionary, null, false))
        using (var reader = Parse(text)) writer.WriteNode(reader, false);
        return stream.ToArray();
    }

    public static XmlReader Parse(string text) => XmlReader.Create(new StringReader(text),
        new XmlReaderSettings { IgnoreWhitespace = false, DtdProcessing = DtdProcessing.Prohibit });
}
