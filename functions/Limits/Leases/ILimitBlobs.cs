using Azure;

namespace Serverless.Functions.Limits.Leases;

/// <summary>Where the counters are. Every answer tells the storage's time.</summary>
internal interface ILimitBlobs
{
    /// <summary>The state of a scope.</summary>
    /// <param name="known">The ETag of a state at hand, which is then not sent again.</param>
    /// <exception cref="RequestFailedException">The storage did not answer as it should.</exception>
    Task<BlobSight> ReadAsync(string scope, ETag? known, CancellationToken cancellationToken);

    /// <summary>Writes a state when the present one is still <paramref name="expected"/> (null: when there is none).</summary>
    /// <returns>The new ETag, or null when somebody else was faster.</returns>
    /// <exception cref="RequestFailedException">The storage did not answer as it should: whether it has written is not known.</exception>
    Task<(ETag? Written, DateTimeOffset? Date)> WriteAsync(string scope, ScopeState state, ETag? expected, CancellationToken cancellationToken);
}
