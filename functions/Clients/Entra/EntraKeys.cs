using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Clients;

/// <summary>
/// The tenant's public keys. They are read once for all who wait; anew on the side once they are a day old; and when a token names a key that is not among
/// them, then at most once in five minutes, so that tokens with made-up keys make no load. Keys that are known stay known until others could be read: an
/// issuer that does not answer takes nobody's token away, as with Microsoft's own ConfigurationManager. Thread-safe.
/// </summary>
public sealed partial class EntraKeys(EntraOptions options, IDocumentRetriever documents, TimeProvider time, ILogger<EntraKeys> logger)
{
    private static readonly TimeSpan Keep = TimeSpan.FromHours(24);
    private static readonly TimeSpan LeastBetweenReadings = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private EntraKeySet? _known;
    private Task<EntraKeySet?>? _reading;
    private TimeSpan? _failed;
    private TimeSpan? _asked;

    /// <summary>The reading under way, for tests; a task that is done where there is none.</summary>
    internal Task Reading
    {
        get
        {
            lock (_lock) return _reading ?? Task.CompletedTask;
        }
    }

    /// <summary>The keys; those that are known at once.</summary>
    /// <exception cref="GatewayException">503: none are known and they cannot be read.</exception>
    public ValueTask<EntraKeySet> GetAsync(CancellationToken cancellationToken)
    {
        Task<EntraKeySet?> reading;
        lock (_lock)
        {
            var now = time.GetSteadyNow();
            if (_known is { } known)
            {
                if (now - known.ReadAt >= Keep && !(now - _failed < LeastBetweenReadings)) Read();
                return new(known);
            }

            if (_reading is null && now - _failed < AfterFailure) throw Unavailable();
            reading = Read();
        }

        return WaitAsync(reading, cancellationToken);
    }

    /// <summary>Keys that were read after those in which a token's was not found; null where there are none to be had now.</summary>
    /// <exception cref="GatewayException">503: they cannot be read, so that nobody can tell whether the key is the tenant's.</exception>
    public async ValueTask<EntraKeySet?> NewerAsync(EntraKeySet than, CancellationToken cancellationToken)
    {
        Task<EntraKeySet?> reading;
        lock (_lock)
        {
            if (!ReferenceEquals(_known, than)) return _known;
            if (_reading is null)
            {
                var now = time.GetSteadyNow();
                if (now - _failed < AfterFailure) throw Unavailable();
                // One that failed has told nobody that the key is not the tenant's, so that it does not count.
                if (now - _asked < LeastBetweenReadings && !(_failed >= _asked)) return null;
                _asked = now;
            }

            reading = Read();
        }

        return await WaitAsync(reading, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<EntraKeySet> WaitAsync(Task<EntraKeySet?> reading, CancellationToken cancellationToken) =>
        await reading.WaitAsync(cancellationToken).ConfigureAwait(false) ?? throw Unavailable();

    private static GatewayException Unavailable() => new(
        StatusCodes.Status503ServiceUnavailable,
        new ErrorDetail("identity_unavailable", "The tenant's keys cannot be read now, so its tokens cannot be checked; try again later.", "server_error"),
        AfterFailure);

    /// <summary>The reading under way, or a new one; not tied to whoever asked first. Called with the lock held.</summary>
    private Task<EntraKeySet?> Read()
    {
        if (_reading is not null) return _reading;
        using (ExecutionContext.SuppressFlow()) return _reading = Task.Run(ReadAsync);
    }

    /// <returns>Null where they cannot be read.</returns>
    private async Task<EntraKeySet?> ReadAsync()
    {
        EntraKeySet? read = null;
        try
        {
            var told = await OpenIdConnectConfigurationRetriever.GetAsync(options.MetadataAddress, documents, CancellationToken.None).ConfigureAwait(false);
            // An answer without keys would lock everybody out as long as it is kept.
            if (told.SigningKeys.Count > 0) read = new EntraKeySet(told.SigningKeys, told.Issuer, time.GetSteadyNow());
            else LogNotRead(logger, "its metadata have no keys");
        }
        catch (Exception exception)
        {
            LogNotRead(logger, exception.GetType().Name);
        }

        lock (_lock)
        {
            _reading = null;
            if (read is null) _failed = time.GetSteadyNow();
            else (_known, _failed) = (read, null);
        }

        return read;
    }

    [LoggerMessage(1321, LogLevel.Warning, "The keys of the tenant of 'Entra:TenantId' could not be read ({Reason}). Those that are known are used on; without any, tokens get 503 and keys work on.")]
    private static partial void LogNotRead(ILogger logger, string reason);
}
