using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Retrieval.Context;

namespace Serverless.Functions.Tests.Retrieval;

public sealed class PassageWindowTests
{
    private static readonly Arbitrary<(List<ChunkPlace> Places, int At, int Neighbours, bool Parents)> Cases = (
        from count in Gen.Choose(1, 20)
        from headings in Gen.Elements("A", "A > B", "C", null).ListOf(count)
        from lengths in Gen.Choose(1, 30).ListOf(count)
        from gaps in Gen.Choose(-1, 5).ListOf(count)
        from at in Gen.Choose(0, count - 1)
        from neighbours in Gen.Choose(0, 3)
        from parents in Gen.Elements(true, false)
        select (Places(headings, lengths, gaps), at, neighbours, parents)).ToArbitrary();

    [Fact]
    public void Window_OfAnyChunk_HoldsItItsNeighboursAndItsSectionAndEndsWhereChunksDo() => Prop.ForAll(Cases, given =>
    {
        var (places, at, neighbours, parents) = given;
        var (start, end) = PassageWindow.Of(places, places[at].Id, neighbours, parents)!.Value;
        var held = places.Select((place, i) => (place, i)).Where(item => item.place.Start >= start && item.place.End <= end).Select(item => item.i).ToList();
        var near = Enumerable.Range(0, places.Count).Where(i => Math.Abs(i - at) <= neighbours).ToList();
        var section = Enumerable.Range(0, places.Count).Where(i => parents && places[at].Heading is { } heading && Between(i, at).All(j => places[j].Heading == heading)).ToList();
        var wanted = near.Union(section).Order().ToList();
        return wanted.All(held.Contains) && start == wanted.Min(i => places[i].Start) && end == wanted.Max(i => places[i].End);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Window_OfAChunkThatIsNotThere_IsNone() => Assert.Null(PassageWindow.Of([new ChunkPlace("a", null, 0, 5)], "b", 1, true));

    private static IEnumerable<int> Between(int one, int other) => Enumerable.Range(Math.Min(one, other), Math.Abs(one - other) + 1);

    private static List<ChunkPlace> Places(IEnumerable<string?> headings, IEnumerable<int> lengths, IEnumerable<int> gaps)
    {
        var (places, at) = (new List<ChunkPlace>(), 0);
        foreach (var ((heading, length), gap) in headings.Zip(lengths).Zip(gaps))
        {
            var start = Math.Max(0, at + gap);
            places.Add(new ChunkPlace($"k{places.Count}", heading, start, start + length));
            at = start + length;
        }

        return places;
    }
}
