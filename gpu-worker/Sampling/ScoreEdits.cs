using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Sampling;

/// <summary>
/// What a request changes in the model's scores before a token is chosen, in vLLM's order (vllm/v1/sample/sampler.py): what a constraint forbids, EOS and stop
/// tokens before <c>min_tokens</c>, EOS where it is ignored, the ends of bad words, <c>logit_bias</c>, then the repetition, frequency and presence penalties.
/// </summary>
internal sealed class ScoreEdits(int vocabularySize, IReadOnlyList<int> eosTokens)
{
    /// <summary>The bias that is to leave nothing but its tokens; its opposite bans.</summary>
    private const float HighestBias = 100;

    // Beyond what lies between a model's scores, and near enough to them to leave the order of tokens of one bias. What is forbidden stays so.
    private const float Decisive = 10_000;

    // A token has been seen where its stamp is the current one: nothing is cleared from one use to the next.
    private readonly int[] _stamps = new int[vocabularySize];
    private int _stamp;

    /// <summary>Whether any score changes; where none does, nothing need be copied.</summary>
    public static bool Any(GenerationRequest request, int generated, bool isConstrained)
    {
        var sampling = request.Sampling;
        return isConstrained || generated < request.MinTokens || request.IgnoresEos || sampling.LogitBias is { Count: > 0 } || sampling.BadWords is { Count: > 0 }
            || sampling.RepetitionPenalty != 1 || sampling.FrequencyPenalty != 0 || sampling.PresencePenalty != 0;
    }

    /// <param name="scores">[vocabulary], the raw logits, which are changed in place.</param>
    /// <param name="tokens">Prompt and answer so far.</param>
    /// <param name="allowed">One bit a token, or empty where nothing constrains.</param>
    /// <param name="mustEnd">Whether a constraint leaves nothing but the end, which <c>min_tokens</c> cannot put off.</param>
    public void Apply(Span<float> scores, GenerationRequest request, ReadOnlySpan<int> tokens, ReadOnlySpan<ulong> allowed, bool mustEnd)
    {
        if (!allowed.IsEmpty)
            Forbid(scores, allowed);

        var generated = tokens[request.PromptTokens.Length..];
        bool isEarly = generated.Length < request.MinTokens && !mustEnd;
        if (isEarly || request.IgnoresEos)
            Forbid(scores, eosTokens);
        if (isEarly)
            Forbid(scores, request.StopTokens);

        var sampling = request.Sampling;
        if (sampling.BadWords is { } words)
            ForbidLasts(scores, words, generated);

        if (sampling.LogitBias is { Count: > 0 } bias)
            foreach (var (token, value) in bias)
                if ((uint)token < (uint)scores.Length)
                    scores[token] += Math.Abs(value) == HighestBias ? Math.Sign(value) * Decisive : value;

        if (sampling.RepetitionPenalty != 1)
            PenaliseRepetition(scores, sampling.RepetitionPenalty, tokens);

        if (sampling.FrequencyPenalty != 0 || sampling.PresencePenalty != 0)
            PenalisePresence(scores, sampling.FrequencyPenalty, sampling.PresencePenalty, generated);
    }

    private static void Forbid(Span<float> scores, ReadOnlySpan<ulong> allowed)
    {
        for (int word = 0; word * 64 < scores.Length; word++)
        {
            ulong bits = word < allowed.Length ? allowed[word] : 0;
            if (bits == ulong.MaxValue)
                continue;

            var part = scores[(word * 64)..Math.Min((word + 1) * 64, scores.Length)];
            for (int i = 0; i < part.Length; i++)
                if ((bits >> i & 1) == 0)
                    part[i] = float.NegativeInfinity;
        }
    }

    private static void Forbid(Span<float> scores, IReadOnlyList<int> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
            if ((uint)tokens[i] < (uint)scores.Length)
                scores[tokens[i]] = float.NegativeInfinity;
    }

    /// <summary>Forbids the last token of each word of which the answer ends with all the others (vllm/v1/sample/ops/bad_words.py).</summary>
    private static void ForbidLasts(Span<float> scores, IReadOnlyList<int[]> words, ReadOnlySpan<int> generated)
    {
        for (int i = 0; i < words.Count; i++)
            if (generated.EndsWith(words[i].AsSpan(0, words[i].Length - 1)) && (uint)words[i][^1] < (uint)scores.Length)
                scores[words[i][^1]] = float.NegativeInfinity;
    }

    private void PenaliseRepetition(Span<float> scores, float penalty, ReadOnlySpan<int> tokens)
    {
        _stamp++;
        foreach (int token in tokens)
        {
            if (_stamps[token] == _stamp)
                continue;

            _stamps[token] = _stamp;
            scores[token] = scores[token] > 0 ? scores[token] / penalty : scores[token] * penalty;
        }
    }

    private void PenalisePresence(Span<float> scores, float frequency, float presence, ReadOnlySpan<int> generated)
    {
        _stamp++;
        foreach (int token in generated)
        {
            scores[token] -= frequency;
            if (_stamps[token] == _stamp)
                continue;

            _stamps[token] = _stamp;
            scores[token] -= presence;
        }
    }
}
