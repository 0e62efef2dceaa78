using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>Events of pieces are as long as each other by steps, and say what they would say without.</summary>
public sealed class ObfuscatedStreamShapeProperties
{
    [Fact]
    public void Events_OfAnyText_AreOfWholeStepsAndSayTheSame() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<NonEmptyString>>(), ArbMap.Default.ArbFor<bool>(), (texts, isResponse) => Check([.. texts.Get.Select(text => text.Get)], isResponse)).QuickCheckThrowOnFailure();

    [Fact]
    public void Letters_OfTwoStreams_Differ() => Assert.NotEqual(Written(Shape(false), ["word"]), Written(Shape(false), ["word"]));

    private static bool Check(string[] texts, bool isResponse)
    {
        var hidden = Events(Written(Shape(isResponse), texts));
        var plain = Events(Written(Plain(isResponse), texts));
        return hidden.Count == plain.Count && hidden.Zip(plain).All(pair =>
        {
            var (name, json, length) = pair.First;
            var isPiece = isResponse ? name.EndsWith(".delta", StringComparison.Ordinal) : json["choices"]![0]!["finish_reason"] is null;
            if (json.Remove("obfuscation") != isPiece || (isPiece && length % 64 != 0)) return false;
            return name == pair.Second.Name && (isResponse || JsonNode.DeepEquals(json, pair.Second.Json));
        });
    }

    private static IStreamShape Shape(bool isResponse) => ObfuscatedStreamShape.Of(Plain(isResponse), asked: true);

    private static IStreamShape Plain(bool isResponse) => isResponse
        ? new ResponseStreamShape(new ResponseState(JsonSerializer.SerializeToElement(new { model = "m" }), "m", new ManualTime()))
        : new OpenAiStreamShape("id", "k", 7, "m", isChat: true, hasDeltas: true, includeUsage: false);

    private static string Written(IStreamShape shape, string[] texts)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var text in texts) shape.Write(output, new AnswerText(text));
        shape.Write(output, new AnswerCompleted("stop", null, [], "m"));
        shape.End(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static List<(string Name, JsonObject Json, int Length)> Events(string written) =>
    [
        .. written.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(text => !text.EndsWith("[DONE]", StringComparison.Ordinal)).Select(text =>
            (text.StartsWith("event: ", StringComparison.Ordinal) ? text.Split('\n')[0] : "", JsonNode.Parse(text[(text.IndexOf("data: ", StringComparison.Ordinal) + 6)..])!.AsObject(), Encoding.UTF8.GetByteCount(text) + 2)),
    ];
}
