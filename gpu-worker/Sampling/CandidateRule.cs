using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Sampling;

/// <summary>Which rows can do with candidates in place of all logits. Pure.</summary>
internal static class CandidateRule
{
    /// <summary>
    /// The inverse of the temperature at which a row's candidates are wanted, over 0; 0 where its next token may depend on any logit: on scores that the request edits or
    /// reports, or on a draw that nothing narrows down to fewer tokens than there are candidates.
    /// </summary>
    /// <param name="generated">Tokens of the answer so far.</param>
    /// <param name="candidates">Of each row; 0 where the model yields logits alone.</param>
    public static float InverseTemperature(GenerationRequest request, int generated, int candidates)
    {
        var sampling = request.Sampling;
        bool isConstrained = sampling.Form is not null || sampling.Quotes is not null;
        if (candidates == 0 || sampling.Logprobs is not null || ScoreEdits.Any(request, generated, isConstrained))
            return 0;

        if (Sampler.IsGreedy(sampling))
            return 1;

        // As many as there are candidates would leave it open which tokens are just outside.
        bool isNarrow = sampling.TopK > 0 ? sampling.TopK < candidates : sampling.TopP < 1 || sampling.MinP > 0;
        return isNarrow ? 1 / sampling.Temperature : 0;
    }
}
