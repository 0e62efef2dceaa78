using System.Text.Json;
using System.Text.RegularExpressions;

namespace Serverless.Contracts.Tests.Fuzzing;

/// <summary>What no answer to a wrong request may be.</summary>
public static partial class AnswerFaults
{
    /// <summary>What is wrong with an answer; null when nothing is.</summary>
    /// <param name="isOfTheApp">False where the server refused before the app had the request: such an answer has no body.</param>
    /// <param name="unnamed">Codes of errors in which no field is at fault.</param>
    public static string? Of(FuzzedRequest request, RawAnswer answer, bool isOfTheApp, IReadOnlySet<string> unnamed)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(answer);
        if (answer.Status >= 500 && answer.Status != 505) return "a 5xx";
        var isScript = answer.Headers.TryGetValue("Content-Type", out var type) && type.StartsWith("text/javascript", StringComparison.OrdinalIgnoreCase);
        if (!isScript && ExceptionName().IsMatch(answer.Body)) return "an exception's name or stack";
        if (answer.Headers.Keys.Any(k => k.StartsWith("X-Evil", StringComparison.OrdinalIgnoreCase))) return "a header of the caller's";
        if (answer.Status is 0) return request.Body.Length > 1_000_000 ? null : "no answer";
        if (answer.Status < 400) return null;
        if (!isOfTheApp) return answer.Body.Length == 0 ? null : "a body that is not the app's";
        if (request.Method == "HEAD") return null;
        try
        {
            var body = JsonSerializer.Deserialize<JsonElement>(answer.Body);
            var error = body.GetProperty("error");
            // JSON-RPC has numbers for codes, and names fields in words.
            if (body.TryGetProperty("jsonrpc", out _)) return error.GetProperty("code").GetInt32() < 0 && error.GetProperty("message").GetString() is { Length: > 0 } ? null : "an error without words";
            if (string.IsNullOrEmpty(error.GetProperty("message").GetString()) || string.IsNullOrEmpty(error.GetProperty("type").GetString())) return "an error without words";
            return (error.TryGetProperty("param", out var param) && param.ValueKind == JsonValueKind.String) || unnamed.Contains(error.GetProperty("code").GetString()!) ? null : "an error that names no field";
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "not the error's shape";
        }
    }

    [GeneratedRegex(@"\w+Exception\b|\bat (Serverless|System|Azure|Microsoft)\.")]
    private static partial Regex ExceptionName();
}
