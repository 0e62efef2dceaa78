using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Conversion;

/// <summary>Reads what <c>gpu-worker convert</c> is asked for.</summary>
internal static class ConvertOptions
{
    /// <returns>The request, or one line that says which value is wrong and what is permitted.</returns>
    public static (ConversionRequest? Request, string? Error) Read(IReadOnlyDictionary<string, string?> settings)
    {
        if (Value("source") is not { Length: > 0 } source || Value("output") is not { Length: > 0 } output)
            return (null, "convert needs --source DIR and --output DIR.");

        if (!Directory.Exists(source))
            return (null, "--source must name an existing folder.");

        if (IsWithin(source, output) || IsWithin(output, source))
            return (null, "--output must not lie in the source, nor the source in it.");

        if (ReadRanks(Value("ranks") ?? "1") is not { } ranks)
            return (null, "--ranks must be 1, 2, 4 or 8.");

        var (formats, error) = ReadFormats(Value("format") ?? "int4", Value("keep"));
        return formats is null ? (null, error) : (new ConversionRequest(source, output, formats, ranks), null);

        string? Value(string name) => settings.GetValueOrDefault(CommandOptions.ConvertPrefix + name);
    }

    public static int? ReadRanks(string text) => text is "1" or "2" or "4" or "8" ? text[0] - '0' : null;

    /// <param name="keep">Rules with commas between them; null for none.</param>
    public static (WeightFormatMix? Formats, string? Error) ReadFormats(string format, string? keep)
    {
        if (WeightFormats.Parse(format) is not { } parsed)
            return (null, $"--format must be {WeightFormats.Names}.");

        List<WeightFormatRule> rules = [];
        foreach (string text in keep?.Split(',') ?? [])
        {
            if (WeightFormatRule.Parse(text) is not { } rule)
                return (null, $"--keep must hold rules like lm_head=int8,layers.0-1.down=int8 with formats {WeightFormats.Names}.");

            rules.Add(rule);
        }
        return (new WeightFormatMix(parsed, rules), null);
    }

    private static bool IsWithin(string folder, string path) =>
        (Path.GetFullPath(path).TrimEnd('/') + "/").StartsWith(Path.GetFullPath(folder).TrimEnd('/') + "/", StringComparison.Ordinal);
}
