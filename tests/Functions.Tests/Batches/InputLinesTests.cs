using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Batches;
using Serverless.Functions.Batches.Input;
using Serverless.Functions.Batches.Running;

namespace Serverless.Functions.Tests.Batches;

public sealed class InputLinesTests
{
    /// <summary>However a file comes, its lines are those that it has, each where it says.</summary>
    [Fact]
    public void Read_AnyTextInAnyPieces_GivesItsLinesAndWhereTheyAre() =>
        Prop.ForAll(Gen.Elements('a', 'b', ' ', '\n', '\r', 'é').ListOf().Select(c => new string([.. c])).ToArbitrary(), Gen.Choose(1, 7).ToArbitrary(), (text, piece) =>
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var lines = Read(bytes, piece, maxBytes: 1000);

            var expected = text.Split('\n').Select((line, i) => (Number: i + 1, Text: line.Trim(' ', '\t', '\r'))).Where(line => line.Text.Length > 0);
            Assert.Equal(expected, lines.Select(line => (line.Number, Encoding.UTF8.GetString(line.Bytes!.Value.Span))));
            foreach (var line in lines)
            {
                var there = Encoding.UTF8.GetString(bytes, (int)line.Offset, (int)line.Length);
                Assert.Equal(Encoding.UTF8.GetString(line.Bytes!.Value.Span), there.Trim(' ', '\t', '\r', '\n'));
            }
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100_000)]
    public void Read_LineThatIsTooLong_GivesItWithoutBytesAndGoesOnBehindIt(int piece)
    {
        var text = "first\n" + new string('x', 200_000) + "\nlast";
        var lines = Read(Encoding.UTF8.GetBytes(text), piece, maxBytes: 1000);

        Assert.Equal([(1, 0L, 6L, false), (2, 6L, 200_001L, true), (3, 200_007L, 4L, false)], lines.Select(line => (line.Number, line.Offset, line.Length, line.Bytes is null)));
    }

    [Fact]
    public void Read_ByteOrderMark_IsNoPartOfTheFirstLine()
    {
        var line = Assert.Single(Read([0xEF, 0xBB, 0xBF, (byte)'a', (byte)'\n'], 100, 100));

        Assert.Equal((1, 0L, 5L, "a"), (line.Number, line.Offset, line.Length, Encoding.UTF8.GetString(line.Bytes!.Value.Span)));
    }

    /// <summary>Slices lie one behind the other, and give together the requests of the file, in their order.</summary>
    [Fact]
    public void Slices_OfAnyNumberOfRequests_GiveThemAll() =>
        Prop.ForAll(Gen.Choose(1, 70).ToArbitrary(), Gen.Choose(0, 3).ToArbitrary(), (count, blanks) =>
        {
            var text = string.Concat(Enumerable.Range(0, count).Select(i => $$"""{"custom_id":"{{i}}","method":"POST","url":"/v1/embeddings","body":{"n":{{i}} } }""" + new string('\n', 1 + (i % (blanks + 1)))));
            var bytes = Encoding.UTF8.GetBytes(text);
            var options = new BatchOptions(1000, 1000, 1, 1, TimeSpan.FromDays(1), 1000);
            var (slices, faults) = InputReading.ReadAsync(new MemoryStream(bytes), "/v1/embeddings", options, default).GetAwaiter().GetResult();

            Assert.Empty(faults);
            Assert.Equal(count, slices.Sum(slice => slice.Requests));
            var requests = slices.SelectMany(slice => InputReading.RequestsAsync(new MemoryStream(bytes, (int)slice.Offset, (int)slice.Length), slice, "/v1/embeddings", 1000, default).GetAwaiter().GetResult());
            Assert.Equal(Enumerable.Range(0, count), requests.Select(request => request.Body.GetProperty("n").GetInt32()));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Results_WrittenAndRead_AreTheSame()
    {
        var results = new SliceResults();
        foreach (var (place, isError, line) in ((int, bool, string)[])[(12, true, "{\"a\":1}"), (0, false, "{}"), (3, false, "é")]) results.Add(place, isError, Encoding.UTF8.GetBytes(line));

        var read = SliceResults.Parse(results.ToBytes());

        Assert.Equal((2, 1), (read.Completed, read.Failed));
        Assert.Equal([("{}", false), ("é", false), ("{\"a\":1}", true)], read.Lines.Select(line => (Encoding.UTF8.GetString(line.Line.Span), line.IsError)));
        Assert.Equal([true, false, true, true], ((int[])[0, 1, 3, 12]).Select(read.Has));
    }

    [Theory]
    [InlineData("24h", 24)]
    [InlineData("1h", 1)]
    [InlineData("14d", 336)]
    [InlineData("0h", null)]
    [InlineData("15d", null)]
    [InlineData("99999999d", null)]
    [InlineData("24", null)]
    [InlineData("h", null)]
    [InlineData("-1h", null)]
    [InlineData("24 h", null)]
    public void Window_OfHoursOrDays_IsWithinItsRange(string text, int? hours) => Assert.Equal(hours, BatchReader.WindowOf(text)?.TotalHours);

    private static List<InputLine> Read(byte[] bytes, int piece, int maxBytes)
    {
        var lines = new List<InputLine>();
        var reading = InputLines.ReadAsync(new PiecewiseStream(bytes, piece), 1, maxBytes, default).GetAsyncEnumerator();
        while (reading.MoveNextAsync().AsTask().GetAwaiter().GetResult()) lines.Add(reading.Current);
        return lines;
    }
}
