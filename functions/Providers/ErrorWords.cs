using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.Contracts;

namespace Serverless.Functions.Providers;

/// <summary>
/// What a provider's error says in machine-readable words. Prose may quote the prompt or the key and is dropped; from a complaint of
/// length the counts are kept, which tell a caller how much too long a prompt is.
/// </summary>
internal sealed partial record ErrorWords(string? Code, string? Param, bool IsTooLong, bool IsMosaicTooLong, IReadOnlyList<long> Counts)
{
    /// <summary>The HTTP status that the error would have had, had it come before anything else; null where nothing says so.</summary>
    public int? Status { get; private init; }

    /// <summary>How long to wait, where the error says it (Google's <c>RetryInfo</c>); null elsewhere.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>The message of an error in OpenAI's shape, where it was asked for; null where there is none, or one longer than 2,000 characters or of several lines.</summary>
    public string? Explanation { get; private init; }

    public const string ContextLengthExceeded = "context_length_exceeded";

    /// <summary>The code of a key that a service does not take, whatever the status.</summary>
    public const string InvalidApiKey = "invalid_api_key";

    private const int MaxCounts = 4;
    private const int MaxExplanationChars = 2000;
    private static readonly ErrorWords Nothing = new(null, null, false, false, []);

    /// <summary>
    /// How OpenAI and vLLM, Anthropic, Gemini, Cohere, Bedrock, text-generation-inference and MosaicML (which answers 500 to it,
    /// mlflow/gateway/providers/mosaicml.py) say that a prompt is too long.
    /// </summary>
    private static readonly string[] TooLong =
    [
        "context_length_exceeded", "maximum context length", "context length", "prompt is too long", "exceeds the maximum number of tokens", "too many tokens",
        "input is too long", "tokens + `max_new_tokens`", "must have less than", "input length and `max_tokens` exceed", "exceed context limit",
    ];

    /// <summary>How Anthropic says, as a bad request, that an account has nothing left.</summary>
    private static readonly string[] NothingLeft = ["credit balance is too low", "reached your specified api usage limits"];

    /// <summary>How Google and xAI say, as a bad request, that they do not take the key.</summary>
    private static readonly string[] RefusedKey = ["api key not valid", "api key expired", "incorrect api key provided"];

    private static readonly string[] Mosaic = ["error: max output tokens is limited to", "error: prompt token count"];

    /// <param name="explains">Whether the message is kept: of services that say that theirs quote nothing.</param>
    public static ErrorWords Read(ReadOnlySpan<byte> body, bool explains = false)
    {
        try
        {
            var error = JsonSerializer.Deserialize<JsonElement>(body, WireJson.Options);
            var explanation = explains ? Message(error) : null;
            // Google's OpenAI endpoint has its errors in a list.
            if (error.ValueKind == JsonValueKind.Array && error.GetArrayLength() > 0) error = error[0];
            var prose = Prose(error);
            var inner = error.ValueKind == JsonValueKind.Object && error.TryGetProperty("error", out var e) && e.ValueKind == JsonValueKind.Object ? e : error;
            if (inner.ValueKind != JsonValueKind.Object) return Nothing;
            var type = Word(inner, "type") ?? Word(inner, "error_type") ?? Word(inner, "error_code");
            var code = Word(inner, "code") ?? Word(inner, "status") ?? type;
            var isMosaic = Mosaic.Any(prose.Contains);
            var isTooLong = isMosaic || code == ContextLengthExceeded || TooLong.Any(prose.Contains);
            if (code == InvalidApiKey || VendorJson.Items(inner, "details").Any(detail => VendorJson.Text(detail, "reason") == "API_KEY_INVALID") || Array.Exists(RefusedKey, said => prose.StartsWith(said, StringComparison.Ordinal)))
                return new ErrorWords(InvalidApiKey, null, false, false, []) { Status = 401, Explanation = explanation };
            if (NothingLeft.Any(prose.Contains)) return new ErrorWords("insufficient_quota", null, false, false, []) { Status = 429, Explanation = explanation };
            return new ErrorWords(code, Place(inner), isTooLong, isMosaic, isTooLong || code is "body_too_large" or "request_too_large" ? Numbers(prose) : [])
            {
                Status = isTooLong ? 400 : Number(inner, "code") ?? Number(inner, "status") ?? StatusOf(code) ?? StatusOf(type),
                RetryAfter = Wait(inner),
                Explanation = explanation,
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return Nothing;
        }
    }

    private static string? Message(JsonElement error) =>
        VendorJson.Object(error, "error") is { } inner && inner.TryGetProperty("message", out var value) && value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 and <= MaxExplanationChars } message && !message.Any(char.IsControl) ? message : null;

    /// <summary>google.rpc.RetryInfo: <c>retryDelay</c> in seconds, <c>37s</c> or <c>0.5s</c>.</summary>
    private static TimeSpan? Wait(JsonElement error)
    {
        foreach (var detail in VendorJson.Items(error, "details"))
        {
            if (VendorJson.Text(detail, "retryDelay") is not { } text || !text.EndsWith('s')) continue;
            if (double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= RetryAfterHeader.MostSeconds) return TimeSpan.FromSeconds(seconds);
        }

        return null;
    }

    /// <summary>A plain word: neither a key nor a sentence looks like it. Other spellings become snake_case.</summary>
    public static string? Word(string text)
    {
        if (PlainWord().IsMatch(text)) return text;
        if (UpperWord().IsMatch(text)) return text.ToLowerInvariant();
        return PascalWord().IsMatch(text) ? JsonNamingPolicy.SnakeCaseLower.ConvertName(text) : null;
    }

    private static string? Word(JsonElement error, string name) =>
        error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { } text ? Word(text) : null;

    /// <summary>OpenAI writes <c>messages.[3].role</c> for what everybody calls <c>messages[3].role</c>.</summary>
    private static string? Place(JsonElement error) => VendorJson.Text(error, "param") is { } param ? Word(param.Replace(".[", "[", StringComparison.Ordinal)) : null;

    private static int? Number(JsonElement error, string name) => VendorJson.Count(error, name) is >= 400 and <= 599 and var status ? status : null;

    /// <summary>OpenAI's, Anthropic's and Google's words for what has statuses in HTTP.</summary>
    private static int? StatusOf(string? word) => word switch
    {
        "invalid_request_error" or "bad_request_error" or "invalid_argument" => 400,
        "authentication_error" or "permission_error" or "unauthenticated" or "permission_denied" => 401,
        "rate_limit_error" or "rate_limit_exceeded" or "insufficient_quota" or "resource_exhausted" => 429,
        "overloaded_error" or "service_unavailable_error" or "unavailable" => 503,
        "timeout_error" or "deadline_exceeded" => 504,
        _ => null,
    };

    private static string Prose(JsonElement error)
    {
        if (error.ValueKind == JsonValueKind.String) return error.GetString()!.ToLowerInvariant();
        if (error.ValueKind != JsonValueKind.Object) return "";
        foreach (var name in (string[])["error", "message", "Message", "detail"])
        {
            if (!error.TryGetProperty(name, out var value)) continue;
            if (value.ValueKind == JsonValueKind.String) return value.GetString()!.ToLowerInvariant();
            if (value.ValueKind == JsonValueKind.Object) return Prose(value);
        }

        return "";
    }

    private static List<long> Numbers(string prose) =>
        [.. AnyNumber().Matches(prose).Take(MaxCounts).Select(m => long.Parse(m.Value.Replace(",", "", StringComparison.Ordinal), CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"^[a-z][a-z_]{0,47}(\[\d{1,5}\])?(\.[a-z_]{1,48}){0,4}\z", RegexOptions.CultureInvariant)]
    private static partial Regex PlainWord();

    [GeneratedRegex(@"^[A-Z][A-Z_]{2,47}\z", RegexOptions.CultureInvariant)]
    private static partial Regex UpperWord();

    [GeneratedRegex(@"^([A-Z][a-z]{2,20}){1,4}(Exception|Error)\z", RegexOptions.CultureInvariant)]
    private static partial Regex PascalWord();

    [GeneratedRegex(@"(?<![\w.])\d{1,3}(,\d{3}){1,3}(?![\w])|(?<![\w.])\d{1,9}(?![\w])", RegexOptions.CultureInvariant)]
    private static partial Regex AnyNumber();
}
