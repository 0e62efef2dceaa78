using System.Text;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>A prompt as the beginning of its answer: as the caller wrote it, or what the caller's token ids say.</summary>
internal sealed class EchoedPrompt(IReadOnlyList<int> ids, string text)
{
    /// <summary>Likelihoods, or characters where none are told, of a chunk of a stream: a few hundred KB of JSON, where readers take 1 MB for an attack.</summary>
    public const int MostOfAChunk = 4096;

    /// <summary>With BOS, where there is one.</summary>
    public IReadOnlyList<int> Ids { get; } = ids;

    public string Text { get; } = text;

    /// <summary>Of token ids. Bytes that make no whole character are told as tokens and not as text, as an answer's.</summary>
    public static EchoedPrompt Of(IReadOnlyList<int> ids, ITokenizer tokenizer)
    {
        var decoder = tokenizer.CreateStreamingDecoder();
        var text = new StringBuilder();
        foreach (var id in ids) text.Append(decoder.Append(id));
        return new EchoedPrompt(ids, text.ToString());
    }

    /// <summary>Where each token's text begins. A tokenizer may have changed the text before it cut it: no offset is behind its end.</summary>
    public IEnumerable<int> Offsets(ITokenizer tokenizer)
    {
        var offsets = TextOffsets.OfPrompt(tokenizer);
        return Ids.Select(id => Math.Min(offsets.Next(id), Text.Length));
    }

    /// <summary>Its text in pieces of so many characters, two at the least; none ends within a pair.</summary>
    public IEnumerable<string> Cut(int most)
    {
        var start = 0;
        while (Text.Length - start > most)
        {
            var end = Whole(start + most);
            yield return Text[start..end];
            start = end;
        }

        yield return Text[start..];
    }

    /// <summary>The same in pieces of so many tokens: the first's number, where each begins in the whole text, and the text from the first one on.</summary>
    public IEnumerable<(int First, int[] Offsets, string Text)> Cut(int most, ITokenizer tokenizer)
    {
        int[] offsets = [.. Offsets(tokenizer)];
        for (var first = 0; first < offsets.Length; first += most)
        {
            var end = Math.Min(offsets.Length - first, most) + first;
            yield return (first, offsets[first..end], Text[(first == 0 ? 0 : Whole(offsets[first]))..(end == offsets.Length ? Text.Length : Whole(offsets[end]))]);
        }
    }

    /// <summary>The place, or the one before it where that is within a pair.</summary>
    private int Whole(int at) => at > 0 && at < Text.Length && char.IsSurrogatePair(Text[at - 1], Text[at]) ? at - 1 : at;

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Text.Length} chars]";
}
