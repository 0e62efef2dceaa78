using System.Globalization;

namespace Serverless.GpuWorker.Model.Formats;

/// <summary>
/// Gives some of a model's matrices a format of their own. Written <c>lm_head=int8</c>, <c>down=int8</c> (in every layer),
/// <c>layers.3.down=int8</c>, <c>layers.0-1.down=int8</c> or <c>layers.0-1=int8</c> (all matrices of those layers).
/// </summary>
/// <param name="FirstLayer">Null where the rule holds in every layer and outside of them.</param>
/// <param name="Part">The matrix's short name; null for all.</param>
public sealed record WeightFormatRule(int? FirstLayer, int? LastLayer, string? Part, WeightFormat Format)
{
    private const string Layers = "layers.";

    /// <returns>The rule, or null where the text is none.</returns>
    public static WeightFormatRule? Parse(string text)
    {
        if (text.Split('=') is not [var target, var formatName] || WeightFormats.Parse(formatName) is not { } format)
            return null;

        if (!target.StartsWith(Layers, StringComparison.Ordinal))
            return IsPart(target) ? new WeightFormatRule(null, null, target, format) : null;

        string[] pieces = target[Layers.Length..].Split('.');
        string[] range = pieces[0].Split('-');
        if (pieces.Length > 2 || range.Length > 2 || (pieces.Length == 2 && !IsPart(pieces[1])))
            return null;

        return Layer(range[0]) is { } first && Layer(range[^1]) is { } last && first <= last
            ? new WeightFormatRule(first, last, pieces.Length == 2 ? pieces[1] : null, format)
            : null;
    }

    /// <param name="layer">Null outside of the layers.</param>
    /// <param name="part">Such as q, down or lm_head.</param>
    public bool Covers(int? layer, string part) =>
        (Part is null || Part == part) && (FirstLayer is null || (layer >= FirstLayer && layer <= LastLayer));

    public override string ToString()
    {
        string layers = FirstLayer is null ? "" : FirstLayer == LastLayer ? $"{Layers}{FirstLayer}" : $"{Layers}{FirstLayer}-{LastLayer}";
        string dot = layers != "" && Part is not null ? "." : "";
        return $"{layers}{dot}{Part}={WeightFormats.NameOf(Format)}";
    }

    private static bool IsPart(string text) => text.Length is > 0 and <= 32 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static int? Layer(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int layer) ? layer : null;
}
