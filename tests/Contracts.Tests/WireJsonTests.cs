using System.Text.Json;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;

namespace Serverless.Contracts.Tests;

public sealed class WireJsonTests
{
    [Theory]
    [InlineData("""{"stop":"END"}""", "END")]
    [InlineData("""{"stop":["END"]}""", "END")]
    public void Stop_StringOrArray_ReadsAlike(string json, string expected)
    {
        var request = JsonSerializer.Deserialize<ChatCompletionRequest>(json, WireJson.Options)!;
        Assert.Equal([expected], request.Stop!.Values);
        Assert.Equal(json, JsonSerializer.Serialize(new { request.Stop }, WireJson.Options));
    }

    [Fact]
    public void ChatChunk_Unfinished_WritesNullFinishReason()
    {
        var json = JsonSerializer.Serialize(new ChatChunkChoice(0, new ChatDelta(Content: "a"), null), WireJson.Options);
        Assert.Equal("""{"index":0,"delta":{"content":"a"},"finish_reason":null}""", json);
    }

    [Fact]
    public void ContentTypes_ToString_HidesContent()
    {
        Assert.DoesNotContain("secret", new ChatMessage("user", "secret").ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", ((StringOrList)"secret").ToString(), StringComparison.Ordinal);
    }
}
