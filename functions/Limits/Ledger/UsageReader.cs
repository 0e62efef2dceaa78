using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Serverless.Contracts;

namespace Serverless.Functions.Limits.Ledger;

/// <summary>Sums the ledger's records of some days, a line at a time.</summary>
public sealed class UsageReader(BlobServiceClient storage)
{
    private readonly BlobContainerClient _container = storage.GetBlobContainerClient(UsageLedger.Container);

    /// <returns>In the order of the groups' values.</returns>
    public async Task<IReadOnlyList<UsageTotals>> SumAsync(UsageQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var sums = new Dictionary<string, UsageTotals>(StringComparer.Ordinal);
        for (var day = query.From.UtcDateTime.Date; day < query.To.UtcDateTime; day = day.AddDays(1))
        {
            foreach (var blob in await NamesAsync(day.ToString("yyyy/MM/dd/", CultureInfo.InvariantCulture), cancellationToken).ConfigureAwait(false))
                await AddAsync(blob, query, sums, cancellationToken).ConfigureAwait(false);
        }

        return [.. sums.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => s.Value)];
    }

    private async Task<List<string>> NamesAsync(string prefix, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        try
        {
            await foreach (var item in _container.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix, cancellationToken).ConfigureAwait(false)) names.Add(item.Name);
        }
        catch (RequestFailedException missing) when (missing.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
        }

        return names;
    }

    private async Task AddAsync(string name, UsageQuery query, Dictionary<string, UsageTotals> sums, CancellationToken cancellationToken)
    {
        var stream = await _container.GetBlobClient(name).OpenReadAsync(new BlobOpenReadOptions(allowModifications: true), cancellationToken).ConfigureAwait(false);
        await using var _ = stream.ConfigureAwait(false);
        using var lines = new StreamReader(stream);
        while (await lines.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (Read(line) is not { } record || !query.Matches(record)) continue;
            var key = UsageTotals.KeyOf(record, query.GroupBy);
            var text = string.Join('\n', key);
            if (!sums.TryGetValue(text, out var totals)) sums[text] = totals = new UsageTotals(key);
            totals.Add(record);
        }
    }

    /// <summary>A line that is no record, because somebody else wrote it, counts for nothing.</summary>
    private static UsageRecord? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<UsageRecord>(line, WireJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
