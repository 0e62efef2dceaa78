using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Demo;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Api;

public sealed class SequenceTextTests
{
    private const string Answer = "Süße 🍅 im Mai";
    private static readonly SentencePieceTokenizer Tokenizer = DemoLlama.Tokenizer();
    private static readonly int[] Ids = Tokenizer.Encode(Answer);

    [Theory]
    [InlineData(FinishReason.Length)]
    [InlineData(FinishReason.Stop)]
    public void Append_EndsAnywhere_GivesWholeCharactersOnly(FinishReason reason)
    {
        for (var count = 1; count <= Ids.Length; count++)
        {
            var text = TextOf(Ids[..count], reason, out var result);
            Assert.DoesNotContain('\uFFFD', text);
            Assert.StartsWith(text, Answer, StringComparison.Ordinal);
            Assert.Equal(count, result?.Tokens);
        }

        Assert.Equal(Answer, TextOf([.. Ids, Tokenizer.EosId], FinishReason.Stop, out _));
    }

    [Fact]
    public void Append_EndsWithinACharacterAndAStopString_GivesWhatWasHeldBack()
    {
        var cut = Enumerable.Range(1, Ids.Length).First(count => Tokenizer.Decode(Ids.AsSpan(0, count)).EndsWith('\uFFFD'));
        Assert.Equal("S", TextOf(Ids[..cut], FinishReason.Length, out var result, "S!"));
        Assert.Equal("length", result?.FinishReason);
    }

    /// <summary>vLLM's #21987: as EOS, a stop string does not end an answer before it has <c>min_tokens</c>; resumed answers count all of theirs.</summary>
    [Fact]
    public void Append_StopStringBeforeMinTokens_DoesNotEndTheAnswer()
    {
        var ids = Tokenizer.Encode("one. two. three.");
        var first = Enumerable.Range(1, ids.Length).First(count => Tokenizer.Decode(ids.AsSpan(0, count)).Contains('.', StringComparison.Ordinal));
        for (var least = 0; least <= ids.Length; least++)
        {
            var request = new GenerationRequest { PromptTokens = [1], MaxTokens = 100, MinTokens = least, Sampling = new SamplingParameters(), ClientId = "client" };
            var (whole, ended) = TextOf(request, ids, ".");
            var result = ended!.Value;
            Assert.Equal(least < first ? "one" : least < ids.Length ? Tokenizer.Decode(ids.AsSpan(0, result.Tokens - 1)) : "one. two. three.", whole);
            Assert.True(result.Tokens > least || result.FinishReason == "length");
            for (var cut = 1; cut < result.Tokens; cut++)
            {
                var (rest, resumed) = TextOf(request with { PriorTokens = ids[..cut] }, ids[cut..], ".");
                Assert.Equal(result, resumed);
                Assert.EndsWith(rest, whole, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void CompletionLogprobs_CharactersInSeveralTokens_OffsetsAreWhereTextBegins()
    {
        const string Text = " " + Answer;
        var ids = Tokenizer.Encode($"a{Text}")[1..];
        var offset = 0;
        var told = new TokenReport(Tokenizer, tellsIds: false, tellsTop: false).Completion([.. ids.Select(id => new GeneratedToken(id, null, new TokenLogprobs(-1, [])))], ref offset)!;
        Assert.Equal(Text.Length, offset);
        Assert.Contains(told.Tokens, name => name.StartsWith("bytes:", StringComparison.Ordinal));
        for (var i = 0; i < told.Tokens.Count; i++)
        {
            if (!told.Tokens[i].StartsWith("bytes:", StringComparison.Ordinal)) Assert.StartsWith(told.Tokens[i], Text[told.TextOffset[i]..], StringComparison.Ordinal);
        }
    }

    private static string TextOf(int[] ids, FinishReason last, out SequenceResult? result, params string[] stops)
    {
        var request = new GenerationRequest { PromptTokens = [1], MaxTokens = 100, Sampling = new SamplingParameters(), ClientId = "client" };
        (var text, result) = TextOf(request, ids, last, stops);
        return text;
    }

    private static (string Text, SequenceResult? Result) TextOf(GenerationRequest request, int[] ids, params string[] stops) => TextOf(request, ids, FinishReason.Length, stops);

    private static (string Text, SequenceResult? Result) TextOf(GenerationRequest request, int[] ids, FinishReason last, string[] stops)
    {
        var pieces = new List<string>();
        var text = new SequenceText(new SequencePlan(0, request, stops, Continues: false), Tokenizer, piece => pieces.Add(piece.Text));
        for (var i = 0; i < ids.Length && text.Result is null; i++) text.Append(new GeneratedToken(ids[i], i == ids.Length - 1 ? last : null));
        return (string.Concat(pieces), text.Result);
    }
}
