using System.Numerics.Tensors;

namespace Serverless.GpuWorker.Sampling;

/// <summary>
/// Chooses a token out of a row's candidates: the very token that <see cref="Sampler"/> chooses out of the whole row, or none where the candidates do not decide. Weights, order and sums
/// are those of the whole row, where all other tokens weigh nothing. Holds scratch only; one thread at a time.
/// </summary>
internal sealed class CandidateSampler(int vocabularySize)
{
    /// <summary>The largest relative error that a device's total is taken to have: it sums float32 numbers in an order of its own, a hundred times more exactly.</summary>
    public const double TotalError = 1e-4;

    /// <summary>The same of a total that is summed here, in double precision.</summary>
    private const double SumError = 1e-9;

    /// <summary>By what a token's weight may exceed that of one with a higher logit: vectors' exp rounds, and rises only nearly everywhere.</summary>
    private const float WeightError = 1.00001f;

    private readonly WeightedDraw _draw = new(vocabularySize);
    private float[] _weights = [];
    private ulong[] _keys = [];
    private int[] _tokens = [];

    /// <param name="sampling">Of a row for which <see cref="CandidateRule"/> found candidates to do.</param>
    /// <param name="position">The new token's.</param>
    /// <returns>False where it takes the whole row: it holds a number that is none, or a border lies too close to what is not known.</returns>
    public bool TryChoose(TokenCandidates candidates, SamplingParameters sampling, int position, out int token)
    {
        if (Sampler.IsGreedy(sampling))
            return TryBest(candidates, out token);

        token = -1;
        return AreSound(candidates) && TryDraw(candidates, sampling, position, out token);
    }

    /// <summary>The likeliest token, of equal ones the lowest, as where the whole row is searched; false where it takes the whole row.</summary>
    public bool TryBest(TokenCandidates candidates, out int token)
    {
        token = -1;
        if (!AreSound(candidates))
            return false;

        var logits = candidates.Logits;
        int equal = 1;
        while (equal < logits.Length && logits[equal] == logits[0])
            equal++;

        // Of 0 and -0 the whole row's search takes 0 for the higher one.
        if (logits[0] == 0 && AreOfBothSigns(logits[..equal]))
            return false;

        token = (int)TensorPrimitives.Min(candidates.Tokens[..equal]);
        return equal < logits.Length || equal == vocabularySize;
    }

    private static bool AreOfBothSigns(ReadOnlySpan<float> zeros)
    {
        foreach (float zero in zeros)
            if (float.IsNegative(zero) != float.IsNegative(zeros[0]))
                return true;

        return false;
    }

    private bool AreSound(TokenCandidates candidates) =>
        float.IsFinite(candidates.Total) && float.IsFinite(candidates.Logits[0]) && !candidates.Tokens.ContainsAnyExceptInRange(0, vocabularySize - 1);

    private bool TryDraw(TokenCandidates candidates, SamplingParameters sampling, int position, out int token)
    {
        token = -1;
        var keys = Keys(candidates, sampling.Temperature);
        if (!TryNarrow(keys, sampling, candidates.Total, out int taken))
            return false;

        // By token, as they stand in a row.
        for (int i = 0; i < taken; i++)
            (_tokens[i], _weights[i]) = (CandidateCut.Token(keys[i]), CandidateCut.Weight(keys[i]));

        Array.Sort(_tokens, _weights, 0, taken);
        token = _draw.From(_tokens.AsSpan(0, taken), _weights.AsSpan(0, taken), SamplingNoise.Uniform(sampling.Seed, position));
        return true;
    }

    /// <summary>The candidates' keys, highest first.</summary>
    private ReadOnlySpan<ulong> Keys(TokenCandidates candidates, float temperature)
    {
        int count = candidates.Logits.Length;
        if (_keys.Length < count)
            (_keys, _weights, _tokens) = (new ulong[count], new float[count], new int[count]);

        var weights = _weights.AsSpan(0, count);
        TensorPrimitives.Subtract(candidates.Logits, candidates.Logits[0], weights);
        TensorPrimitives.Divide(weights, temperature, weights);
        TensorPrimitives.Exp<float>(weights, weights);
        var keys = _keys.AsSpan(0, count);
        for (int i = 0; i < count; i++)
            keys[i] = CandidateCut.Key(weights[i], (int)candidates.Tokens[i]);

        keys.Sort();
        keys.Reverse();
        return keys;
    }

    /// <summary>How many of the highest keys may be chosen; false where that cannot be told without the other tokens.</summary>
    private bool TryNarrow(ReadOnlySpan<ulong> keys, SamplingParameters sampling, float total, out int taken)
    {
        float ceiling = WeightError * CandidateCut.Weight(keys[^1]);
        bool isComplete = keys.Length == vocabularySize || ceiling == 0 || ceiling < sampling.MinP;
        taken = keys.Length;
        while (taken > 0 && CandidateCut.Weight(keys[taken - 1]) is var weight && (weight == 0 || weight < sampling.MinP))
            taken--;

        bool isKnown = isComplete;
        if (sampling.TopK > 0 && sampling.TopK < vocabularySize && taken > sampling.TopK)
        {
            taken = sampling.TopK;
            isKnown |= CandidateCut.Weight(keys[taken - 1]) > ceiling;
        }
        if (isKnown && sampling.TopP >= 1)
            return true;

        if (isKnown)
            return TryNucleus(keys[..taken], sampling.TopP, Sum(keys[..taken]), SumError, isWhole: true, out taken);

        // The total counts tokens that min_p excludes, and ones beyond top_k.
        return sampling.TopP < 1 && sampling is { MinP: 0 } && (sampling.TopK <= 0 || sampling.TopK >= vocabularySize)
            && TryNucleus(keys[..taken], sampling.TopP, total, TotalError, isWhole: false, out taken) && CandidateCut.Weight(keys[taken - 1]) > ceiling;
    }

    /// <summary>The fewest highest keys whose weights reach a share of the total; false where the total's error leaves open which.</summary>
    /// <param name="isWhole">Whether no other token is to be thought of.</param>
    private static bool TryNucleus(ReadOnlySpan<ulong> keys, double share, double total, double error, bool isWhole, out int taken)
    {
        double least = share * total * (1 - error), most = share * total * (1 + error), passed = 0;
        taken = 0;
        while (taken < keys.Length && passed < most)
        {
            // With these alone it might be reached, or not.
            if (passed >= least)
                return false;

            passed += CandidateCut.Weight(keys[taken++]);
        }
        return passed >= most || isWhole;
    }

    private static double Sum(ReadOnlySpan<ulong> keys)
    {
        double sum = 0;
        foreach (ulong key in keys)
            sum += CandidateCut.Weight(key);

        return sum;
    }
}
