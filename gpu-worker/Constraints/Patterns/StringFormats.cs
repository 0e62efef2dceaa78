using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Patterns;

/// <summary>Formats of strings as patterns: each permits only what the format's own definition does, though not all of it.</summary>
internal static class StringFormats
{
    // Every fourth year has a 29 February, but of the centuries only every fourth.
    private const string LeapYear = @"(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";
    private const string Date = $@"(?:\d{{4}}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)|{LeapYear}-02-29)";
    private const string HourAndMinute = @"(?:[01]\d|2[0-3]):[0-5]\d";
    private const string Time = $@"{HourAndMinute}:[0-5]\d(?:\.\d{{1,9}})?(?:Z|[+-]{HourAndMinute})";
    private const string Octet = @"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)";
    private const string Atoms = @"[0-9A-Za-z_+-]+(?:\.[0-9A-Za-z_+-]+)*";
    private const string Label = "[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?";

    private static readonly Dictionary<string, string> Patterns = new()
    {
        // RFC 3339, section 5.6, without leap seconds and in capitals.
        ["date"] = $"^{Date}$",
        ["time"] = $"^{Time}$",
        ["date-time"] = $"^{Date}T{Time}$",
        // RFC 9562, section 4.
        ["uuid"] = "^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
        // RFC 2673, section 3.2.
        ["ipv4"] = $@"^(?:{Octet}\.){{3}}{Octet}$",
        // RFC 5321, section 4.1.2: atoms and host names, without quotes and literal addresses.
        ["email"] = $@"^{Atoms}@{Label}(?:\.{Label})+$",
    };

    /// <exception cref="SchemaException">The format has no pattern.</exception>
    public static string PatternOf(JsonElement format) =>
        format.ValueKind == JsonValueKind.String && Patterns.TryGetValue(format.GetString()!, out string? pattern)
            ? pattern
            : throw new SchemaException($"format must be one of: {string.Join(", ", Patterns.Keys)}");
}
