using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>
/// Joins three listings by name, a page of each at a time: what is in memory is three pages, however many documents there are. Pure.
/// </summary>
public static class ListingMerge
{
    /// <summary>Everything that the pages tell for certain, in order, and where to go on. Names beyond the end of a page that has a successor wait for it.</summary>
    public static (IReadOnlyList<ListedDocument> Documents, ListingPlaces Next) Merge(
        ListingPlaces places, ListingPage<ListedBlob> documents, ListingPage<DocumentStatus> statuses, ListingPage<DateTimeOffset> texts)
    {
        ArgumentNullException.ThrowIfNull(places);
        // A service may answer with an empty page and a token: only that listing moves on.
        if (IsEmptyWithMore(documents) || IsEmptyWithMore(statuses) || IsEmptyWithMore(texts))
        {
            return ([], places with
            {
                Documents = IsEmptyWithMore(documents) ? documents.Next : places.Documents,
                Statuses = IsEmptyWithMore(statuses) ? statuses.Next : places.Statuses,
                Texts = IsEmptyWithMore(texts) ? texts.Next : places.Texts,
            });
        }

        var bound = Least(Least(Bound(documents), Bound(statuses)), Bound(texts));
        var joined = new SortedDictionary<string, ListedDocument>(StringComparer.Ordinal);
        Add(documents, (found, blob) => found with { Blob = blob });
        Add(statuses, (found, status) => found with { Status = status });
        Add(texts, (found, at) => found with { TextAt = at });
        return (
            [.. joined.Values],
            new ListingPlaces(Next(documents, places.Documents), Next(statuses, places.Statuses), Next(texts, places.Texts), Later(places.After, bound ?? Last())));

        void Add<T>(ListingPage<T> page, Func<ListedDocument, T, ListedDocument> with)
        {
            foreach (var (name, value) in page.Items)
            {
                if (string.CompareOrdinal(name, places.After) <= 0 || (bound is not null && string.CompareOrdinal(name, bound) > 0)) continue;
                joined[name] = with(joined.GetValueOrDefault(name) ?? new ListedDocument(name, null, null, null), value);
            }
        }

        ListingPlace Next<T>(ListingPage<T> page, ListingPlace place) =>
            bound is null || page.Items.Count == 0 || string.CompareOrdinal(page.Items[^1].Key, bound) <= 0 ? page.Next : place;

        string Last() => joined.Count == 0 ? places.After : joined.Keys.Last();
    }

    private static bool IsEmptyWithMore<T>(ListingPage<T> page) => page is { Items.Count: 0, Next.Ended: false };

    private static string? Bound<T>(ListingPage<T> page) => page.Next.Ended ? null : page.Items[^1].Key;

    // A page that is read again may have lost its last names meanwhile.
    private static string Later(string a, string b) => string.CompareOrdinal(a, b) >= 0 ? a : b;

    private static string? Least(string? a, string? b) => a is null ? b : b is null || string.CompareOrdinal(a, b) <= 0 ? a : b;
}
