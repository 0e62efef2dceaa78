using System.Numerics.Tensors;

namespace Serverless.GpuWorker.Sampling;

/// <summary>Chooses tokens from logits. Holds scratch only: one instance serves any number of sequences, one at a time.</summary>
internal sealed class Sampler(int vocabularySize)
{
    private readonly float[] _logits = new float[vocabularySize];
    private readonly double[] _weights = new double[vocabularySize];
    private readonly int[] _candidates = new int[vocabularySize];

    /// <summary>The next token, or null where the logits hold a NaN or no finite value: nothing can be chosen then.</summary>
    /// <param name="logits">[vocabulary]</param>
    /// <param name="generated">The tokens generated so far, which the penalties count.</param>
    /// <param name="position">The place that the new token takes in the sequence.</param>
    public int? Sample(ReadOnlySpan<float> logits, SamplingParameters parameters, ReadOnlySpan<int> generated, int position)
    {
        var scores = _logits.AsSpan(0, logits.Length);
        logits.CopyTo(scores);
        Penalise(scores, parameters, generated);
        int best = TensorPrimitives.IndexOfMax<float>(scores);
        // IndexOfMax yields the first NaN where there is one.
        if (best < 0 || !float.IsFinite(scores[best]))
            return null;

        if (parameters.Temperature <= 0 || parameters.TopK == 1)
            return best;

        double total = Weigh(scores, scores[best], parameters.Temperature);
        int candidates = TopK(scores, parameters.TopK, ref total);
        candidates = TopP(candidates, parameters.TopP, ref total);
        return Choose(candidates, SamplingNoise.Uniform(parameters.Seed, position) * total);
    }

    private static void Penalise(Span<float> scores, SamplingParameters parameters, ReadOnlySpan<int> generated)
    {
        if (parameters.PresencePenalty == 0 && parameters.FrequencyPenalty == 0)
            return;

        var seen = new HashSet<int>();
        foreach (int token in generated)
        {
            scores[token] -= parameters.FrequencyPenalty;
            if (seen.Add(token))
                scores[token] -= parameters.PresencePenalty;
        }
    }

    /// <summary>Turns scores into weights relative to the best one's, and returns their sum.</summary>
    private double Weigh(ReadOnlySpan<float> scores, float best, float temperature)
    {
        double total = 0;
        for (int token = 0; token < scores.Length; token++)
        {
            _weights[token] = Math.Exp((scores[token] - best) / (double)temperature);
            total += _weights[token];
        }
        return total;
    }

    /// <summary>Fills the candidates, in the order of their ids: all, or the k best, of equals the lowest ids.</summary>
    private int TopK(ReadOnlySpan<float> scores, int k, ref double total)
    {
        if (k <= 0 || k >= scores.Length)
        {
            for (int token = 0; token < scores.Length; token++)
                _candidates[token] = token;

            return scores.Length;
        }
        var best = new PriorityQueue<int, (float Score, int Lower)>(k + 1);
        for (int token = 0; token < scores.Length; token++)
        {
            if (best.Count < k)
                best.Enqueue(token, (scores[token], -token));
            else if (best.TryPeek(out _, out var worst) && scores[token] > worst.Score)
                best.EnqueueDequeue(token, (scores[token], -token));
        }
        total = 0;
        int count = 0;
        while (best.TryDequeue(out int token, out _))
            _candidates[count++] = token;

        Array.Sort(_candidates, 0, count);
        for (int i = 0; i < count; i++)
            total += _weights[_candidates[i]];

        return count;
    }

    /// <summary>Keeps the likeliest candidates up to and with the one that makes their share reach p.</summary>
    private int TopP(int count, float p, ref double total)
    {
        if (p >= 1)
            return count;

        // Candidates below this weight hold less than 1 - p together, so the share is reached without them: few are left to sort.
        double negligible = (1.0 - p) * total / count;
        int kept = 0;
        for (int i = 0; i < count; i++)
            if (_weights[_candidates[i]] >= negligible)
                _candidates[kept++] = _candidates[i];

        _candidates.AsSpan(0, kept).Sort((a, b) => _weights[b].CompareTo(_weights[a]) is var order && order != 0 ? order : a.CompareTo(b));
        double reached = 0;
        int nucleus = 0;
        while (nucleus < kept && (nucleus == 0 || reached < p * total))
            reached += _weights[_candidates[nucleus++]];

        total = reached;
        return nucleus;
    }

    private int Choose(int count, double target)
    {
        double passed = 0;
        int last = _candidates[0];
        for (int i = 0; i < count; i++)
        {
            if (_weights[_candidates[i]] == 0)
                continue;

            last = _candidates[i];
            passed += _weights[last];
            if (passed > target)
                return last;
        }
        return last;
    }
}
