using System.Globalization;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Tests.Providers;

/// <summary>Calls whose pieces a service numbers, names or repeats in ways of its own.</summary>
public sealed class ToolCallPiecesTests
{
    [Theory]
    // Two under one number, without ids; under one id; and by name alone.
    [InlineData("0||f|{'a':1} 0||g|{'b':2}", "f{'a':1} g{'b':2}")]
    [InlineData("0||f|{'a':1} 0||f|{'b':2}", "f{'a':1} f{'b':2}")]
    [InlineData("0|x|f|{'a':1} 0|x|g|{'b':2}", "f{'a':1} g{'b':2}")]
    [InlineData("|x|f|{'a':1} |x|g|{'b':2}", "f{'a':1} g{'b':2}")]
    [InlineData("0|x|f|{'a': 0|x|f|1} 0|y|g|{'b':2}", "f{'a':1} g{'b':2}")]
    // One whose name is told with each piece, once more at its end, or whole once more.
    [InlineData("0|x|f|{'a': 0|x|f|1}", "f{'a':1}")]
    [InlineData("0|x|f|{'a':1} 0|x|f|", "f{'a':1}")]
    [InlineData("0|x|f|{'a':1} 0|x|f|{'a':1}", "f{'a':1}")]
    [InlineData("0|x|f| 0|||{'a': 0|||1}", "f{'a':1}")]
    [InlineData("0|x|f|", "f{}")]
    public void Add_PiecesAsTheyCome_AreTheCallsThatWereMeant(string pieces, string calls)
    {
        var reader = new ToolCallPieces(0, ["f", "g"]);
        var told = pieces.Replace('\'', '"').Split(' ').Select(piece => piece.Split('|')).Select(piece => reader.Add(piece[0].Length > 0 ? int.Parse(piece[0], CultureInfo.InvariantCulture) : null, piece[1], piece[2], piece[3])).ToList();
        told.AddRange(reader.End());
        var whole = told.OfType<AnswerToolCall>().GroupBy(call => call.Call).Select(call => $"{string.Concat(call.Select(piece => piece.Name))}{string.Concat(call.Select(piece => piece.Arguments))}");
        Assert.Equal(calls.Replace('\'', '"'), string.Join(' ', whole));
        var ids = told.OfType<AnswerToolCall>().Select(call => call.Id).OfType<string>().ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }
}
