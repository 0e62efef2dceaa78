using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Limits.Prices;

/// <summary>The price table, cached in memory for as long as a route is.</summary>
public sealed class PriceStore(ConfigStore config, GatewayOptions options, TimeProvider time)
{
    private const string Blob = "prices.json";
    private const int MaxAttempts = 40;
    private static readonly PriceTable None = new();

    private readonly ExpiringCache<PriceTable> _cache = new(time);
    private Func<string, CancellationToken, Task<(PriceTable? Value, TimeSpan Keep)>>? _load;

    public async ValueTask<PriceTable> GetAsync(CancellationToken cancellationToken) =>
        await _cache.GetAsync(Blob, _load ??= LoadAsync, cancellationToken).ConfigureAwait(false) ?? None;

    public async Task<PriceTable> ReplaceAsync(IReadOnlyList<PriceEntry> prices, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var entry = await config.ReadAsync<PriceTable>(Blob, cancellationToken).ConfigureAwait(false);
            var next = new PriceTable { Revision = (entry?.Value.Revision ?? 0) + 1, Prices = prices };
            if (!await config.TryWriteAsync(Blob, next, entry?.ETag, cancellationToken).ConfigureAwait(false)) continue;
            _cache.Set(Blob, next, options.RouteCache, current => current.Revision > next.Revision);
            return next;
        }

        throw new GatewayException(
            StatusCodes.Status503ServiceUnavailable, new ErrorDetail("too_many_writers", "The prices are being changed by too many at once; try again.", "server_error"), TimeSpan.FromSeconds(1));
    }

    private async Task<(PriceTable? Value, TimeSpan Keep)> LoadAsync(string blob, CancellationToken cancellationToken) =>
        ((await config.ReadAsync<PriceTable>(blob, cancellationToken).ConfigureAwait(false))?.Value ?? None, options.RouteCache);
}
