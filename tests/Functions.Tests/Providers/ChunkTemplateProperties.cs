using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Tests.Providers;

/// <summary>Chunks that are compared with the one before say what they say when they are parsed.</summary>
public sealed class ChunkTemplateProperties
{
    private static readonly Gen<string> Contents = Gen.Elements(
        "\"\"", "\"a\"", "\" word\"", "\"w\\u00f6rd\"", "\"wörd 🌱\"", "\"a\\nb\"", "\"a\\\"b\"", "\"\\\\\"", "null", "\"a\",\"content\":\"b\"", "\"a\",\"refusal\":\"b\"", "1", "\"a\u0001\"", "\"\",\"role\":\"x\"");

    private static readonly Gen<string> Chunks =
        from content in Contents
        from shape in Gen.Frequency(
            (6, Gen.Constant("""{"id":"1","model":"m","choices":[{"index":0,"delta":{"content":@},"finish_reason":null}]}""")),
            (2, Gen.Constant("""{"id":"1","model":"m","choices":[{"index":1,"delta":{"content":@},"finish_reason":null}],"usage":null}""")),
            (2, Gen.Constant("""{"choices":[{"index":0,"text":@,"finish_reason":null}]}""")),
            (1, Gen.Constant("""{"choices":[{"index":0,"delta":{"content":@},"finish_reason":"stop"}]}""")),
            (1, Gen.Constant("""{"choices":[{"index":0,"delta":{"content":@},"token_ids":[1],"finish_reason":null}]}""")),
            (1, Gen.Constant("""{"choices":[{"index":0,"delta":{"content":@}},{"index":1,"delta":{"content":@}}]}""")),
            (1, Gen.Constant("""{"choices":[{"index":0,"delta":{"content":@,"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":""}}]}}]}""")),
            (1, Gen.Constant("""{"choices":[{"index":0,"delta":{"content":@}}],"usage":{"prompt_tokens":3,"completion_tokens":4}}""")),
            (1, Gen.Constant("""{"choices":[{"index":0,"delta":{"content":@}}],"model":"other"}""")),
            (1, Gen.Constant("""{"choices":[{"index":0,"delta":{"content":@,"reasoning":"why"},"finish_reason":null}]}""")),
            (1, Gen.Constant("""{"choices":[{"index":0,"delta":{"reasoning":@},"finish_reason":null}]}""")),
            (1, Gen.Constant("""{"choices":[{"index":0,"delta":{"refusal":@},"finish_reason":null}]}""")),
            (1, Gen.Constant("""{"error":{"message":@}}""")))
        select shape.Replace("@", content, StringComparison.Ordinal);

    [Fact]
    public void Chunks_ReadOneAfterTheOther_SayWhatEachSaysAlone() =>
        Prop.ForAll(Chunks.ListOf(12).ToArbitrary(), chunks =>
        {
            var generation = new Generation { Messages = [new("user", "x")], Settings = new GenerationSettings { N = 2 } };
            var together = new OpenAiAnswer("m", generation);
            foreach (var chunk in chunks) Assert.Equal(Read(new OpenAiAnswer("m", generation), chunk), Read(together, chunk));
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400));

    [Fact]
    public void Chunk_WithBytesThatAreNoUtf8_IsRefusedBehindOneThatIs()
    {
        var answer = new OpenAiAnswer("m", new Generation { Messages = [new("user", "x")] });
        answer.Read("""{"choices":[{"index":0,"delta":{"content":"a"}}]}"""u8);
        byte[] broken = [.. """{"choices":[{"index":0,"delta":{"content":"a"""u8, 0xc3, .. "\"}}]}"u8];
        Assert.Equal(UpstreamFailure.InvalidResponse, Assert.Throws<UpstreamException>(() => answer.Read(broken)).Failure);
    }

    /// <summary>What a chunk says by itself: pieces of calls go on from those before.</summary>
    private static string Read(OpenAiAnswer answer, string chunk)
    {
        try
        {
            answer.Read(Encoding.UTF8.GetBytes(chunk));
            return JsonSerializer.Serialize(answer.Events.Where(e => e is not AnswerToolCall).Select(e => e switch
            {
                AnswerText text => $"text {text.Index} {text.Text} {text.Tokens?.Count} {text.Logprobs is null} {text.IsRefusal} {text.Extra}",
                _ => "other",
            }));
        }
        catch (UpstreamException failure)
        {
            return $"{failure.Failure} {failure.Status} {failure.Code}";
        }
    }
}
