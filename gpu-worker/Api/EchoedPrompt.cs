using System.Text;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api;

/// <summary>A prompt as the beginning of its answer: as the caller wrote it, or what the caller's token ids say.</summary>
internal sealed class EchoedPrompt(IReadOnlyList<int> ids, string text)
{
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

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Text.Length} chars]";
}
