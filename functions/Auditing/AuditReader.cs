using System.Text;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Serverless.Contracts;

namespace Serverless.Functions.Auditing;

/// <summary>Reads the audit, the latest first, an hour's blobs at a time and no more of them than a page takes.</summary>
public sealed class AuditReader(BlobServiceClient storage)
{
    private readonly BlobContainerClient _container = storage.GetBlobContainerClient(AuditLog.Container);

    /// <param name="from">The first moment, inclusive.</param>
    /// <param name="to">The end, exclusive.</param>
    /// <param name="before">An id that the page goes on behind; null for the first.</param>
    /// <param name="matches">What else must hold of an entry.</param>
    /// <returns>At most <paramref name="size"/> entries, and whether there are more.</returns>
    public async Task<(IReadOnlyList<AuditEntry> Entries, bool More)> PageAsync(
        DateTimeOffset from, DateTimeOffset to, string? before, Func<AuditEntry, bool> matches, int size, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(matches);
        var found = new List<AuditEntry>();
        foreach (var hour in await HoursAsync(from, to, before, cancellationToken).ConfigureAwait(false))
        {
            var entries = await ReadHourAsync(hour, cancellationToken).ConfigureAwait(false);
            found.AddRange(entries
                .Where(e => e.At >= from && e.At < to && (before is null || string.CompareOrdinal(e.Id, before) < 0) && matches(e))
                .OrderByDescending(e => e.Id, StringComparer.Ordinal));
            if (found.Count > size) return (found[..size], true);
        }

        return (found, false);
    }

    /// <summary>The blobs of each hour within the times, the latest hour first.</summary>
    private async Task<IEnumerable<IGrouping<string, string>>> HoursAsync(DateTimeOffset from, DateTimeOffset to, string? before, CancellationToken cancellationToken)
    {
        var first = HourOf(AuditLog.NameOf(from, 1));
        var last = HourOf(AuditLog.NameOf(to, 1));
        if (before is not null && long.TryParse(before.AsSpan(0, 19), out var ticks) && ticks >= 0 && ticks <= DateTime.MaxValue.Ticks)
        {
            var hour = HourOf(AuditLog.NameOf(new DateTimeOffset(ticks, TimeSpan.Zero), 1));
            if (string.CompareOrdinal(hour, last) < 0) last = hour;
        }

        var names = new List<string>();
        try
        {
            await foreach (var blob in _container.GetBlobsAsync(new GetBlobsOptions { Prefix = Common(first, last) }, cancellationToken).ConfigureAwait(false))
            {
                var hour = HourOf(blob.Name);
                if (string.CompareOrdinal(hour, first) >= 0 && string.CompareOrdinal(hour, last) <= 0) names.Add(blob.Name);
            }
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
        }

        return names.GroupBy(HourOf).OrderByDescending(g => g.Key, StringComparer.Ordinal);
    }

    private static string HourOf(string name) => name.Length >= 13 ? name[..13] : name;

    private static string Common(string first, string last)
    {
        var length = 0;
        while (length < first.Length && length < last.Length && first[length] == last[length]) length++;
        return first[..length];
    }

    private async Task<IReadOnlyCollection<AuditEntry>> ReadHourAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var entries = new Dictionary<string, AuditEntry>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            var stream = await _container.GetBlobClient(name).OpenReadAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            await using var _ = stream.ConfigureAwait(false);
            using var lines = new StreamReader(stream, Encoding.UTF8);
            while (await lines.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
            {
                if (Parse(line) is not { } entry) continue;
                // An end says more than its beginning, wherever it stands.
                if (!entries.TryGetValue(entry.Id, out var known) || known.Outcome == AuditOutcome.Begun) entries[entry.Id] = entry;
            }
        }

        return entries.Values;
    }

    /// <summary>A line that is not whole, which only a hand from outside can leave, hides no other.</summary>
    private static AuditEntry? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<AuditEntry>(line, WireJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
