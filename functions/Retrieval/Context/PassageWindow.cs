namespace Serverless.Functions.Retrieval.Context;

/// <summary>How far a passage reaches when it is shown with what stands around it.</summary>
public static class PassageWindow
{
    /// <param name="places">Chunks of one document in its order.</param>
    /// <param name="id">The passage's chunk.</param>
    /// <param name="neighbours">Chunks before and after it, 0 or more.</param>
    /// <param name="parents">Whether all of its section counts: the chunks around it under the same headings. A document without headings has no sections.</param>
    /// <returns>Offsets of the first character and after the last; null when the chunk is not among them.</returns>
    public static (int Start, int End)? Of(IReadOnlyList<ChunkPlace> places, string id, int neighbours, bool parents)
    {
        ArgumentNullException.ThrowIfNull(places);
        var at = -1;
        for (var i = 0; i < places.Count && at < 0; i++)
        {
            if (places[i].Id == id) at = i;
        }

        if (at < 0) return null;
        var (first, last) = (at, at);
        if (parents && places[at].Heading is { } heading)
        {
            while (first > 0 && places[first - 1].Heading == heading) first--;
            while (last < places.Count - 1 && places[last + 1].Heading == heading) last++;
        }

        first = Math.Min(first, Math.Max(0, at - neighbours));
        last = Math.Max(last, Math.Min(places.Count - 1, at + neighbours));
        // Chunks may overlap, and the first need not start first.
        var reached = places.Skip(first).Take(last - first + 1).ToList();
        return (reached.Min(place => place.Start), reached.Max(place => place.End));
    }
}
