using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Sampling;

/// <summary>Logarithms of the probabilities that the model itself gives: log-softmax of its raw logits, as vLLM's <c>raw_logprobs</c>.</summary>
internal sealed class TokenLikelihoods(int vocabularySize)
{
    private readonly float[] _scratch = new float[vocabularySize];

    /// <param name="logits">[vocabulary], with a finite highest value.</param>
    /// <param name="count">How many of the likeliest tokens to report, 0 or more.</param>
    public TokenLogprobs Of(ReadOnlySpan<float> logits, int chosen, int count)
    {
        float best = TensorPrimitives.Max(logits);
        var weights = _scratch.AsSpan(0, logits.Length);
        TensorPrimitives.Subtract(logits, best, weights);
        TensorPrimitives.Exp<float>(weights, weights);
        double total = 0;
        foreach (float weight in weights)
            total += weight;

        double normaliser = best + Math.Log(total);
        var top = new TokenLogprob[Math.Min(count, logits.Length)];
        FillTop(logits, normaliser, top);
        return new TokenLogprobs(Logprob(logits[chosen], normaliser), Rank(logits, chosen), top);
    }

    /// <summary>One more than the tokens that are likelier, and the equally likely ones with lower ids.</summary>
    private static int Rank(ReadOnlySpan<float> logits, int chosen)
    {
        var least = Vector256.Create(logits[chosen]);
        int rank = 1, token = 0;
        for (; token <= chosen - Vector256<float>.Count; token += Vector256<float>.Count)
            rank += BitOperations.PopCount(Vector256.GreaterThanOrEqual(Vector256.Create(logits[token..]), least).ExtractMostSignificantBits());

        for (; token < chosen; token++)
            rank += logits[token] >= logits[chosen] ? 1 : 0;

        for (token = chosen + 1; token <= logits.Length - Vector256<float>.Count; token += Vector256<float>.Count)
            rank += BitOperations.PopCount(Vector256.GreaterThan(Vector256.Create(logits[token..]), least).ExtractMostSignificantBits());

        for (; token < logits.Length; token++)
            rank += logits[token] > logits[chosen] ? 1 : 0;

        return rank;
    }

    private static float Logprob(float logit, double normaliser) => (float)Math.Min(0, logit - normaliser);

    /// <summary>Keeps the best so far in order: with the few that are reported, an insertion is rare.</summary>
    private static void FillTop(ReadOnlySpan<float> logits, double normaliser, TokenLogprob[] top)
    {
        if (top.Length == 0)
            return;

        int held = 0;
        for (int token = 0; token < logits.Length; token++)
        {
            float logit = logits[token];
            if (held == top.Length && !(logit > top[^1].Logprob))
                continue;

            int place = held < top.Length ? held++ : held - 1;
            for (; place > 0 && top[place - 1].Logprob < logit; place--)
                top[place] = top[place - 1];

            top[place] = new TokenLogprob(token, logit);
        }
        for (int i = 0; i < held; i++)
            top[i] = top[i] with { Logprob = Logprob(top[i].Logprob, normaliser) };
    }
}
