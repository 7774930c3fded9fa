// Microseconds for one document: its best round of several, after the compiler has done its best.
//   read: all nodes with their values       read-text: to text        write: from nodes kept in memory     write-text: from text
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Xml;

static class Bench {
    public static string Run(string text) {
        byte[] bytes = Xml.Write(text);
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        var nodes = new XmlDocument { PreserveWhitespace = true };
        nodes.LoadXml(text);
        var stream = new MemoryStream(bytes.Length + 1024);
        var output = new MemoryStream(text.Length * 2);
        int sum = 0;
        double read = Best(bytes.Length, () => sum += Nodes(bytes));
        double readText = Best(bytes.Length, () => {
            output.Position = 0;
            using var reader = Reader(bytes);
            using var writer = XmlDictionaryWriter.CreateTextWriter(output, Encoding.UTF8, false);
            writer.WriteNode(reader, false);
        });
        double write = Best(bytes.Length, () => {
            stream.Position = 0;
            using var writer = XmlDictionaryWriter.CreateBinaryWriter(stream, Nbfs.Dictionary, null, false);
            nodes.WriteTo(writer);
        });
        double writeText = Best(bytes.Length, () => {
            stream.Position = 0;
            using var writer = XmlDictionaryWriter.CreateBinaryWriter(stream, Nbfs.Dictionary, null, false);
            using var reader = XmlDictionaryReader.CreateTextReader(utf8, XmlDictionaryReaderQuotas.Max);
            writer.WriteNode(reader, false);
        });
        return string.Join(" ", new[] { read, readText, write, writeText }.Select(
            figure => figure.ToString("F2", CultureInfo.InvariantCulture)));
    }

    static XmlDictionaryReader Reader(byte[] bytes) =>
        XmlDictionaryReader.CreateBinaryReader(bytes, 0, bytes.Length, Nbfs.Dictionary, XmlDictionaryReaderQuotas.Max);

    static int Nodes(byte[] bytes) {
        int sum = 0;
        using var reader = Reader(bytes);
        while (reader.Read()) {
            switch (reader.NodeType) {
                case XmlNodeType.Element:
                    sum += reader.LocalName.Length + reader.NamespaceURI.Length;
                    for (bool more = reader.MoveToFirstAttribute(); more; more = reader.MoveToNextAttribute())
                        sum += reader.LocalName.Length + reader.Value.Length;
                    reader.MoveToElement();
                    break;
                case XmlNodeType.Text: sum += reader.Value.Length; break;
            }
        }
        return sum;
    }

    static double Best(int size, Action action) {
        int times = Math.Max(3, 4000000 / Math.Max(size, 1));
        double best = double.MaxValue;
        for (int round = 0; round < 8; round++) {
            var clock = Stopwatch.StartNew();
            for (int i = 0; i < times; i++) action();
            best = Math.Min(best, clock.Elapsed.TotalMicroseconds / times);
        }
        return best;
    }
}
