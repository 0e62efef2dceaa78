using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using Serverless.GpuWorker.Constraints;

namespace Serverless.GpuWorker.Tests.Constraints;

public sealed class StringFormatTests
{
    [Theory]
    [InlineData("date")]
    [InlineData("time")]
    [InlineData("date-time")]
    [InlineData("uuid")]
    [InlineData("ipv4")]
    [InlineData("email")]
    [InlineData("ipv6")]
    [InlineData("hostname")]
    [InlineData("duration")]
    [InlineData("uri")]
    [InlineData("uuid4")]
    [InlineData("idn-hostname")]
    [InlineData("idn-email")]
    [InlineData("iri")]
    [InlineData("uri-reference")]
    [InlineData("uri-template")]
    [InlineData("json-pointer")]
    [InlineData("relative-json-pointer")]
    [InlineData("ipvanyaddress")]
    [InlineData("ipv4interface")]
    [InlineData("url")]
    [InlineData("host-name")]
    [InlineData("ip-address")]
    [InlineData("regex")]
    public void Next_RandomWalksOfAFormat_ParseAsIt(string format)
    {
        var start = Start($$"""{"type":"string","format":"{{format}}"}""");
        int complete = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            if (AutomatonWalk.Sample(start, new Random(seed)) is not { } document)
                continue;

            complete++;
            string text = JsonSerializer.Deserialize<string>(document)!;
            Assert.True(IsOf(format, text), text);
        }
        Assert.True(complete > 30, $"{complete} complete");
    }

    [Theory]
    [InlineData("date", "2024-02-29", true)]
    [InlineData("date", "2023-02-29", false)]
    [InlineData("date", "1900-02-29", false)]
    [InlineData("date", "2000-02-29", true)]
    [InlineData("date", "2024-04-31", false)]
    [InlineData("date-time", "2024-12-31T23:59:59.999+05:30", true)]
    [InlineData("date-time", "2024-12-31 23:59:59Z", false)]
    [InlineData("time", "24:00:00Z", false)]
    [InlineData("uuid", "123e4567-e89b-12d3-A456-426614174000", true)]
    [InlineData("guid", "123e4567-e89b-12d3-A456-426614174000", true)]
    [InlineData("byte", "aGVsbG8=", true)]
    [InlineData("base64", "", true)]
    [InlineData("base64", "aGVsbG8", false)]
    [InlineData("ipv4", "255.250.199.0", true)]
    [InlineData("ipv4", "256.0.0.1", false)]
    [InlineData("ipv4", "01.0.0.1", false)]
    [InlineData("email", "ada.lovelace+notes@mail.example.org", true)]
    [InlineData("email", "ada@localhost", false)]
    [InlineData("ipv6", "2001:db8::8a2e:370:7334", true)]
    [InlineData("ipv6", "::", true)]
    [InlineData("ipv6", "::1", true)]
    [InlineData("ipv6", "1:2:3:4:5:6:7::", true)]
    [InlineData("ipv6", "1::2::3", false)]
    [InlineData("ipv6", "1:2:3:4:5:6:7:8:9", false)]
    [InlineData("ipv6", "12345::", false)]
    [InlineData("hostname", "www.example-1.org", true)]
    [InlineData("hostname", "-a.org", false)]
    [InlineData("hostname", "xn--chb89f", false)]
    [InlineData("email", "ada@xn--chb89f.org", false)]
    [InlineData("hostname", "a..org", false)]
    [InlineData("duration", "P1Y2M10DT2H30M", true)]
    [InlineData("duration", "PT36H", true)]
    [InlineData("duration", "P4W", true)]
    [InlineData("duration", "P", false)]
    [InlineData("duration", "P1DT", false)]
    [InlineData("duration", "P1Y1D", false)]
    [InlineData("uri", "https://example.org:8080/a%20b?q=1/2#top", true)]
    [InlineData("uri", "urn:isbn:0451450523", true)]
    [InlineData("uri", "https://example.org/a b", false)]
    [InlineData("uri", "/relative", false)]
    [InlineData("uuid4", "123e4567-e89b-42d3-a456-426614174000", true)]
    [InlineData("uuid4", "123e4567-e89b-12d3-a456-426614174000", false)]
    [InlineData("uuid7", "123e4567-e89b-72d3-c456-426614174000", false)]
    [InlineData("uri-reference", "/a/b?c#d", true)]
    [InlineData("uri-reference", "a%20b/../c", true)]
    [InlineData("uri-reference", "", true)]
    [InlineData("uri-reference", "https://example.org/", true)]
    [InlineData("uri-reference", "a:b c", false)]
    [InlineData("uri-template", "/users/{id}{?q,r}", false)]
    [InlineData("uri-template", "/users/{id}/posts/{post,page}", true)]
    [InlineData("uri-template", "/users/{id", false)]
    [InlineData("json-pointer", "/a~1b/0", true)]
    [InlineData("json-pointer", "", true)]
    [InlineData("json-pointer", "a", false)]
    [InlineData("json-pointer", "/~2", false)]
    [InlineData("relative-json-pointer", "1/a", true)]
    [InlineData("relative-json-pointer", "0#", true)]
    [InlineData("relative-json-pointer", "01/a", false)]
    [InlineData("ipv4interface", "10.0.0.1/24", true)]
    [InlineData("ipv4interface", "10.0.0.1/33", false)]
    [InlineData("regex", "^[a-z0-9_]+\\\\.txt$", true)]
    [InlineData("regex", "^(?:a|b{2})*c?", true)]
    [InlineData("regex", "(a", false)]
    [InlineData("regex", "a**", false)]
    [InlineData("regex", "[b-a]", false)]
    [InlineData("password", "any thing", true)]
    [InlineData("binary", "", true)]
    [InlineData("file-path", "/etc/hosts", true)]
    public void Next_TextOfAFormat_IsTakenWhereItIsOne(string format, string text, bool isComplete) =>
        Assert.Equal(isComplete, AutomatonWalk.Accepts(Start($$"""{"format":"{{format}}"}"""), $"\"{text}\""));

    private static ConstraintState Start(string schema) => AutomatonWalk.Start(ReadForm.OfSchema(schema));

    private static bool IsOf(string format, string text) => format switch
    {
        // .NET has no year 0.
        "date" => IsDate(text),
        "time" => IsTime(text),
        "date-time" => text[10] == 'T' && IsDate(text[..10]) && IsTime(text[11..]),
        "uuid" => Guid.TryParseExact(text, "D", out _),
        "uuid4" => Guid.TryParseExact(text, "D", out var id) && id.Version == 4 && (id.Variant & 0xC) == 8,
        "ipv4interface" => IPNetwork.TryParse(text, out _) || IsOf("ipv4", text[..text.IndexOf('/', StringComparison.Ordinal)]),
        "uri-reference" => Uri.IsWellFormedUriString(text, UriKind.RelativeOrAbsolute) || text.Contains(':', StringComparison.Ordinal),
        "uri-template" => !text.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal).Contains('\'', StringComparison.Ordinal) && text.Count(c => c == '{') == text.Count(c => c == '}'),
        "regex" => new Regex(text, RegexOptions.ECMAScript).Match("") is not null,
        "json-pointer" => IsPointer(text),
        "relative-json-pointer" => text.TrimStart("0123456789".ToCharArray()) is var rest && rest.Length < text.Length && (rest == "#" || IsPointer(rest)),
        "ipvanyaddress" or "ipv4" or "ip-address" => IPAddress.TryParse(text, out var address) && address.ToString() == text,
        "ipv6" => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 && text.Length > 0 && !text.Contains('%'),
        "hostname" or "idn-hostname" or "host-name" => Uri.CheckHostName(text) is UriHostNameType.Dns or UriHostNameType.IPv4 || text.All(c => char.IsAsciiDigit(c) || c == '.'),
        "duration" => text.EndsWith('W') || XmlConvert.ToTimeSpan(text) >= TimeSpan.Zero,
        "uri" or "iri" or "url" => Uri.IsWellFormedUriString(text, UriKind.Absolute) || !text.Contains("://", StringComparison.Ordinal),
        _ => MailAddress.TryCreate(text, out var mail) && mail.Address == text && Encoding.UTF8.GetByteCount(text) == text.Length,
    };

    private static bool IsPointer(string text) =>
        (text.Length == 0 || text[0] == '/') && !text.Replace("~0", "", StringComparison.Ordinal).Replace("~1", "", StringComparison.Ordinal).Contains('~', StringComparison.Ordinal);

    private static bool IsDate(string text) => DateOnly.TryParseExact(text.StartsWith("0000", StringComparison.Ordinal) ? "2000" + text[4..] : text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static bool IsTime(string text)
    {
        int zone = text.IndexOfAny(['Z', '+', '-']);
        string hours = text[zone..] is "Z" ? "00:00" : text[(zone + 1)..], seconds = text[..zone];
        return TimeOnly.TryParseExact(hours, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            && TimeOnly.TryParseExact(seconds[..8], "HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            && (seconds.Length == 8 || (seconds[8] == '.' && seconds.Length is > 9 and <= 18 && seconds[9..].All(char.IsAsciiDigit)));
    }
}
