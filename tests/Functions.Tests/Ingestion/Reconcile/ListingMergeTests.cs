using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Ingestion.Reconcile;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Tests.Ingestion.Reconcile;

public sealed class ListingMergeTests
{
    /// <summary>Whatever the listings and the sizes of their pages, every name is seen once, in order, with all that any listing says of it.</summary>
    [Fact]
    public void Merge_AnyListingsInAnyPages_JoinsThemByName()
    {
        var names = Gen.Choose(0, 60).Select(i => $"n{i:D2}").ListOf().Select(list => list.Distinct().Order(StringComparer.Ordinal).ToList());
        var cases = from documents in names
                    from statuses in names
                    from texts in names
                    from size in Gen.Choose(1, 7)
                    select (documents, statuses, texts, size);
        Prop.ForAll(cases.ToArbitrary(), item =>
        {
            var expected = item.documents.Union(item.statuses).Union(item.texts).Order(StringComparer.Ordinal)
                .Select(name => (name, item.documents.Contains(name), item.statuses.Contains(name), item.texts.Contains(name)));
            var seen = ReadAll(item.documents, item.statuses, item.texts, item.size, out _)
                .Select(document => (document.Name, document.Blob is not null, document.Status is not null, document.TextAt is not null));
            return expected.SequenceEqual(seen);
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>What is held between two steps, and what a step sees, does not grow with the collection.</summary>
    [Fact]
    public void Merge_TenThousandDocuments_HoldsThreePagesAtMost()
    {
        List<string> Names(int every) => [.. Enumerable.Range(0, 10_000).Where(i => i % every != 1).Select(i => $"folder/{i:D6}.md")];
        var seen = ReadAll(Names(2), Names(3), Names(5), DocumentSweep.PageSize, out var largest);
        // All but those of i % 30 == 1, which are in no listing.
        Assert.Equal(10_000 - 334, seen.Count);
        Assert.Equal(seen.Select(document => document.Name).Distinct().Count(), seen.Count);
        Assert.InRange(largest.Documents, 1, 3 * DocumentSweep.PageSize);
        Assert.InRange(largest.State, 1, 1000);
    }

    [Fact]
    public void Merge_EmptyPageWithASuccessor_IsNotTakenForTheEnd()
    {
        var empty = new ListingPage<ListedBlob>([], new ListingPlace("more"));
        var status = new ListingPage<DocumentStatus>([KeyValuePair.Create("a", new DocumentStatus { State = DocumentState.Ready })], new ListingPlace(Ended: true));
        var (documents, next) = ListingMerge.Merge(ListingPlaces.Start, empty, status, new ListingPage<DateTimeOffset>([], new ListingPlace(Ended: true)));
        Assert.Empty(documents);
        Assert.Equal((new ListingPlace("more"), new ListingPlace()), (next.Documents, next.Statuses));
    }

    [Fact]
    public void KeyRange_FromFirstToLast_CoversEveryPrefixOnce()
    {
        Prop.ForAll(Gen.Choose(0, 2).ListOf(200).ToArbitrary(), choices =>
        {
            var covered = 0;
            var at = 0;
            for (KeyRange? range = KeyRange.First; range is not null;)
            {
                var choice = choices[at++ % choices.Count];
                if (choice == 0 && range.IsDivisible && at < 400)
                {
                    range = range.Half();
                    continue;
                }

                if (range.From != covered || string.CompareOrdinal(range.Least, range.Beyond) >= 0) return false;
                covered += range.Length;
                range = range.Next(choice == 1 || at >= 400);
            }

            return covered == KeyRange.Prefixes;
        }).QuickCheckThrowOnFailure();
    }

    private static List<ListedDocument> ReadAll(List<string> documents, List<string> statuses, List<string> texts, int size, out (int Documents, int State) largest)
    {
        var all = new List<ListedDocument>();
        largest = (0, 0);
        for (var places = ListingPlaces.Start; !places.Ended;)
        {
            var (seen, next) = ListingMerge.Merge(
                places, Page(documents, places.Documents, size, new ListedBlob("e", default)), Page(statuses, places.Statuses, size, new DocumentStatus { State = DocumentState.Ready }),
                Page(texts, places.Texts, size, DateTimeOffset.UnixEpoch));
            Assert.NotEqual(places, next);
            all.AddRange(seen);
            largest = (Math.Max(largest.Documents, seen.Count), Math.Max(largest.State, JsonSerializer.Serialize(next).Length));
            places = next;
        }

        return all;
    }

    private static ListingPage<T> Page<T>(List<string> names, ListingPlace place, int size, T value)
    {
        if (place.Ended) return new ListingPage<T>([], place);
        var from = place.Token is null ? 0 : int.Parse(place.Token, System.Globalization.CultureInfo.InvariantCulture);
        var items = names.Skip(from).Take(size).Select(name => KeyValuePair.Create(name, value)).ToList();
        return new ListingPage<T>(items, from + size >= names.Count ? new ListingPlace(Ended: true) : new ListingPlace($"{from + size}"));
    }
}
