using Serverless.Functions.Clients;

namespace Serverless.Functions.Routes;

/// <summary>The routes that are not deleted, as they were at one moment, in the order of their names.</summary>
public sealed class RouteListing
{
    private readonly RouteEntry[] _entries;
    private readonly Dictionary<string, RouteEntry> _byName;

    /// <param name="entries">In any order; deleted ones are left out.</param>
    public RouteListing(IEnumerable<RouteEntry> entries)
    {
        _entries = [.. entries.Where(e => !e.Deleted)];
        Array.Sort(_entries, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        _byName = _entries.ToDictionary(e => e.Name, StringComparer.Ordinal);
    }

    public IReadOnlyList<RouteEntry> Entries => _entries;

    public RouteEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The names of all models behind all routes.</summary>
    public bool HasModel(string model) => Array.Exists(_entries, e => e.Models.Contains(model, StringComparer.Ordinal));

    /// <summary>What a caller may use, from the first name behind <paramref name="after"/> on.</summary>
    public IEnumerable<RouteEntry> Visible(Caller caller, string? after = null)
    {
        ArgumentNullException.ThrowIfNull(caller);
        for (var i = after is null ? 0 : FirstBehind(after); i < _entries.Length; i++)
        {
            if (MayUse(caller, _entries[i])) yield return _entries[i];
        }
    }

    private bool MayUse(Caller caller, RouteEntry entry) =>
        caller.MayUse(entry.Name)
        && (entry.Collection is null || caller.MayRead(entry.Collection))
        && entry.Models.All(caller.MayUseModel)
        // An answers route speaks with the model of the route that writes for it.
        && (entry.Uses.Count == 0 || Find(entry.Uses[0]) is not { } writer || writer.Models.All(caller.MayUseModel));

    private int FirstBehind(string name)
    {
        var (low, high) = (0, _entries.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (string.CompareOrdinal(_entries[middle].Name, name) > 0) high = middle;
            else low = middle + 1;
        }

        return low;
    }
}
