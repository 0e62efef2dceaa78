using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Clients;

/// <summary>
/// The tenant's public keys. They are read once for all who wait, anew on the side before a day is over, and when a token names a key that is not among them:
/// then at most once in five minutes, so that tokens with made-up keys make no load.
/// </summary>
public sealed class EntraKeys(EntraOptions options, IDocumentRetriever documents, TimeProvider time)
{
    private const string Name = "keys";
    private static readonly TimeSpan Keep = TimeSpan.FromHours(24);
    private static readonly TimeSpan LeastBetweenRefreshes = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);

    private readonly ExpiringCache<OpenIdConnectConfiguration> _cache = new(time);
    private readonly Lock _lock = new();
    private TimeSpan? _refreshed;
    private TimeSpan? _failed;

    /// <exception cref="GatewayException">503: they are not known and cannot be read.</exception>
    public async ValueTask<ICollection<SecurityKey>> GetAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (time.GetSteadyNow() - _failed < AfterFailure) throw Unavailable();
        }

        try
        {
            return (await _cache.GetAsync(Name, LoadAsync, cancellationToken).ConfigureAwait(false))!.SigningKeys;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or InvalidOperationException or ArgumentException or AggregateException or TimeoutException)
        {
            lock (_lock) _failed = time.GetSteadyNow();
            throw Unavailable();
        }
    }

    /// <summary>Forgets them, after a token named one that is not among them; false when that was done a moment ago.</summary>
    public bool Refresh()
    {
        lock (_lock)
        {
            var now = time.GetSteadyNow();
            if (now - _refreshed < LeastBetweenRefreshes) return false;
            _refreshed = now;
        }

        _cache.Remove(Name);
        return true;
    }

    private static GatewayException Unavailable() => new(
        StatusCodes.Status503ServiceUnavailable,
        new ErrorDetail("identity_unavailable", "The tenant's keys cannot be read now, so its tokens cannot be checked; try again later.", "server_error"),
        AfterFailure);

    private async Task<(OpenIdConnectConfiguration? Value, TimeSpan Keep)> LoadAsync(CancellationToken cancellationToken)
    {
        var read = await OpenIdConnectConfigurationRetriever.GetAsync(options.MetadataAddress, documents, cancellationToken).ConfigureAwait(false);
        return read.SigningKeys.Count > 0 ? (read, Keep) : throw new InvalidOperationException("The tenant's metadata has no keys.");
    }
}
