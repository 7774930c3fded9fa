// [MC-NBFSE] over the runtime's own sessions: the strings of a message before it.
using System.Text;
using System.Xml;

static class Nbfs {
    public static readonly XmlDictionary Dictionary = new();
    static Nbfs() {
        foreach (string line in File.ReadLines("spec/vectors/encoding/nbfs-dictionary.tsv")) {
            string[] fields = line.Split('\t');
            if (int.TryParse(fields[0], out _)) Dictionary.Add(fields[2]);
        }
    }
}

sealed class Sessions {
    sealed class Fresh : XmlBinaryWriterSession {
        public readonly List<string> Strings = new();
        public override bool TryAdd(XmlDictionaryString value, out int key) {
            if (!base.TryAdd(value, out key)) return false;
            Strings.Add(value.Value);
            return true;
        }
    }

    readonly XmlBinaryReaderSession received = new();
    readonly Fresh sent = new();
    readonly XmlDictionary names = new();
    int count;

    public string Read(byte[] payload) {
        int at = 0;
        int end = Size(payload, ref at);
        end += at;
        while (at < end) {
            int length = Size(payload, ref at);
            received.Add(count++, Encoding.UTF8.GetString(payload, at, length));
            at += length;
        }
        using var reader = XmlDictionaryReader.CreateBinaryReader(payload, at, payload.Length - at, Nbfs.Dictionary,
            XmlDictionaryReaderQuotas.Max, received);
        return Xml.Text(reader);
    }

    public byte[] Write(string text) {
        var document = new MemoryStream();
        sent.Strings.Clear();
        using (var writer = XmlDictionaryWriter.CreateBinaryWriter(document, Nbfs.Dictionary, sent, false))
        using (var reader = Xml.Parse(text)) {
            while (reader.Read()) Copy(reader, writer);
        }
        var table = new List<byte>();
        foreach (string value in sent.Strings) {
            byte[] utf8 = Encoding.UTF8.GetBytes(value);
            PutSize(table, utf8.Length);
            table.AddRange(utf8);
        }
        var all = new List<byte>();
        PutSize(all, table.Count);
        all.AddRange(table);
        all.AddRange(document.ToArray());
        return all.ToArray();
    }

    XmlDictionaryString Known(string text) =>
        Nbfs.Dictionary.TryLookup(text, out XmlDictionaryString known) ? known : names.Add(text);

    void Copy(XmlReader reader, XmlDictionaryWriter writer) {
        switch (reader.NodeType) {
            case XmlNodeType.Element:
                bool isEmpty = reader.IsEmptyElement;
                writer.WriteStartElement(reader.Prefix, Known(reader.LocalName), Known(reader.NamespaceURI));
                for (bool more = reader.MoveToFirstAttribute(); more; more = reader.MoveToNextAttribute()) {
                    if (reader.NamespaceURI == "http://www.w3.org/2000/xmlns/")
                        writer.WriteXmlnsAttribute(reader.Prefix == "" ? "" : reader.LocalName, Known(reader.Value));
                    else {
                        writer.WriteStartAttribute(reader.Prefix, Known(reader.LocalName), Known(reader.NamespaceURI));
                        writer.WriteString(reader.Value);
                        writer.WriteEndAttribute();
                    }
                }
                reader.MoveToElement();
                if (isEmpty) writer.WriteEndElement();
                break;
            case XmlNodeType.EndElement: writer.WriteEndElement(); break;
            case XmlNodeType.Comment: writer.WriteComment(reader.Value); break;
            case XmlNodeType.Text: case XmlNodeType.CDATA: case XmlNodeType.Whitespace:
            case XmlNodeType.SignificantWhitespace: writer.WriteString(reader.Value); break;
        }
    }

    static int Size(byte[] from, ref int at) {
        int value = 0;
        for (int shift = 0;; shift += 7) {
            byte octet = from[at++];
            value |= (octet & 127) << shift;
            if (octet < 128) return value;
        }
    }

    static void PutSize(List<byte> to, int value) {
        for (; value > 127; value >>= 7) to.Add((byte)(value & 127 | 128));
        to.Add((byte)value);
    }
}
