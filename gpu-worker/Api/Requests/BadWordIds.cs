using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>
/// The tokens of <c>bad_words</c>: as vLLM has it (vllm/sampling_params.py) each word as it stands at a text's beginning or behind a space and, where that is written otherwise, as it goes on
/// from what is no space. Spaces before a word are nothing of it. A word that a text holds in other tokens is not met.
/// </summary>
internal static class BadWordIds
{
    // What stands in pieces of its own, or bytes, so that none of a word's are with it.
    private const string Before = "\n";

    /// <exception cref="ApiException">400, naming the field.</exception>
    public static IReadOnlyList<int[]>? Of(IReadOnlyList<string>? words, ITokenizer tokenizer)
    {
        if (words is null or { Count: 0 }) return null;
        if (words.Count > ApiLimits.BadWords) throw ApiErrors.Invalid("bad_words", $"bad_words must have at most {ApiLimits.BadWords} words.");
        var ids = new List<int[]>();
        var before = tokenizer.Encode(Before);
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i]?.TrimStart(' ');
            if (word is not { Length: >= 1 and <= ApiLimits.BadWordChars }) throw ApiErrors.Invalid($"bad_words[{i}]", $"Each bad word must have from 1 to {ApiLimits.BadWordChars} characters, spaces before it not counted.");
            var begun = tokenizer.Encode(word);
            ids.Add(begun);
            var goneOn = tokenizer.Encode(Before + word);
            if (goneOn.AsSpan().StartsWith(before) && goneOn.Length > before.Length && !goneOn.AsSpan(before.Length).SequenceEqual(begun)) ids.Add(goneOn[before.Length..]);
        }

        return ids;
    }
}
