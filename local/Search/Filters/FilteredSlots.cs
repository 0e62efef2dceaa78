namespace Serverless.Local.Search.Filters;

/// <summary>
/// Which documents a filter accepts, asked once for each as it is, however often the filter comes: an app sends the same few again and again, and what they look at lies all over the memory. Calls of <see cref="Accepts"/> may
/// run side by side; all others come from whoever holds the index's lock.
/// </summary>
/// <param name="filter">Over a document's values.</param>
/// <param name="at">The searchable document of a slot.</param>
internal sealed class FilteredSlots(Func<object?[], bool> filter, Func<int, IndexedDocument> at)
{
    private const byte Unknown = 0, Accepted = 1, Refused = 2;

    private byte[] _known = [];

    /// <summary>Makes room for what may be asked next.</summary>
    /// <param name="slots">All slots are below.</param>
    public void Reserve(int slots)
    {
        if (_known.Length < slots) Array.Resize(ref _known, Math.Max(slots, 2 * _known.Length));
    }

    /// <param name="slot">Of a searchable document, within what was reserved.</param>
    public bool Accepts(int slot)
    {
        var known = _known[slot];
        // Two that ask at once find the same.
        if (known == Unknown) _known[slot] = known = filter(at(slot).Values) ? Accepted : Refused;
        return known == Accepted;
    }

    /// <summary>A slot's document is another now, or gone.</summary>
    public void Forget(int slot)
    {
        if (slot < _known.Length) _known[slot] = Unknown;
    }
}
