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

    // Two hyphens in a row may begin what encodes other letters (RFC 5890, section 2.3.1), by rules of its own: there are none.
    private const string Label = "[0-9A-Za-z](?:-?[0-9A-Za-z]){0,31}";

    // Six of them and the points between are no more than the 253 characters that a name may have.
    private const string ShortLabel = "[0-9A-Za-z](?:-?[0-9A-Za-z]){0,19}";
    private const string Seconds = @"\d{1,4}S", Minutes = $@"\d{{1,4}}M(?:{Seconds})?", Hours = $@"\d{{1,4}}H(?:{Minutes})?";
    private const string Days = @"\d{1,4}D", Months = $@"\d{{1,4}}M(?:{Days})?", Years = $@"\d{{1,4}}Y(?:{Months})?";
    private const string DurationTime = $"T(?:{Hours}|{Minutes}|{Seconds})";
    private const string Piece = "[0-9A-Fa-f]{1,4}";
    private const string PathCharacter = "(?:[0-9A-Za-z._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";

    private const string Uuid = "^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$";
    private const string Base64 = "^(?:[0-9A-Za-z+/]{4})*(?:[0-9A-Za-z+/]{2}==|[0-9A-Za-z+/]{3}=)?$";

    private static readonly Dictionary<string, string> Patterns = new()
    {
        // RFC 3339, section 5.6, without leap seconds and in capitals.
        ["date"] = $"^{Date}$",
        ["time"] = $"^{Time}$",
        ["date-time"] = $"^{Date}T{Time}$",
        // RFC 9562, section 4.
        ["uuid"] = Uuid,
        ["guid"] = Uuid,
        // RFC 4648, section 4, under OpenAPI's name and under pydantic's and zod's.
        ["byte"] = Base64,
        ["base64"] = Base64,
        // RFC 2673, section 3.2.
        ["ipv4"] = $@"^(?:{Octet}\.){{3}}{Octet}$",
        // RFC 4291, section 2.2, without IPv4 at the end.
        ["ipv6"] = $"^(?:(?:{Piece}:){{7}}{Piece}|(?:{Piece}:){{1,7}}:|(?:{Piece}:){{1,6}}:{Piece}|(?:{Piece}:){{1,5}}(?::{Piece}){{1,2}}|(?:{Piece}:){{1,4}}(?::{Piece}){{1,3}}"
            + $"|(?:{Piece}:){{1,3}}(?::{Piece}){{1,4}}|(?:{Piece}:){{1,2}}(?::{Piece}){{1,5}}|{Piece}:(?::{Piece}){{1,6}}|:(?::{Piece}){{1,7}}|::)$",
        // RFC 1123, section 2.1.
        ["hostname"] = $@"^(?:{ShortLabel}\.){{0,5}}{ShortLabel}$",
        // RFC 3339, appendix A, with numbers of four digits at most.
        ["duration"] = $@"^P(?:(?:{Years}|{Months}|{Days})(?:{DurationTime})?|{DurationTime}|\d{{1,4}}W)$",
        // RFC 3986, section 3: behind // a host name and a port; or no authority, and a path.
        ["uri"] = $@"^[A-Za-z][0-9A-Za-z+.-]*:(?://{Label}(?:\.{Label})*(?::\d{{1,4}})?(?:/{PathCharacter}*)*|{PathCharacter}+(?:/{PathCharacter}*)*)(?:\?(?:{PathCharacter}|[/?])*)?(?:#(?:{PathCharacter}|[/?])*)?$",
        // RFC 5321, section 4.1.2: atoms and host names, without quotes and literal addresses.
        ["email"] = $@"^{Atoms}@{Label}(?:\.{Label})+$",
    };

    // JSON Schema's own (Validation 2020-12, section 7.3) that have none here.
    private static readonly string[] Undefined = ["idn-email", "idn-hostname", "uri-reference", "iri", "iri-reference", "uri-template", "json-pointer", "relative-json-pointer", "regex"];

    /// <summary>Whether a format is one that only generators of schemas know, as zod's <c>cuid</c>: a pattern beside it says what it is.</summary>
    public static bool IsOfGenerators(JsonElement format) => format.ValueKind == JsonValueKind.String && format.GetString() is { } name && !Patterns.ContainsKey(name) && !Undefined.Contains(name);

    /// <exception cref="SchemaException">The format has no pattern.</exception>
    public static string PatternOf(JsonElement format) =>
        format.ValueKind == JsonValueKind.String && Patterns.TryGetValue(format.GetString()!, out string? pattern)
            ? pattern
            : throw new SchemaException($"format must be one of: {string.Join(", ", Patterns.Keys)}");
}
