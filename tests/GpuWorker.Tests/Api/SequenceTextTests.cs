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
        var pieces = new List<string>();
        var text = new SequenceText(new SequencePlan(0, request, stops, Continues: false), Tokenizer, piece => pieces.Add(piece.Text));
        for (var i = 0; i < ids.Length; i++) text.Append(new GeneratedToken(ids[i], i == ids.Length - 1 ? last : null));
        result = text.Result;
        return string.Concat(pieces);
    }
}
