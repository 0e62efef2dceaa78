using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Local.Durable.Storage;

namespace Serverless.Local.Durable;

/// <summary>Query results, page by page in the order of creation. A token names the last instance seen, so that pages neither overlap nor skip.</summary>
internal sealed class InstancePages(DurableStore store, InstanceFilter filter, int pageSize, bool payloads, string? firstToken, bool nothing)
    : AsyncPageable<OrchestrationMetadata>
{
    public override IAsyncEnumerable<Page<OrchestrationMetadata>> AsPages(string? continuationToken = null, int? pageSizeHint = null) =>
        Pages(continuationToken ?? firstToken, pageSizeHint ?? pageSize);

    private async IAsyncEnumerable<Page<OrchestrationMetadata>> Pages(
        string? token, int size, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        var after = token is null ? null : Parse(token);
        while (!nothing)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            var from = after;

            // One more than the page holds says whether there is another.
            var rows = store.Read(sql => InstanceTable.Page(sql, filter, from, size + 1, payloads));
            var more = rows.Count > size;
            if (more) rows.RemoveAt(size);
            after = more ? (rows[^1].CreatedAt, rows[^1].InstanceId) : null;
            yield return new([.. rows.Select(row => InstanceReport.Of(row, payloads))], after is { } last ? Write(last) : null);
            if (!more) yield break;
        }
    }

    private static string Write((long CreatedAt, string Id) last) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{last.CreatedAt} {last.Id}")));

    private static (long CreatedAt, string Id)? Parse(string token)
    {
        try
        {
            var text = Encoding.UTF8.GetString(Convert.FromBase64String(token));
            var space = text.IndexOf(' ', StringComparison.Ordinal);
            return (long.Parse(text.AsSpan(0, Math.Max(0, space)), CultureInfo.InvariantCulture), text[(space + 1)..]);
        }
        catch (FormatException e)
        {
            throw new ArgumentException("The continuation token is not one that a query gave out.", nameof(token), e);
        }
    }
}
