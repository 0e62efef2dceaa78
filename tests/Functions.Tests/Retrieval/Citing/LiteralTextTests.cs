using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Retrieval.Citing;

namespace Serverless.Functions.Tests.Retrieval.Citing;

/// <summary>What in an answer stands for itself keeps its brackets and gets no markers; what stands around it has them as ever.</summary>
public sealed class LiteralTextTests
{
    private const string Document = "Water at 3.5 litres a week. A fig drops its leaves when it is cold.";

    private static readonly Citation[] Citations = [Cite(0, 27), Cite(28, Document.Length)];

    [Theory]
    [InlineData("""{"pages": [1, 2], "rows": [[1], [9]], "n": [7]}""")]
    [InlineData("""{"a": "Water at 3.5 litres a week."}""")]
    [InlineData("{\n  \"a\": \"Water at 3.5 litres a week.\"\n}")]
    [InlineData("""["Water at 3.5 litres a week"]""")]
    [InlineData("[\n  \"Water at 3.5 litres a week.\",\n  [1, 2]\n]")]
    [InlineData("""[{"a": [9]}, {"a": [1, 2]}]""")]
    [InlineData("{\"a\": [1, 2]}\n{\"a\": [9]}")]
    [InlineData("[[1, 2], [3, 4]]")]
    [InlineData("[3, 7, 12]")]
    [InlineData(" [1, 2]\n")]
    [InlineData("""Set "pages": [1, 2], or x = [1, 2] and y = ["a", [9]] in it.""")]
    [InlineData("The matrix is [[1, 2], [3, 4]] here.")]
    [InlineData(@"Take $x \in [1, 2]$ or \([3, 4]\).")]
    [InlineData("\\[\nx \\in [1, 2]\n\\] is it.")]
    [InlineData("$$\nx \\in [1, 2]\n$$\nSo it is.")]
    [InlineData("~~~\na[9]\nWater at 3.5 litres a week.\n~~~")]
    [InlineData("See [9](fig.md), [8](./a), [7](docs/fig#top), [6](ftp://a/b) and [5](<a b.md>).")]
    [InlineData("[9]: https://example.com/")]
    [InlineData("A note.[^1]\n\n[^1]: It says so.")]
    public void Answer_OfData_IsLeftAsItIs(string text) => Assert.Equal(text, Run(text, []));

    [Theory]
    [InlineData("""{"a": "Cold [1, 2].", "n": [1, 2]}""", """{"a": "Cold [1][2].", "n": [1, 2]}""")]
    [InlineData("""{"a": "Said \"cold\" [9].", "n": [9]}""", """{"a": "Said \"cold\".", "n": [9]}""")]
    [InlineData("""{"n": [1, 2]} is it [1, 2].""", """{"n": [1, 2]} is it [1][2].""")]
    [InlineData("It costs $5 [1, 2] and $6 each [9].", "It costs $5 [1][2] and $6 each.")]
    [InlineData("[1, 2] say so.", "[1][2] say so.")]
    [InlineData("It is cold [[1], [2]].", "It is cold [[1], [2]].")]
    [InlineData("It is [\"cold\" says [1, 2]].", "It is [\"cold\" says [1][2]].")]
    [InlineData("So { it [1, 2] }.", "So { it [1][2] }.")]
    [InlineData("\\(x [1, 2]\n\nIt is [1, 2].", "\\(x [1, 2]\n\nIt is [1][2].")]
    [InlineData("[9](p.5) and [9](e.g. this).", "(p.5) and(e.g. this).")]
    [InlineData("{\"a\": 1}\nWater at 3.5 litres a week.", "{\"a\": 1}\nWater at 3.5 litres a week. [1]")]
    public void Answer_AroundData_HasItsMarkers(string text, string expected) => Assert.Equal(expected, Run(text, []));

    [Fact]
    public void Marker_InAStringOfJson_NotesWhereItsSentenceStands()
    {
        var markers = new CitationMarkers(Citations);
        Assert.Equal("""{"a": "Water at 3.5 litres a week [1]", "n": [1]}""", markers.Append("""{"a": "Water at 3.5 litres a week [1]", "n": [1]}""") + markers.End());
        var quote = Assert.Single(markers.Citations[0].Quotes!);
        Assert.Equal("Water at 3.5 litres a week.", Document[quote.Start..quote.End]);
        Assert.Null(markers.Citations[1].Quotes);
    }

    [Fact]
    public void Answer_OfDataCutIntoAnyPieces_IsTheSame() => Prop.ForAll(
        (from parts in Gen.Elements(
            "{", "}", "[", "]", "\"", ":", ",", " ", "\n", "\\", "$", "$$", "\\(", "\\)", "\\[", "\\]", "~~~", "`", "=", "1", "9", ".", "true", "a", "[1, 2]", "[[1, 2], ", "{\"a\": ", "(a.md)", "(", ")", ": http://a", "Water at 3.5 litres a week.").ListOf()
         from cuts in Gen.Choose(0, 120).ListOf()
         from keeps in Gen.Elements(true, false)
         select (Text: string.Concat(parts), Cuts: cuts.ToArray(), Keeps: keeps)).ToArbitrary(),
        given => Run(given.Text, given.Cuts, given.Keeps) == Run(given.Text, [], given.Keeps)).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

    /// <summary>Any JSON stays JSON with the same numbers, however it is written and cut.</summary>
    [Fact]
    public void Answer_OfAnyJson_KeepsAllButItsStrings() => Prop.ForAll(
        (from value in Value(3)
         from indented in Gen.Elements(true, false)
         from cuts in Gen.Choose(0, 200).ListOf()
         select (Text: JsonSerializer.Serialize(new { value }, new JsonSerializerOptions { WriteIndented = indented }), Cuts: cuts.ToArray())).ToArbitrary(),
        given => Numbers(JsonDocument.Parse(Run(given.Text, given.Cuts)).RootElement).SequenceEqual(Numbers(JsonDocument.Parse(given.Text).RootElement))).QuickCheckThrowOnFailure();

    private static Gen<object> Value(int depth)
    {
        var leaves = Gen.Elements<object>(1, 9, 2.5, true, "Water at 3.5 litres a week.", "cold [1, 2]", "say \"so\" \\ [9]", "");
        if (depth == 0) return leaves;
        var lists = from items in Value(depth - 1).ListOf() select (object)items.ToArray();
        var objects = from item in Value(depth - 1) from other in Value(depth - 1) select (object)new Dictionary<string, object> { ["a b c d"] = item, ["n"] = other };
        return Gen.OneOf(leaves, lists, objects);
    }

    private static IEnumerable<string> Numbers(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array => json.EnumerateArray().SelectMany(Numbers).Append("]"),
        JsonValueKind.Object => json.EnumerateObject().SelectMany(property => Numbers(property.Value).Prepend(property.Name)).Append("}"),
        JsonValueKind.String => ["\""],
        _ => [json.GetRawText()],
    };

    private static Citation Cite(int start, int end) => new("a.md", null, start, end, Document[start..end], 1);

    private static string Run(string text, int[] cuts, bool keepsQuotes = false)
    {
        var markers = new CitationMarkers(Citations, keepsQuotes);
        var shown = new StringBuilder();
        var from = 0;
        foreach (var cut in cuts.Where(cut => cut < text.Length).Order())
        {
            shown.Append(markers.Append(text[from..cut]));
            from = cut;
        }

        return shown.Append(markers.Append(text[from..])).Append(markers.End()).ToString();
    }
}
