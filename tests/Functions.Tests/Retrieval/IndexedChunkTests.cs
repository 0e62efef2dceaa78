using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Tests.Retrieval;

public sealed class IndexedChunkTests
{
    [Theory]
    [InlineData("Coffee", "It grows high.", null)]
    [InlineData(null, "It grows high.", null)]
    [InlineData("커피는", "It grows high.", "커피 커 피는 피 는 ")]
    [InlineData("Co\uFB00ee", "It grows high.", "Coffee")]
    [InlineData("Coffee", "물을", "물을 물 을 ")]
    [InlineData("커피", "물을", "커피 커 피 \n물을 물 을 ")]
    [InlineData("Caf\u00E9", "Cr\u00E8me and caf\u00E9, CAF\u00C9, plain.", "Cafe Creme")]
    [InlineData("Coffee", "E\u0301t\u00E9 o\uFB03ce", "\u00C9t\u00E9 office\nEte")]
    public void Normalized_HeadingAndText_HoldsWhatIsMatchedOtherwiseThanShown(string? heading, string text, string? normalized)
    {
        var chunk = new IndexedChunk { Id = "a", Collection = "c", Document = "d", DocumentKey = "k", Heading = heading, Start = 0, End = text.Length, Ordinal = 0, Tokens = 1, Text = text };
        var document = chunk.ToSearchDocument();
        Assert.Equal(normalized, document[ChunkFields.Normalized]);
        Assert.Equal((heading, text), (document[ChunkFields.Heading], document[ChunkFields.Text]));
    }
}
