namespace Serverless.Functions.Providers;

/// <summary>When a service says that it is worth asking again: <c>Retry-After</c> (RFC 9110, 10.2.3).</summary>
internal static class RetryAfterHeader
{
    /// <summary>A wait of more than ten days is none that anybody means; in milliseconds it is a quarter of an hour.</summary>
    public const double MostSeconds = 1_000_000;

    /// <summary>The wait in whole seconds or until a date. The date is by the service's clock, so it is held against the answer's own: this machine's may be hours off.</summary>
    /// <param name="now">By this machine's clock, for an answer without a date.</param>
    /// <returns>Null where there is none, it is over, or it is longer than <see cref="MostSeconds"/>.</returns>
    public static TimeSpan? Read(HttpResponseMessage response, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(response);
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? (header?.Date - (response.Headers.Date ?? now));
        return wait > TimeSpan.Zero && wait.Value.TotalSeconds <= MostSeconds ? wait : null;
    }
}
