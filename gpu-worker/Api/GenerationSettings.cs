using System.Security.Cryptography;
using Serverless.GpuWorker.Sampling;

namespace Serverless.GpuWorker.Api;

/// <summary>How to generate, validated.</summary>
/// <param name="MaxTokens">As asked for; null leaves it to the context and the configured default.</param>
internal sealed record GenerationSettings(
    SamplingParameters Sampling, int? MaxTokens, string MaxTokensName, int Choices, IReadOnlyList<string> Stops, string? User)
{
    /// <exception cref="ApiException">400, naming the field and its range.</exception>
    public static GenerationSettings Validate(GenerationFields fields, GenerationDefaults defaults)
    {
        var maxTokens = fields.MaxTokens;
        if (maxTokens < 1) throw ApiErrors.Invalid(fields.MaxTokensName, $"{fields.MaxTokensName} must be at least 1.");
        var choices = fields.N ?? 1;
        if (choices is < 1 or > ApiLimits.Choices) throw ApiErrors.Invalid("n", $"n must be from 1 to {ApiLimits.Choices}.");
        var topK = fields.TopK ?? defaults.TopK;
        if (topK < -1) throw ApiErrors.Invalid("top_k", "top_k must be at least 1, or 0 or -1 for no limit.");
        if (fields.User?.Length > ApiLimits.UserChars) throw ApiErrors.Invalid("user", $"user must have at most {ApiLimits.UserChars} characters.");

        var sampling = new SamplingParameters
        {
            Temperature = (float)InRange("temperature", fields.Temperature ?? defaults.Temperature, 0, 2),
            TopP = TopP(fields.TopP ?? defaults.TopP),
            TopK = Math.Max(0, topK),
            Seed = fields.Seed is { } seed ? unchecked((ulong)seed) : RandomSeed(),
            PresencePenalty = (float)InRange("presence_penalty", fields.PresencePenalty ?? 0, -2, 2),
            FrequencyPenalty = (float)InRange("frequency_penalty", fields.FrequencyPenalty ?? 0, -2, 2),
        };
        return new GenerationSettings(sampling, maxTokens, fields.MaxTokensName, choices, ValidStops(fields), fields.User);
    }

    /// <summary>The sampling of the n-th choice: the first keeps the request's seed, the others have seeds derived from it (splitmix64).</summary>
    public SamplingParameters SamplingOf(int choice)
    {
        if (choice == 0) return Sampling;
        var z = unchecked(Sampling.Seed + ((ulong)choice * 0x9E3779B97F4A7C15));
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return Sampling with { Seed = z ^ (z >> 31) };
    }

    private static double InRange(string name, double value, double low, double high) =>
        value >= low && value <= high ? value : throw ApiErrors.Invalid(name, $"{name} must be from {low} to {high}.");

    private static float TopP(double value)
    {
        // The smallest positive doubles are zero as floats, which the sampler does not take.
        return value > 0 && value <= 1 ? Math.Max((float)value, 1e-6f) : throw ApiErrors.Invalid("top_p", "top_p must be greater than 0 and at most 1.");
    }

    private static IReadOnlyList<string> ValidStops(GenerationFields fields)
    {
        var stops = fields.Stop?.Values ?? [];
        if (stops.Count > ApiLimits.StopStrings) throw ApiErrors.Invalid("stop", $"stop must have at most {ApiLimits.StopStrings} strings.");
        for (var i = 0; i < stops.Count; i++)
        {
            if (stops[i].Length is < 1 or > ApiLimits.StopStringChars)
            {
                throw ApiErrors.Invalid(fields.Stop!.IsSingle ? "stop" : $"stop[{i}]", $"Each stop string must have from 1 to {ApiLimits.StopStringChars} characters.");
            }
        }

        return stops;
    }

    private static ulong RandomSeed()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }
}
