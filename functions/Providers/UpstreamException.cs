namespace Serverless.Functions.Providers;

/// <summary>
/// A provider did not do what it was asked. It carries statuses and machine-readable words only: what a provider says in prose may
/// quote the prompt or the key, so it goes no further than this, but for a server's that says of it that it does not.
/// </summary>
public sealed class UpstreamException(UpstreamFailure failure, int status = 0, Exception? innerException = null)
    : Exception($"Provider call failed: {failure} {status}", innerException)
{
    public UpstreamFailure Failure { get; } = failure;

    /// <summary>The HTTP status; 0 when there was none.</summary>
    public int Status { get; } = status;

    /// <summary>The provider's error code, when it is a plain word.</summary>
    public string? Code { get; init; }

    /// <summary>The field that the provider complains of, when it is a plain name.</summary>
    public string? Param { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What the server says of the request, where it says as well that this quotes no prompt and no key (<see cref="Contracts.ErrorBody.QuotesNoContentHeader"/>); at most 2,000 characters.</summary>
    public string? Explanation { get; init; }

    /// <summary>The numbers of a complaint of length, in the provider's order: its limit, what was asked.</summary>
    public IReadOnlyList<long> Counts { get; init; } = [];
}
