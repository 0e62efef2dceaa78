using System.Globalization;
using System.Security.Cryptography;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>The part of a request that says how tokens are chosen.</summary>
internal static class SamplingSettings
{
    /// <param name="form">What the answer is to be, checked already; null for any text.</param>
    /// <exception cref="ApiException">400, naming the field and its range.</exception>
    public static SamplingParameters Validate(GenerationFields fields, GenerationDefaults defaults, ITokenizer tokenizer, AnswerForm? form)
    {
        var request = fields.Request;
        var topK = request.TopK ?? defaults.TopK;
        if (topK < -1) throw ApiErrors.Invalid(fields.Name("top_k"), $"{fields.Name("top_k")} must be at least 1, or 0 or -1 for no limit.");
        return new SamplingParameters
        {
            Temperature = (float)FieldChecks.Range(fields.Name("temperature"), request.Temperature ?? defaults.Temperature, 0, 2),
            // At 0 the likeliest token is what is left, as at the smallest number that the sampler takes.
            TopP = Math.Max((float)FieldChecks.Range(fields.Name("top_p"), request.TopP ?? defaults.TopP, 0, 1), 1e-6f),
            TopK = Math.Max(0, topK),
            MinP = (float)FieldChecks.Range("min_p", request.MinP ?? defaults.MinP, 0, 1),
            Seed = request.Seed is { } seed ? unchecked((ulong)seed) : RandomSeed(),
            PresencePenalty = (float)FieldChecks.Range("presence_penalty", request.PresencePenalty ?? 0, -2, 2),
            FrequencyPenalty = (float)FieldChecks.Range("frequency_penalty", request.FrequencyPenalty ?? 0, -2, 2),
            RepetitionPenalty = Math.Max((float)FieldChecks.Above("repetition_penalty", request.RepetitionPenalty ?? defaults.RepetitionPenalty, 0, 2), 1e-3f),
            LogitBias = Bias(request.LogitBias, tokenizer.VocabularySize),
            BadWords = BadWordIds.Of(request.BadWords, tokenizer),
            Logprobs = fields.Logprobs is { } logprobs ? FieldChecks.Range(fields.LogprobsName, logprobs, 0, ApiLimits.Logprobs) : null,
            Form = form,
        };
    }

    private static Dictionary<int, float>? Bias(IReadOnlyDictionary<string, double>? bias, int vocabularySize)
    {
        if (bias is null or { Count: 0 }) return null;
        if (bias.Count > ApiLimits.Biases) throw ApiErrors.Invalid("logit_bias", $"logit_bias must have at most {ApiLimits.Biases} ids.");
        var byId = new Dictionary<int, float>(bias.Count);
        foreach (var (key, value) in bias)
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id >= vocabularySize)
            {
                throw ApiErrors.Invalid("logit_bias", $"logit_bias must have token ids from 0 to {vocabularySize - 1} as its names.");
            }

            if (!byId.TryAdd(id, (float)FieldChecks.Range("logit_bias", value, -100, 100))) throw ApiErrors.Invalid("logit_bias", "logit_bias must name each token id once.");
        }

        return byId;
    }

    private static ulong RandomSeed()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }
}
