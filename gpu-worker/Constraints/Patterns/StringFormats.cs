using System.Text.Json;
using Serverless.GpuWorker.Constraints.Schemas;

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

    private const string Ipv4 = $@"(?:{Octet}\.){{3}}{Octet}";
    private const string Segment = "(?:[0-9A-Za-z._~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2})+";
    private const string QueryAndFragment = $@"(?:\?(?:{PathCharacter}|[/?])*)?(?:#(?:{PathCharacter}|[/?])*)?";
    private const string Absolute = $@"[A-Za-z][0-9A-Za-z+.-]*:(?://{Label}(?:\.{Label})*(?::\d{{1,4}})?(?:/{PathCharacter}*)*|{PathCharacter}+(?:/{PathCharacter}*)*){QueryAndFragment}";
    private const string Reference = $@"^(?:{Absolute}|(?:/|/?{Segment}(?:/{PathCharacter}*)*)?{QueryAndFragment})$";
    private const string Tokens = "(?:/(?:[^/~]|~[01])*)*";
    private const string Mailbox = $@"^{Atoms}@{Label}(?:\.{Label})+$";
    private const string Hostname = $@"^(?:{ShortLabel}\.){{0,5}}{ShortLabel}$";

    private const string Repeated = @"(?:[ !""#%&',/0-9:;<=>@A-Z_`a-z~-]|\.|\\[dDwWsS.*+?^$|()\[\]{}\\/]|\[\^?(?:a-z|A-Z|0-9|[0-9A-Za-z_.,:;@ ])+\])(?:[*+?]|\{[1-9]\d?\})?";
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
        // RFC 9562, section 5, under pydantic's names.
        ["uuid1"] = UuidOf("1"),
        ["uuid3"] = UuidOf("3"),
        ["uuid4"] = UuidOf("4"),
        ["uuid5"] = UuidOf("5"),
        ["uuid6"] = UuidOf("6"),
        ["uuid7"] = UuidOf("7"),
        ["uuid8"] = UuidOf("8"),
        // RFC 4648, section 4, under OpenAPI's name and under pydantic's and zod's.
        ["byte"] = Base64,
        ["base64"] = Base64,
        // RFC 2673, section 3.2.
        ["ipv4"] = $"^{Ipv4}$",
        // pydantic's: what its types take, of which IPv4 is some.
        ["ipvanyaddress"] = $"^{Ipv4}$",
        ["ipv4interface"] = $@"^{Ipv4}/(?:[12]?\d|3[0-2])$",
        ["ipvanyinterface"] = $@"^{Ipv4}/(?:[12]?\d|3[0-2])$",
        // RFC 4291, section 2.2, without IPv4 at the end.
        ["ipv6"] = $"^(?:(?:{Piece}:){{7}}{Piece}|(?:{Piece}:){{1,7}}:|(?:{Piece}:){{1,6}}:{Piece}|(?:{Piece}:){{1,5}}(?::{Piece}){{1,2}}|(?:{Piece}:){{1,4}}(?::{Piece}){{1,3}}"
            + $"|(?:{Piece}:){{1,3}}(?::{Piece}){{1,4}}|(?:{Piece}:){{1,2}}(?::{Piece}){{1,5}}|{Piece}:(?::{Piece}){{1,6}}|:(?::{Piece}){{1,7}}|::)$",
        // RFC 1123, section 2.1.
        ["hostname"] = Hostname,
        // RFC 5890, section 2.3.2.3, of which those without other letters are some.
        ["idn-hostname"] = Hostname,
        // Draft 3's names.
        ["host-name"] = Hostname,
        ["ip-address"] = $"^{Ipv4}$",
        // RFC 3339, appendix A, with numbers of four digits at most.
        ["duration"] = $@"^P(?:(?:{Years}|{Months}|{Days})(?:{DurationTime})?|{DurationTime}|\d{{1,4}}W)$",
        // RFC 3986, section 3: behind // a host name and a port; or no authority, and a path.
        ["uri"] = $"^{Absolute}$",
        // RFC 3987: those of RFC 3986 are some.
        ["iri"] = $"^{Absolute}$",
        // What schemas often call it.
        ["url"] = $"^{Absolute}$",
        // RFC 3986, section 4.2, without an authority of its own and colons in its first segment.
        ["uri-reference"] = Reference,
        ["iri-reference"] = Reference,
        // RFC 6570, section 2: literals, and expressions without operators and modifiers.
        ["uri-template"] = @"^(?:[0-9A-Za-z._~!$&()*+,;=:@/?#-]|%[0-9A-Fa-f]{2}|\{[0-9A-Za-z_]+(?:,[0-9A-Za-z_]+)*\})*$",
        // RFC 6901, and the relative ones of draft-bhutton-relative-json-pointer.
        ["json-pointer"] = $"^{Tokens}$",
        ["relative-json-pointer"] = $@"^(?:0|[1-9]\d{{0,3}})(?:#|{Tokens})$",
        // ECMA-262, section 22.2.1: characters, classes and groups that nothing is wrong with anywhere, as patterns have them.
        ["regex"] = $@"^\^?(?:{Repeated}|\((?:\?:)?(?:{Repeated})+(?:\|(?:{Repeated})+)*\)[*+?]?)*\$?$",
        // RFC 5321, section 4.1.2: atoms and host names, without quotes and literal addresses.
        ["email"] = Mailbox,
        // RFC 6531: the same, and others.
        ["idn-email"] = Mailbox,
    };

    // Of OpenAPI and pydantic: what a text is for or read as, of which any may be.
    private static readonly string[] Any = ["password", "binary", "path", "file-path", "directory-path"];

    /// <summary>
    /// The pattern of a format; null where every string has it, as of names that no specification has: those are an agreement between the schema's author and whoever reads what is written
    /// (JSON Schema draft 7, section 7.1).
    /// </summary>
    /// <exception cref="SchemaException">The format is no string, or may be a misspelling of one that has a pattern.</exception>
    public static string? PatternOf(JsonElement format)
    {
        if (format.ValueKind != JsonValueKind.String)
            throw new SchemaException("format must be a string");

        string name = format.GetString()!;
        if (Patterns.TryGetValue(name, out string? pattern))
            return pattern;

        return Any.Contains(name) || !Patterns.Keys.Any(known => SchemaSpelling.IsLike(name, known)) ? null
            : throw new SchemaException($"format must be one of: {string.Join(", ", Patterns.Keys.Concat(Any))}; or a name that is not much like one of these");
    }

    /// <summary>The pattern of a <c>contentEncoding</c> (RFC 4648); null where it is another, which drafts 2019-09 and later do not hold strings to.</summary>
    public static string? PatternOfEncoding(JsonElement encoding) => encoding.ValueKind == JsonValueKind.String && encoding.ValueEquals("base64") ? Base64 : null;

    private static string UuidOf(string version) => $"^[0-9A-Fa-f]{{8}}-[0-9A-Fa-f]{{4}}-{version}[0-9A-Fa-f]{{3}}-[89ABab][0-9A-Fa-f]{{3}}-[0-9A-Fa-f]{{12}}$";
}
