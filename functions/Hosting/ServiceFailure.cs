using System.Net.Http.Headers;
using Azure;

namespace Serverless.Functions.Hosting;

/// <summary>What may be said of a failure whose own words may quote names or content: a service's status and code, or the kind of exception.</summary>
internal static class ServiceFailure
{
    public static string Describe(Exception failure) => failure is RequestFailedException request
        ? $"a service answered with status {request.Status} ({request.ErrorCode ?? "no code"})."
        : $"{failure.GetType().Name}.";

    /// <summary>When a service that failed may be asked again: when it says, else in a second. Null where waiting mends nothing: what the app may not do, it may not do later.</summary>
    public static TimeSpan? RetryAfterOf(RequestFailedException failure) =>
        failure.Status is 401 or 403 ? null : RetryAfterOf(failure.GetRawResponse()) ?? TimeSpan.FromSeconds(1);

    /// <summary>What an answer says in <c>Retry-After</c>, in seconds or as a date; null for nothing.</summary>
    public static TimeSpan? RetryAfterOf(Response? answer)
    {
        if (answer is null || !answer.Headers.TryGetValue("Retry-After", out var text) || !RetryConditionHeaderValue.TryParse(text, out var told)) return null;
        var wait = told.Delta ?? (told.Date - DateTimeOffset.UtcNow);
        return wait > TimeSpan.Zero ? wait : null;
    }
}
