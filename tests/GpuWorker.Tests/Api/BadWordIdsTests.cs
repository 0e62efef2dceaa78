using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Api.Requests;
using Serverless.GpuWorker.Demo;

namespace Serverless.GpuWorker.Tests.Api;

public sealed class BadWordIdsTests
{
    [Theory]
    [InlineData("water")]
    [InlineData(" water")]
    [InlineData("the water")]
    [InlineData("Süße")]
    public void Of_Word_HasItsTokensBehindASpaceAndBehindOthers(string word)
    {
        var tokenizer = DemoLlama.Tokenizer();
        var ids = BadWordIds.Of([word], tokenizer)!;
        Assert.Equal<IEnumerable<int>>(tokenizer.Encode(word.TrimStart()), ids[0]);
        Assert.Equal(2, ids.Count);
        Assert.Equal(word.TrimStart(), tokenizer.Decode([.. tokenizer.Encode("\n"), .. ids[1]]).TrimStart());
        Assert.Equal<IEnumerable<int>>(tokenizer.Encode("is " + word.TrimStart()), [.. tokenizer.Encode("is"), .. ids[0]]);
    }

    [Fact]
    public void Of_NoWords_IsNothing() => Assert.Null(BadWordIds.Of([], DemoLlama.Tokenizer()));
}
