using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Sampling;

/// <summary>
/// Chooses tokens from logits, in vLLM's order (vllm/v1/sample/sampler.py): the <see cref="ScoreEdits"/>, then greedily, or temperature, min_p, top_k and top_p. (Hugging Face's
/// generate cuts by min_p last.) Holds scratch only, and allocates nothing unless logprobs are asked for or a constraint meets a new state: one
/// instance serves any number of sequences, one at a time, on one thread.
/// </summary>
internal sealed class Sampler(int vocabularySize, IReadOnlyList<int> eosTokens, ConstraintCompiler? constraints = null)
{
    // vLLM's _SAMPLING_EPS: below it a softmax is a choice of the best anyway, and quotients overflow.
    private const float LowestTemperature = 1e-5f;

    private readonly ScoreEdits _edits = new(vocabularySize, eosTokens);
    private readonly TokenLikelihoods _likelihoods = new(vocabularySize);
    private readonly ConstraintCursors? _cursors = constraints is null ? null : new ConstraintCursors(constraints);
    private readonly float[] _scores = new float[vocabularySize];
    private readonly float[] _weights = new float[vocabularySize];
    private readonly ulong[] _keys = new ulong[vocabularySize];
    private readonly NucleusCut _nucleus = new();
    private readonly WeightedDraw _draw = new(vocabularySize);
    private readonly CandidateSampler _candidates = new(vocabularySize);

    /// <summary>Whether the best token is chosen, whatever the noise.</summary>
    public static bool IsGreedy(SamplingParameters sampling) => sampling.Temperature < LowestTemperature || sampling.TopK == 1;

    /// <summary>
    /// The next token, or null where none can be chosen: the logits hold a NaN or no finite value, or what the sequence is held to has not been read. Depends on the
    /// request, its tokens so far and the logits only: not on the batch, nor on how often the sequence was interrupted.
    /// </summary>
    /// <param name="logits">[vocabulary]</param>
    /// <param name="drafts">Drafts that have come: tokens like those before them, and part of the answer from now on.</param>
    public SampledToken? Sample(ReadOnlySpan<float> logits, Sequence sequence, int drafts = 0)
    {
        var request = sequence.Request;
        var tokens = sequence.TokensAndDrafts(drafts);
        if (request.Sampling is { Form: null, Quotes: null })
            return Sample(logits, request, tokens, null);

        return _cursors?.MaskOf(sequence, tokens[request.PromptTokens.Length..]) is { } mask ? Sample(logits, request, tokens, mask) : null;
    }

    /// <summary>How likely a token is that nobody has to choose; null where the logits hold a NaN or no finite value.</summary>
    /// <param name="logits">[vocabulary]</param>
    /// <param name="count">How many of the likeliest to report with it.</param>
    public SampledToken? Given(ReadOnlySpan<float> logits, int token, int count) =>
        float.IsFinite(TensorPrimitives.Max(logits)) ? new SampledToken(token, _likelihoods.Of(logits, token, count)) : null;

    /// <summary>The token that the whole row would give, out of its candidates; null where they do not decide. Of a row whose request <see cref="CandidateRule"/> lets.</summary>
    public SampledToken? SampleFrom(TokenCandidates candidates, Sequence sequence) =>
        _candidates.TryChoose(candidates, sequence.Request.Sampling, sequence.Length, out int token) ? new SampledToken(token) : null;

    /// <summary>The likeliest token, as of a greedy request; null where the candidates do not decide.</summary>
    public SampledToken? BestOf(TokenCandidates candidates) => _candidates.TryBest(candidates, out int token) ? new SampledToken(token) : null;

    /// <param name="tokens">Prompt and answer so far; the new token's position, which its noise depends on, is their number.</param>
    /// <param name="mask">What a constraint permits; null where there is none.</param>
    internal SampledToken? Sample(ReadOnlySpan<float> logits, GenerationRequest request, ReadOnlySpan<int> tokens, TokenMask? mask)
    {
        var scores = logits;
        if (ScoreEdits.Any(request, tokens.Length - request.PromptTokens.Length, mask is not null))
        {
            var edited = _scores.AsSpan(0, logits.Length);
            logits.CopyTo(edited);
            _edits.Apply(edited, request, tokens, mask is null ? [] : mask.Allowed, mask?.MustEnd ?? false);
            scores = edited;
        }
        int best = TensorPrimitives.IndexOfMax(scores);
        // IndexOfMax yields the first NaN where there is one.
        if (best < 0 || !float.IsFinite(scores[best]))
            return null;

        var sampling = request.Sampling;
        int token = IsGreedy(sampling) ? best : Draw(scores, scores[best], sampling, tokens.Length);
        if (sampling.Logprobs is not { } count)
            return new SampledToken(token);

        return Given(logits, token, count);
    }

    private int Draw(ReadOnlySpan<float> scores, float best, SamplingParameters sampling, int position)
    {
        var weights = _weights.AsSpan(0, scores.Length);
        TensorPrimitives.Subtract(scores, best, weights);
        TensorPrimitives.Divide(weights, sampling.Temperature, weights);
        TensorPrimitives.Exp<float>(weights, weights);
        ulong lowest = LowestKey(weights, sampling);
        if (lowest > 0)
            Cut(weights, lowest);

        return _draw.From(weights, SamplingNoise.Uniform(sampling.Seed, position));
    }

    /// <summary>The lowest key that may be chosen; 0 where all may. The best token's weight is 1.</summary>
    private ulong LowestKey(ReadOnlySpan<float> weights, SamplingParameters sampling)
    {
        if (sampling.TopK <= 0 || sampling.TopK >= weights.Length)
            return sampling.TopP < 1 ? _nucleus.Lowest(weights, sampling.MinP, sampling.TopP, _keys) : sampling.MinP > 0 ? CandidateCut.Floor(sampling.MinP) : 0;

        int count = 0;
        for (int token = 0; token < weights.Length; token++)
            if (weights[token] > 0 && weights[token] >= sampling.MinP)
                _keys[count++] = CandidateCut.Key(weights[token], token);

        var keys = _keys.AsSpan(0, count);
        ulong lowest = count > sampling.TopK ? CandidateCut.ByCount(keys, sampling.TopK) : CandidateCut.Floor(sampling.MinP);
        return sampling.TopP < 1 ? LowestOfNucleus(keys[..Math.Min(count, sampling.TopK)], sampling.TopP) : lowest;
    }

    private static ulong LowestOfNucleus(Span<ulong> keys, double p)
    {
        double total = 0;
        foreach (ulong key in keys)
            total += CandidateCut.Weight(key);

        return CandidateCut.ByWeight(keys, p * total);
    }

    /// <summary>Takes their weight from all that are not among the candidates.</summary>
    private static void Cut(Span<float> weights, ulong lowest)
    {
        float least = CandidateCut.Weight(lowest);
        int i = 0;
        for (; i <= weights.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var vector = Vector256.Create<float>(weights[i..]);
            (vector & Vector256.GreaterThanOrEqual(vector, Vector256.Create(least))).CopyTo(weights[i..]);
        }

        for (; i < weights.Length; i++)
            if (weights[i] < least)
                weights[i] = 0;

        // Of those that weigh as much as the last candidate, the ones with higher ids.
        var later = weights[Math.Min(CandidateCut.Token(lowest) + 1, weights.Length)..];
        while (least > 0 && MemoryMarshal.Cast<float, int>(later).IndexOf(BitConverter.SingleToInt32Bits(least)) is >= 0 and var at)
        {
            later[at] = 0;
            later = later[(at + 1)..];
        }
    }
}
