using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Numbers;

/// <summary>Formats of numbers as bounds (OpenAPI's format registry). Other formats are about strings, and say nothing of a number.</summary>
internal static class NumberFormats
{
    private static readonly Dictionary<string, (string? Least, string? Most)> Ranges = new()
    {
        ["int8"] = ("-128", "127"),
        ["uint8"] = ("0", "255"),
        ["int16"] = ("-32768", "32767"),
        ["uint16"] = ("0", "65535"),
        ["int32"] = ("-2147483648", "2147483647"),
        ["uint32"] = ("0", "4294967295"),
        // Numbers have fewer digits than these hold.
        ["int64"] = (null, null),
        ["uint64"] = ("0", null),
        ["double"] = (null, null),
        ["float"] = ("-3.4028234e38", "3.4028234e38"),
        ["decimal"] = ("-79228162514264337593543950335", "79228162514264337593543950335"),
    };

    /// <summary>The lowest number of a format, or null.</summary>
    public static NumberBound? Least(JsonElement format) => Has(format) ? Bound(Ranges[format.GetString()!].Least) : null;

    /// <summary>The highest number of a format, or null.</summary>
    public static NumberBound? Most(JsonElement format) => Has(format) ? Bound(Ranges[format.GetString()!].Most) : null;

    private static NumberBound? Bound(string? number) => number is null ? null : new NumberBound(ExactDecimal.Read(JsonElement.Parse(number), "format"), IsExclusive: false);

    private static bool Has(JsonElement format) => format.ValueKind == JsonValueKind.String && Ranges.ContainsKey(format.GetString()!);
}
