using System.Text.Json;
using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Api.Requests;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Hosting;

/// <summary>Reads a checkpoint's generation_config.json (Hugging Face's GenerationConfig): how it wants to be sampled when nobody says.</summary>
internal static class GenerationConfigFile
{
    public const string FileName = "generation_config.json";

    /// <summary>The defaults; OpenAI's (temperature 1, no cut) where the file, or a value in it, is missing. <c>do_sample: false</c> is temperature 0.</summary>
    /// <exception cref="CheckpointException">The file is malformed, or a value is out of range.</exception>
    public static GenerationDefaults Read(string checkpointFolder, int maxTokens)
    {
        var path = Path.Combine(checkpointFolder, FileName);
        var defaults = new GenerationDefaults(MaxTokens: maxTokens);
        if (!File.Exists(path)) return defaults;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            var isGreedy = root.TryGetProperty("do_sample", out var doSample) && doSample.ValueKind == JsonValueKind.False;
            return defaults with
            {
                Temperature = isGreedy ? 0 : Number(root, "temperature", defaults.Temperature, value => value is >= 0 and <= 2, "0 to 2"),
                TopP = Number(root, "top_p", defaults.TopP, value => value is > 0 and <= 1, "greater than 0, at most 1"),
                MinP = Number(root, "min_p", defaults.MinP, value => value is >= 0 and <= 1, "0 to 1"),
                RepetitionPenalty = Number(root, "repetition_penalty", defaults.RepetitionPenalty, value => value is > 0 and <= 2, "greater than 0, at most 2"),
                MaxTokens = (int)Number(root, "max_new_tokens", defaults.MaxTokens, value => value is >= 1 and <= int.MaxValue && value == Math.Floor(value), "a whole number, 1 or more"),
                TopK = (int)Number(root, "top_k", defaults.TopK, value => value is >= 0 and <= int.MaxValue && value == Math.Floor(value), "a whole number, 0 or more"),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new CheckpointException($"{FileName} is not a JSON object.", e);
        }
    }

    private static double Number(JsonElement root, string name, double fallback, Func<double, bool> isPermitted, string permitted)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return fallback;
        if (value.ValueKind != JsonValueKind.Number || !isPermitted(value.GetDouble())) throw new CheckpointException($"{FileName}: {name} must be {permitted}.");
        return value.GetDouble();
    }
}
