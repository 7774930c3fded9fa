// Documents made by chance through every typed call of .NET's binary writer.
using System.Xml;

static class Chance {
    static readonly string[] Names = { "Envelope", "Header", "item", "Action", "x", "valueOfSomeLength", "Öl" };
    static readonly string[] Texts = { "", "text", "0", "true", "<&>\"'", " white ", "grün", "漢字漢字漢字", "\U0001F600",
        "urn:uuid:00112233-4455-6677-8899-aabbccddeeff", "http://www.w3.org/2005/08/addressing/anonymous", "a\nb\tc" };

    public static byte[] Document(int seed) {
        var random = new Random(seed);
        using var stream = new MemoryStream();
        using (var writer = XmlDictionaryWriter.CreateBinaryWriter(stream, Nbfs.Dictionary, null, false)) {
            writer.WriteStartElement(random.Next(2) == 0 ? "s" : "doc", "Root", "urn:root");
            for (int i = 0; i < 6; i++) Element(writer, random, 1);
            writer.WriteEndElement();
        }
        return stream.ToArray();
    }

    static void Element(XmlDictionaryWriter writer, Random random, int depth) {
        switch (random.Next(5)) {
            case 0: writer.WriteStartElement(Pick(random, Names)); break;
            case 1: writer.WriteStartElement("b", Pick(random, Names), "urn:b"); break;
            case 2: writer.WriteStartElement("pre", Pick(random, Names), "urn:pre"); break;
            case 3: writer.WriteStartElement("a", Known("Envelope"), Known("http://www.w3.org/2005/08/addressing")); break;
            default: writer.WriteStartElement("", Pick(random, Names), "urn:default"); break;
        }
        if (random.Next(3) == 0) {
            writer.WriteStartAttribute(null, Pick(random, Names), null);
            Value(writer, random);
            writer.WriteEndAttribute();
        }
        if (random.Next(4) == 0) {
            writer.WriteStartAttribute("z", Pick(random, Names), "urn:z");
            Value(writer, random);
            writer.WriteEndAttribute();
        }
        for (int count = random.Next(4); count > 0; count--) Content(writer, random, depth);
        if (random.Next(6) == 0) writer.WriteFullEndElement(); else writer.WriteEndElement();
    }

    static void Content(XmlDictionaryWriter writer, Random random, int depth) {
        switch (random.Next(8)) {
            case 0: case 1: if (depth < 8) Element(writer, random, depth + 1); break;
            case 2: writer.WriteComment("comment " + random.Next(100)); break;
            case 3: Array(writer, random); break;
            case 4: writer.WriteCData(Pick(random, Texts)); break;
            default: Value(writer, random); break;
        }
    }

    static void Value(XmlDictionaryWriter writer, Random random) {
        byte[] octets = new byte[Length(random)];
        random.NextBytes(octets);
        switch (random.Next(14)) {
            case 0: writer.WriteValue(random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64)); break;
            case 1: writer.WriteValue(Real(random)); break;
            case 2: writer.WriteValue((float)Real(random)); break;
            case 3: writer.WriteValue(new decimal(random.Next(), random.Next(), random.Next(1 << random.Next(31)),
                random.Next(2) == 0, (byte)random.Next(29))); break;
            case 4: writer.WriteValue(new DateTime(random.NextInt64(DateTime.MaxValue.Ticks),
                random.Next(2) == 0 ? DateTimeKind.Utc : DateTimeKind.Unspecified)); break;
            case 5: writer.WriteValue(new TimeSpan(random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64))); break;
            case 6: writer.WriteValue(Id(random)); break;
            case 7: writer.WriteValue(new UniqueId(Id(random))); break;
            case 8: writer.WriteValue(random.Next(2) == 0); break;
            case 9: writer.WriteBase64(octets, 0, octets.Length); break;
            case 10: writer.WriteString(new string('x', Length(random)) + Pick(random, Texts)); break;
            case 11: writer.WriteString(Known("mustUnderstand")); break;
            case 12: writer.WriteQualifiedName(Known("Action"), Known("urn:root")); break;
            default: writer.WriteString(Pick(random, Texts)); break;
        }
    }

    // Mostly of one octet, sometimes of two, seldom of four.
    static int Length(Random random) => random.Next(random.Next(20) > 0 ? 40 : random.Next(20) > 0 ? 400 : 70000);

    static double Real(Random random) => random.Next(6) switch {
        0 => double.NaN, 1 => double.NegativeInfinity, 2 => random.Next(100000) / 8.0,
        3 => BitConverter.Int64BitsToDouble(random.NextInt64()), 4 => Math.Pow(10, random.Next(-30, 30)),
        _ => -random.NextDouble() };

    static Guid Id(Random random) {
        byte[] octets = new byte[16];
        random.NextBytes(octets);
        return new Guid(octets);
    }

    static void Array(XmlDictionaryWriter writer, Random random) {
        int count = random.Next(5);
        switch (random.Next(6)) {
            case 0: writer.WriteArray("q", "i", "urn:q", Many(count, () => random.Next()), 0, count); break;
            case 1: writer.WriteArray(null, "l", "", Many(count, () => random.NextInt64()), 0, count); break;
            case 2: writer.WriteArray(null, "d", "", Many(count, () => Real(random)), 0, count); break;
            case 3: writer.WriteArray(null, "f", "", Many(count, () => (float)Real(random)), 0, count); break;
            case 4: writer.WriteArray(null, "b", "", Many(count, () => random.Next(2) == 0), 0, count); break;
            default: writer.WriteArray(null, "g", "", Many(count, () => Id(random)), 0, count); break;
        }
    }

    static T[] Many<T>(int count, Func<T> make) => Enumerable.Range(0, count).Select(_ => make()).ToArray();
    static XmlDictionaryString Known(string text) =>
        Nbfs.Dictionary.TryLookup(text, out XmlDictionaryString known) ? known : new XmlDictionary().Add(text);
    static string Pick(Random random, string[] from) => from[random.Next(from.Length)];
}
