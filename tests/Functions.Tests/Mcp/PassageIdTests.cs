using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Mcp;

namespace Serverless.Functions.Tests.Mcp;

public sealed class PassageIdTests
{
    private static readonly Gen<string> Segment = Gen.Elements("a", "fig 1", "x#y", "#3-4", "ü.md", "100%", "a-b").Select(part => part);

    private static readonly Arbitrary<(string Path, int Start, int Length)> Passages = (
        from count in Gen.Choose(1, 3)
        from segments in Segment.ListOf(count)
        from start in Gen.Choose(0, 1_000_000)
        from length in Gen.Choose(0, 5000)
        select (string.Join('/', segments), start, length)).ToArbitrary();

    [Fact]
    public void Parse_WhatItWrote_IsTheSame() => Prop.ForAll(Passages, given =>
    {
        var id = new PassageId(new DocumentName("garden", given.Path), given.Start, given.Start + given.Length);
        return PassageId.Parse(id.ToString(), "id") == id;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("garden/a.md", "a.md", null, null)]
    [InlineData("garden/a#b", "a#b", null, null)]
    [InlineData("garden/a#5-4", "a#5-4", null, null)]
    [InlineData("garden/a#-4", "a#-4", null, null)]
    [InlineData("garden/a#4-", "a#4-", null, null)]
    [InlineData("garden/a#99999999999-99999999999", "a#99999999999-99999999999", null, null)]
    [InlineData("garden/a# 1-2", "a# 1-2", null, null)]
    [InlineData("garden/a#1-2", "a", 1, 2)]
    public void Parse_WithoutTwoOffsets_NamesADocument(string text, string path, int? start, int? end) =>
        Assert.Equal(new PassageId(new DocumentName("garden", path), start, end), PassageId.Parse(text, "id"));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("/a")]
    [InlineData("garden/")]
    [InlineData("garden/../b")]
    [InlineData("garden/a\0b")]
    [InlineData("garden/a\\b")]
    [InlineData("#1-2")]
    [InlineData("../garden/a")]
    public void Parse_WhatNoDocumentIsCalled_IsRefusedByItsField(string? text)
    {
        var refused = Assert.Throws<GatewayException>(() => PassageId.Parse(text, "id"));
        Assert.Equal((400, "id"), (refused.Status, refused.Error.Param));
    }
}
