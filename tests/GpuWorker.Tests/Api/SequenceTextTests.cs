using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Api.Answers;
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
    public void Append_StopTokenThatIsIncluded_LeavesItsTextAndEosNone()
    {
        foreach (var includes in new[] { false, true })
        {
            foreach (var eos in new[] { false, true })
            {
                var ids = Tokenizer.Encode("one two");
                var text = "";
                var request = new GenerationRequest { PromptTokens = [1], MaxTokens = 100, Sampling = new SamplingParameters(), ClientId = "client", StopTokens = [ids[^1]] };
                var sequence = new SequenceText(new SequencePlan(0, request, ["two!"], false) { IncludesStop = includes }, Tokenizer, piece => text += piece.Text);
                int[] told = eos ? [.. ids, Tokenizer.EosId] : ids;
                for (var i = 0; i < told.Length; i++) sequence.Append(new GeneratedToken(told[i], i == told.Length - 1 ? FinishReason.Stop : null));
                Assert.Equal(includes || eos ? "one two" : Tokenizer.Decode(ids.AsSpan(0, ids.Length - 1)), text);
            }
        }
    }

    [Fact]
    public void Append_EndsAtWhatTheRequestNames_TellsWhichItWas()
    {
        var ids = Tokenizer.Encode("one two");
        var request = new GenerationRequest { PromptTokens = [1], MaxTokens = 100, Sampling = new SamplingParameters(), ClientId = "client", StopTokens = [ids[^1], Tokenizer.EosId] };
        foreach (var cut in new[] { 0, 1, ids.Length })
        {
            Assert.Equal(ids[^1], ResultOf(request with { PriorTokens = ids[..cut] }, ids[cut..]).StopReason?.Token);
            Assert.Equal("ne", ResultOf(request with { PriorTokens = ids[..cut] }, ids[cut..], "zz", "ne").StopReason?.Text);
        }

        Assert.Null(ResultOf(request, [ids[0], Tokenizer.EosId], "zz").StopReason);
        Assert.Null(ResultOf(request with { MaxTokens = 1, PriorTokens = [ids[0]] }, []).StopReason);
    }

    private static SequenceResult ResultOf(GenerationRequest request, int[] ids, params string[] stops)
    {
        var sequence = new SequenceText(new SequencePlan(0, request, stops, false), Tokenizer, _ => { });
        foreach (var id in ids)
        {
            if (sequence.Result is not null) break;
            sequence.Append(new GeneratedToken(id, id == Tokenizer.EosId || request.StopTokens.Contains(id) ? FinishReason.Stop : null));
        }

        return sequence.Result!.Value;
    }

    [Fact]
    public void CompletionLogprobs_CharactersInSeveralTokens_OffsetsAreWhereTextBegins()
    {
        const string Text = " " + Answer;
        var ids = Tokenizer.Encode($"a{Text}")[1..];
        var told = Offsets(ids, continues: true, prior: 0);
        Assert.Contains(told, token => token.Name.StartsWith("bytes:", StringComparison.Ordinal));
        foreach (var (name, offset) in told)
        {
            if (!name.StartsWith("bytes:", StringComparison.Ordinal)) Assert.StartsWith(name, Text[offset..], StringComparison.Ordinal);
        }
    }

    /// <summary>Tokens at random, most of whose bytes make no characters: their U+FFFD are text like any other, and move what is behind.</summary>
    [Fact]
    public void CompletionLogprobs_BytesThatMakeNoCharacter_OffsetsAreWhereTextBegins()
    {
        var pieces = Tokenizer.Encode("a house, two and 🍅 é some more")[1..];
        int[] bytes = [.. Enumerable.Range(0, Tokenizer.VocabularySize).Where(id => Tokenizer.BytesOf(id) is [>= 0x80])];
        var random = new Random(5);
        for (var i = 0; i < 2000; i++)
        {
            int[] ids = [.. Enumerable.Range(0, 12).Select(_ => random.Next(2) == 0 ? pieces[random.Next(pieces.Length)] : bytes[random.Next(bytes.Length)])];
            bool continues = random.Next(2) == 0;
            int prior = random.Next(3) == 0 ? random.Next(6) : 0;
            var request = new GenerationRequest { PromptTokens = [1], MaxTokens = 100, Sampling = new SamplingParameters(), ClientId = "client", PriorTokens = ids[..prior] };
            var text = "";
            var sequence = new SequenceText(new SequencePlan(0, request, [" two"], continues), Tokenizer, piece => text += piece.Text);
            foreach (var id in ids[prior..])
            {
                if (sequence.Result is null) sequence.Append(new GeneratedToken(id, null));
            }

            var last = -1;
            foreach (var (name, offset) in Offsets(ids, continues, prior, " two"))
            {
                Assert.True(offset >= last, $"{string.Join(',', ids)}: {offset} after {last}");
                last = offset;
                if (name.StartsWith("bytes:", StringComparison.Ordinal) || offset + name.Length > text.Length) continue;
                // The first space that an answer has is dropped.
                var isFirst = prior == 0 && offset == 0 && !continues && !text.StartsWith(name, StringComparison.Ordinal);
                Assert.StartsWith(isFirst ? name[1..] : name, text[offset..], StringComparison.Ordinal);
            }
        }
    }

    /// <summary>An echoed prompt's tokens begin where their text stands in it, though the tokenizer puts a space before it that nobody wrote; BOS has no text.</summary>
    [Theory]
    [InlineData(Answer)]
    [InlineData(" " + Answer)]
    [InlineData("🍅")]
    [InlineData("\n\na  b")]
    public void Echo_AnyPrompt_OffsetsAreWhereTextBegins(string text)
    {
        int[] ids = [Tokenizer.BosId!.Value, .. Tokenizer.Encode(text)];
        var ofIds = EchoedPrompt.Of(ids, Tokenizer);
        Assert.Equal(text, ofIds.Text);
        int[] offsets = [.. new EchoedPrompt(ids, text).Offsets(Tokenizer)];
        Assert.Equal(offsets, ofIds.Offsets(Tokenizer));
        Assert.Equal((0, 0), (offsets[0], offsets[1]));
        for (var i = 1; i < ids.Length; i++)
        {
            Assert.True(offsets[i] >= offsets[i - 1]);
            var name = TokenNames.Of(ids[i], Tokenizer);
            if (!name.StartsWith("bytes:", StringComparison.Ordinal)) Assert.StartsWith(offsets[i] == 0 && text[0] != ' ' ? name.TrimStart(' ') : name.Length > 1 || offsets[i] > 0 ? name : "", text[offsets[i]..], StringComparison.Ordinal);
        }
    }

    private static List<(string Name, int Offset)> Offsets(int[] ids, bool continues, int prior, params string[] stops)
    {
        var request = new GenerationRequest { PromptTokens = [1], MaxTokens = 100, Sampling = new SamplingParameters(), ClientId = "client", PriorTokens = ids[..prior] };
        var offsets = new TextOffsets(Tokenizer, new SequencePlan(0, request, stops, continues));
        var report = new TokenReport(Tokenizer, tellsIds: false, top: 0);
        // One by one as in a stream.
        return [.. ids[prior..].Select(id => report.Completion([new GeneratedToken(id, null, new TokenLogprobs(-1, 1, []))], offsets)!).Select(told => (told.Tokens[0], told.TextOffset[0]))];
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
