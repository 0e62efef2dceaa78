using System.Globalization;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Calibration;

/// <summary>Reads what <c>gpu-worker calibrate</c> is asked for.</summary>
internal static class CalibrationOptions
{
    private const int DefaultTokens = 8192, MostTokens = 1_000_000;

    /// <returns>The request, or one line that says which value is wrong and what is permitted.</returns>
    public static (CalibrationRequest? Request, string? Error) Read(IReadOnlyDictionary<string, string?> settings)
    {
        if (Value("checkpoint") is not { Length: > 0 } checkpoint || Value("text") is not { Length: > 0 } text)
            return (null, "calibrate needs --checkpoint DIR and --text FILE.");

        if (!Directory.Exists(checkpoint))
            return (null, "--checkpoint must name an existing folder.");

        if (!File.Exists(text))
            return (null, "--text must name an existing file.");

        int tokens = DefaultTokens;
        if (Value("tokens") is { } number
            && (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out tokens) || tokens is < CalibrationText.LeastTokens or > MostTokens))
            return (null, $"--tokens must be a whole number from {CalibrationText.LeastTokens} to {MostTokens}.");

        string output = Value("output") ?? CacheRangeFile.In(checkpoint);
        if (!output.EndsWith(".safetensors", StringComparison.Ordinal) || Directory.Exists(output))
            return (null, "--output must name a file that ends in .safetensors.");

        return (new CalibrationRequest(checkpoint, text, tokens, output), null);

        string? Value(string name) => settings.GetValueOrDefault(CommandOptions.CalibratePrefix + name);
    }
}
