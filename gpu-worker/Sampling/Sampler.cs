using System.Numerics.Tensors;
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
    private readonly WeightedDraw _draw = new(vocabularySize);

    /// <summary>
    /// The next token, or null where none can be chosen: the logits hold a NaN or no finite value, or the sequence's schema has not been read. Depends on the
    /// request, its tokens so far and the logits only: not on the batch, nor on how often the sequence was interrupted.
    /// </summary>
    /// <param name="logits">[vocabulary]</param>
    public SampledToken? Sample(ReadOnlySpan<float> logits, Sequence sequence)
    {
        if (sequence.Request.Sampling.JsonSchema is null)
            return Sample(logits, sequence.Request, sequence.Tokens, null);

        return _cursors?.MaskOf(sequence) is { } mask ? Sample(logits, sequence.Request, sequence.Tokens, mask) : null;
    }

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
        int token = sampling.Temperature < LowestTemperature || sampling.TopK == 1 ? best : Draw(scores, scores[best], sampling, tokens.Length);
        if (sampling.Logprobs is not { } count)
            return new SampledToken(token);

        return float.IsFinite(TensorPrimitives.Max(logits)) ? new SampledToken(token, _likelihoods.Of(logits, token, count)) : null;
    }

    private int Draw(ReadOnlySpan<float> scores, float best, SamplingParameters sampling, int position)
    {
        var weights = _weights.AsSpan(0, scores.Length);
        TensorPrimitives.Subtract(scores, best, weights);
        TensorPrimitives.Divide(weights, sampling.Temperature, weights);
        TensorPrimitives.Exp<float>(weights, weights);
        ulong lowest = LowestKey(weights, sampling);
        if (lowest > 0)
            for (int token = 0; token < weights.Length; token++)
                if (CandidateCut.Key(weights[token], token) < lowest)
                    weights[token] = 0;

        return _draw.From(weights, SamplingNoise.Uniform(sampling.Seed, position));
    }

    /// <summary>The lowest key that may be chosen; 0 where all may. The best token's weight is 1.</summary>
    private ulong LowestKey(ReadOnlySpan<float> weights, SamplingParameters sampling)
    {
        ulong lowest = sampling.MinP > 0 ? CandidateCut.Floor(sampling.MinP) : 0;
        bool cutsByCount = sampling.TopK > 0 && sampling.TopK < weights.Length;
        if (!cutsByCount && sampling.TopP >= 1)
            return lowest;

        int count = 0;
        for (int token = 0; token < weights.Length; token++)
            if (weights[token] > 0 && weights[token] >= sampling.MinP)
                _keys[count++] = CandidateCut.Key(weights[token], token);

        if (cutsByCount && count > sampling.TopK)
        {
            lowest = CandidateCut.ByCount(_keys.AsSpan(0, count), sampling.TopK);
            count = sampling.TopK;
        }
        return sampling.TopP < 1 ? LowestOfNucleus(_keys.AsSpan(0, count), sampling.TopP) : lowest;
    }

    private static ulong LowestOfNucleus(Span<ulong> keys, double p)
    {
        double total = 0;
        foreach (ulong key in keys)
            total += CandidateCut.Weight(key);

        // Candidates below this weight hold less than 1 - p together, so that the share is reached without them, and few are left to look at.
        double negligible = (1 - p) * total / keys.Length;
        int kept = 0;
        foreach (ulong key in keys)
            if (CandidateCut.Weight(key) >= negligible)
                keys[kept++] = key;

        return CandidateCut.ByWeight(keys[..kept], p * total);
    }
}
