namespace Serverless.Local.Search.Filters;

/// <summary>The filters that an index was last asked with, each with what is known of it. Not thread-safe.</summary>
internal sealed class RecentFilters
{
    /// <summary>Each takes a byte a document.</summary>
    private const int Most = 16;

    private readonly LinkedList<(string Text, FilteredSlots Slots)> _recent = new();

    /// <param name="make">Compiles it.</param>
    public FilteredSlots Get(string text, Func<FilteredSlots> make)
    {
        var node = _recent.First;
        while (node is not null && node.Value.Text != text) node = node.Next;
        if (node is null)
        {
            node = new((text, make()));
            if (_recent.Count == Most) _recent.RemoveLast();
        }
        else
        {
            _recent.Remove(node);
        }

        _recent.AddFirst(node);
        return node.Value.Slots;
    }

    /// <inheritdoc cref="FilteredSlots.Forget"/>
    public void Forget(int slot)
    {
        foreach (var (_, slots) in _recent) slots.Forget(slot);
    }
}
