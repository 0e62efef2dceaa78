using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Sampling;

/// <summary>What the sampler is to do, step by step in double precision and without any thought for time.</summary>
internal static class ReferenceSampler
{
    /// <summary>The probability of each token; all on one where the choice is greedy.</summary>
    public static double[] Distribution(float[] logits, GenerationRequest request, int[] answer, int[] eos)
    {
        var sampling = request.Sampling;
        double[] scores = [.. logits.Select(logit => (double)logit)];
        if (answer.Length < request.MinTokens)
            foreach (int token in eos.Concat(request.StopTokens))
                scores[token] = double.NegativeInfinity;

        if (request.IgnoresEos)
            foreach (int token in eos)
                scores[token] = double.NegativeInfinity;

        foreach (var (token, bias) in sampling.LogitBias ?? new Dictionary<int, float>())
            scores[token] += bias;

        foreach (int token in request.PromptTokens.Concat(answer).Distinct())
            scores[token] = scores[token] > 0 ? scores[token] / sampling.RepetitionPenalty : scores[token] * sampling.RepetitionPenalty;

        foreach (var group in answer.GroupBy(token => token))
            scores[group.Key] -= (group.Count() * sampling.FrequencyPenalty) + sampling.PresencePenalty;

        int[] order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(token => scores[token]).ThenBy(token => token)];
        if (sampling.Temperature == 0)
            return [.. scores.Select((_, token) => token == order[0] ? 1.0 : 0)];

        double[] weights = [.. scores.Select(score => Math.Exp((score - scores[order[0]]) / sampling.Temperature))];
        int[] kept = [.. order.Where(token => weights[token] >= sampling.MinP)];
        if (sampling.TopK > 0)
            kept = [.. kept.Take(sampling.TopK)];

        double mass = sampling.TopP * kept.Sum(token => weights[token]), reached = 0;
        var probabilities = new double[logits.Length];
        foreach (int token in kept)
        {
            if (sampling.TopP < 1 && reached >= mass)
                break;

            probabilities[token] = weights[token];
            reached += weights[token];
        }
        return [.. probabilities.Select(weight => weight / reached)];
    }

    public static double[] Logprobs(float[] logits)
    {
        double best = logits.Max(), normaliser = best + Math.Log(logits.Sum(logit => Math.Exp(logit - best)));
        return [.. logits.Select(logit => logit - normaliser)];
    }
}
