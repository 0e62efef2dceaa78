using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Guards;

namespace Serverless.Functions.Tests.Guards;

/// <summary>JSON behind a guard: what its strings say is what is looked at, however it is written and cut.</summary>
public sealed class JsonScanTests
{
    private static readonly string[] Parts =
    [
        "ada@mail.example.com", "+47 22 33 44 55", "4111 1111 1111 1111", "project nightingale", "project\nnightingale", "\n", "\t", "\\", "\"", "/", "\b", "n", "u0041", " ", "é", "🙂", "\u0001", "a", "7", ", ", "\ud800",
    ];

    private static readonly TextGuard Guard = new(
    [
        .. TextGuard.PiiKinds.Select(kind => new GuardRule { Pii = kind, Action = GuardAction.Mask }),
        new GuardRule { Words = ["project nightingale"], Action = GuardAction.Mask },
    ]);

    private static readonly Gen<string> Strings = Gen.Elements(Parts).ListOf().Select(parts => string.Concat(parts));

    /// <summary>Whole, in any pieces, with all that may be escaped escaped or only what must be.</summary>
    [Fact]
    public void Push_OfAnyStrings_MasksEachAsItIsRead() =>
        Prop.ForAll(Strings.ListOf().ToArbitrary(), Gen.Choose(1, 7).ToArbitrary(), ArbMap.Default.ArbFor<bool>(), (strings, size, escapesAll) =>
        {
            var json = "{" + string.Join(',', strings.Select((text, i) => $"\"k{i}\":{Written(text, escapesAll)}")) + "}";
            var scan = new JsonScan(Guard);
            var passed = string.Concat(json.Chunk(size).Select(chunk => scan.Push(new string(chunk), isLast: false))) + scan.Push("", isLast: true);
            using var read = JsonDocument.Parse(passed);
            var expected = strings.Select(text => GuardScan.Whole(Guard, text));
            return new JsonScan(Guard).Push(json, isLast: true) == passed
                && read.RootElement.EnumerateObject().Select(member => Text(member.Value)).SequenceEqual(expected.Select(e => e.Text))
                && scan.Found.SequenceEqual(expected.SelectMany(e => e.Scan.Found));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("""{"n":4111111111111111,"t":true}""", """{"n":"[card]","t":true}""")]
    [InlineData("""Ask ada@mail.example.com""", """Ask "[email]" """)]
    [InlineData("""{"a":"ada@mail.example.com""", """{"a":"[email]""")]
    [InlineData("""{"a":"x\""", """{"a":"x\\""")]
    [InlineData("""{"a":"\q\u00zz"}""", """{"a":"\\q\\u00zz"}""")]
    public void Push_OfWhatIsNoStringOrBroken_IsMaskedToo(string json, string passed) => Assert.Equal(passed.TrimEnd(), new JsonScan(Guard).Push(json, isLast: true));

    [Fact]
    public void Push_Blocked_LetsThePrefixPassAndNothingOfTheMatch()
    {
        var scan = new JsonScan(new TextGuard([new GuardRule { Pii = "phone", Action = GuardAction.Block }]));
        Assert.Equal("""{"a":"x\n""", string.Concat("""{"a":"x\n+47 22 33 44 55","b":"+47 22 33 44 55"}""".Select(c => scan.Push(c.ToString(), isLast: false))));
        Assert.Equal(("phone", 1), (scan.BlockedBy, scan.Found.Count));
        Assert.Equal("", scan.Push("more", isLast: true));
    }

    private static string Written(string text, bool escapesAll)
    {
        var json = new StringBuilder("\"");
        foreach (var c in text)
        {
            if (escapesAll || char.IsSurrogate(c) || c < ' ') json.Append($"\\u{(int)c:X4}");
            else json.Append(c is '"' or '\\' ? $"\\{c}" : c.ToString());
        }

        return json.Append('"').ToString();
    }

    /// <summary>With lone halves of pairs, which a reader of JSON refuses.</summary>
    private static string Text(JsonElement value)
    {
        var scan = new JsonScan(new TextGuard([]));
        Assert.Equal(value.GetRawText(), scan.Push(value.GetRawText(), isLast: true));
        var text = new StringBuilder();
        var raw = value.GetRawText()[1..^1];
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\') text.Append(raw[i]);
            else if (raw[++i] != 'u') text.Append("\"\\/\b\f\n\r\t"["\"\\/bfnrt".IndexOf(raw[i], StringComparison.Ordinal)]);
            else text.Append((char)Convert.ToUInt16(raw.Substring((i += 4) - 3, 4), 16));
        }

        return text.ToString();
    }
}
