using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>Events are written as the JSON serializer would write them, whatever their text.</summary>
public sealed class OpenAiStreamShapeProperties
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void Text_Any_IsWrittenAsTheSerializerWritesIt() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), ArbMap.Default.ArbFor<bool>(), Gen.Choose(0, 25).ToArbitrary(), (text, isChat, n) => Check(text ?? "", isChat, n / 2, n % 2 == 1)).QuickCheckThrowOnFailure();

    [Fact]
    public void Text_OfEachCharacter_IsWrittenAsTheSerializerWritesIt()
    {
        for (var c = 0; c < 0x300; c++) Assert.True(Check($"a{(char)c}b", true, 0, false), $"U+{c:x4}");
    }

    private static bool Check(string text, bool isChat, int index, bool includeUsage)
    {
        var output = new ArrayBufferWriter<byte>();
        var shape = new OpenAiStreamShape("id", "k", 7, "m", isChat, hasDeltas: isChat, includeUsage);
        if (isChat) shape.Write(output, new AnswerText("") { Index = index });
        output.ResetWrittenCount();
        shape.Write(output, new AnswerText(text) { Index = index });
        var content = JsonSerializer.Serialize(text, Relaxed);
        var piece = isChat ? $$"""{"content":{{content}}}""" : content;
        return Encoding.UTF8.GetString(output.WrittenSpan) == $$"""data: {"id":"id","object":"k","created":7,"model":"m","choices":[{"index":{{index}},"{{(isChat ? "delta" : "text")}}":{{piece}}{{(isChat ? "" : ",\"logprobs\":null")}},"finish_reason":null}]{{(includeUsage ? ",\"usage\":null" : "")}}}""" + "\n\n";
    }
}
