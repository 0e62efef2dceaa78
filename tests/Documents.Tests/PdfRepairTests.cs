using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using static Serverless.Documents.Tests.PdfFiles;
using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

/// <summary>PDFs that were cut off, or whose tables lie: what is left of them is read.</summary>
public sealed partial class PdfRepairTests
{
    private const string All = "First.\n\nSecond.\n\nThird.";

    private static readonly string Whole = Encoding.Latin1.GetString(Three());

    [Theory]
    [InlineData("xref\n0 ", All)]
    [InlineData("trailer", All)]
    [InlineData("startxref", All)]
    [InlineData("9 0 obj", "First.\n\nSecond.")]
    [InlineData("8 0 obj", "First.\n\nSecond.")]
    [InlineData("7 0 obj", "First.")]
    public void CutOff_WhatIsLeftIsRead(string from, string text) => Assert.Equal(text, Text(Whole[..Whole.IndexOf(from, StringComparison.Ordinal)]));

    [Fact]
    public void CutWithinAStream_ItsBeginningIsRead() => Assert.Equal("First.\n\nSecond.\n\nThi", Text(Whole[..(Whole.IndexOf("(Third.", StringComparison.Ordinal) + 4)] + ") Tj"));

    /// <summary>Of another length than they say, or of none.</summary>
    [Theory]
    [InlineData("/Length 9")]
    [InlineData("/None ")]
    public void CutOff_StreamsWhoseLengthsLie_AreRead(string length) => Assert.Equal(All, Text(Whole[..Whole.IndexOf("xref\n", StringComparison.Ordinal)].Replace("/Length ", length, StringComparison.Ordinal)));

    [Theory]
    [InlineData("/Root 1 0 R", "")]
    [InlineData("/Root 1 0 R", "/Root 3 0 R")]
    [InlineData("/Root 1 0 R", "/Root 77 0 R")]
    [InlineData("/Type/Catalog/Pages 2 0 R", "/Type/Catalog/Pages 77 0 R")]
    [InlineData("1 0 obj\n", "\n")]
    public void WithoutItsCatalog_ItsPagesAreRead(string from, string to) => Assert.Equal(All, Text(Whole.Replace(from, to, StringComparison.Ordinal)));

    /// <summary>As programs write that put the list of pages behind them.</summary>
    [Fact]
    public void WithoutItsListOfPages_TheyAreReadInTheOrderOfTheFile()
    {
        var list = PageList().Match(Whole).Value;
        var moved = Whole.Replace(list, "", StringComparison.Ordinal);
        Assert.Equal(All, Text(moved[..moved.IndexOf("xref\n", StringComparison.Ordinal)]));
    }

    [Fact]
    public void ObjectsInStreams_AreFound()
    {
        var inner = new[] { "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[4 0 R]/Count 1>>", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 3 0 R>>>>/Contents 5 0 R>>" };
        var head = string.Concat(inner.Select((_, i) => $"{i + 1} {inner.Take(i).Sum(text => text.Length + 1)} "));
        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true)) stream.Write(Encoding.Latin1.GetBytes(head + string.Join(' ', inner)));
        const string content = "BT /F 10 Tf 50 700 Td (Packed.) Tj ET";
        Assert.Equal("Packed.", Text($"%PDF-1.5\n5 0 obj\n<</Length {content.Length}>>\nstream\n{content}\nendstream\nendobj\n6 0 obj\n<</Type/ObjStm/N 4/First {head.Length}/Filter/FlateDecode/Length {packed.Length}>>\nstream\n{Encoding.Latin1.GetString(packed.ToArray())}\nendstream\nendobj\n"));
    }

    [Fact]
    public void Encrypted_WithoutItsTrailer_IsNotGuessedAt() =>
        Assert.Contains("cannot be read", Rejection("a.pdf", Encoding.Latin1.GetBytes(Whole[..Whole.IndexOf("xref\n", StringComparison.Ordinal)] + "20 0 obj\n<</Filter/Standard/V 1/R 2>>\nendobj\n")), StringComparison.Ordinal);

    /// <summary>Wherever it ends, something of it is read or it is refused.</summary>
    [Fact]
    public void CutAnywhere_IsReadOrReported() => Prop.ForAll(Gen.Choose(9, Whole.Length).ToArbitrary(), length =>
    {
        try
        {
            return Text(Whole[..length]) is var text && (All.StartsWith(text, StringComparison.Ordinal) || All.StartsWith(text.TrimEnd('.'), StringComparison.Ordinal));
        }
        catch (DocumentRejectedException)
        {
            return length < Whole.IndexOf("6 0 obj", StringComparison.Ordinal);
        }
    }).QuickCheckThrowOnFailure();

    private static string Text(string file) => Read("a.pdf", Encoding.Latin1.GetBytes(file)).Text;

    private static byte[] Three() => Objects(
    [
        ("<</Type/Catalog/Pages 2 0 R>>", null), ("<</Type/Pages/Kids[4 0 R 6 0 R 8 0 R]/Count 3>>", null), ("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", null),
        .. new[] { "First.", "Second.", "Third." }.SelectMany((text, i) => new (string, byte[]?)[]
        {
            ($"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 3 0 R>>>>/Contents {5 + (2 * i)} 0 R>>", null),
            ($"<</Length {$"BT /F 10 Tf 50 700 Td ({text}) Tj ET".Length}>>", Encoding.Latin1.GetBytes($"BT /F 10 Tf 50 700 Td ({text}) Tj ET")),
        }),
    ]);

    [GeneratedRegex(@"2 0 obj.*?endobj\n", RegexOptions.Singleline)]
    private static partial Regex PageList();
}
