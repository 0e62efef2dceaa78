using System.Text.RegularExpressions;
using Serverless.Local.Search.Filters;
using Serverless.Local.Search.Schema;
using Serverless.Local.Search.Storage;
using Serverless.Local.Search.Text;
using Serverless.Local.Search.Vectors;

namespace Serverless.Local.Search;

/// <summary>
/// One index: what has been written, durable at once, and what can be searched, which follows after the visibility delay.
/// Not thread-safe: the emulator holds one lock.
/// </summary>
internal sealed partial class SearchIndex : IDisposable
{
    private const int FewSlots = 1000;

    private readonly SearchStore _store;
    private readonly TimeProvider _time;
    private readonly TimeSpan _visibilityDelay;
    private readonly Dictionary<string, IndexedDocument> _written = new(StringComparer.Ordinal);
    private readonly Queue<(DateTimeOffset Due, string Key, IndexedDocument? Document)> _pending = new();
    private readonly SortedDictionary<int, IndexedDocument> _visible = [];
    private readonly List<IndexedDocument?> _bySlot = [];
    private readonly Dictionary<string, IndexedDocument> _visibleByKey = new(StringComparer.Ordinal);
    private readonly Dictionary<int, VectorRows> _vectors;
    private readonly RecentFilters _filters = new();
    private readonly ValueSlots _values;
    private int _nextSlot;

    public SearchIndex(IndexSchema schema, string etag, SearchStore store, TimeProvider time, TimeSpan visibilityDelay)
    {
        Schema = schema;
        ETag = etag;
        _store = store;
        _time = time;
        _visibilityDelay = visibilityDelay;
        _values = new ValueSlots(schema, _visible.Values);
        Text = new TextIndex(schema);
        _vectors = schema.Fields.Where(field => field.IsSearchable && field.IsVector).ToDictionary(field => field.Ordinal, field => new VectorRows(field));
        foreach (var document in store.ReadDocuments(schema))
        {
            _written[document.Key] = document;
            _nextSlot = document.Slot + 1;
            Show(document.Key, document);
        }
    }

    public IndexSchema Schema { get; }

    public string ETag { get; }

    /// <summary>The searchable documents in slot order.</summary>
    public SortedDictionary<int, IndexedDocument> Documents
    {
        get
        {
            ShowDue();
            return _visible;
        }
    }

    /// <summary>The searchable document of a slot.</summary>
    public IndexedDocument At(int slot) => _bySlot[slot] ?? throw new InvalidOperationException($"Slot {slot} holds no document.");

    public TextIndex Text { get; }

    /// <summary>Whether a filter accepts a searchable slot. Good until the next change of the index.</summary>
    /// <exception cref="SearchException">The filter is malformed, or does not fit the index.</exception>
    public Func<int, bool> Accepting(string filter)
    {
        var slots = _filters.Get(filter, () => new FilteredSlots(FilterCompiler.Compile(Schema, FilterParser.Parse(filter)), At));
        slots.Reserve(_bySlot.Count);
        return slots.Accepts;
    }

    /// <summary>The searchable slots that a filter accepts, in order. Good until the next change of the index.</summary>
    /// <exception cref="SearchException">The filter is malformed, or does not fit the index.</exception>
    public IEnumerable<int> Matching(string filter)
    {
        var expression = FilterParser.Parse(filter);
        if (_values.Candidates(expression) is not { } few || few.Count > Math.Max(FewSlots, _visible.Count / 8)) return _visible.Keys.Where(Accepting(filter));
        // What asks for single documents seldom comes twice.
        var predicate = FilterCompiler.Compile(Schema, expression);
        return few.Where(slot => predicate(At(slot).Values));
    }

    /// <summary>The vectors of a searchable vector field.</summary>
    public VectorRows Vectors(IndexField field) => _vectors[field.Ordinal];

    public void Dispose() => Text.Dispose();

    public IndexedDocument? Find(string key)
    {
        ShowDue();
        return _visibleByKey.GetValueOrDefault(key);
    }

    /// <summary>Applies a batch in order; each action succeeds or fails by itself.</summary>
    /// <param name="fault">A status to refuse an action with; 0 for none.</param>
    public List<IndexActionResult> Apply(IReadOnlyList<IndexAction> actions, Func<string, int> fault)
    {
        var results = new List<IndexActionResult>(actions.Count);
        var changes = new Dictionary<string, IndexedDocument?>(StringComparer.Ordinal);
        foreach (var action in actions)
            results.Add(Apply(action, changes, fault));
        _store.WriteDocuments(Schema, changes.Select(change => (change.Key, change.Value)));
        var due = _time.GetUtcNow() + _visibilityDelay;
        foreach (var (key, document) in changes)
        {
            if (document is null)
                _written.Remove(key);
            else
                _written[key] = document;
            _pending.Enqueue((due, key, document));
        }

        return results;
    }

    /// <summary>Null everywhere, but an empty collection for a collection.</summary>
    public static object?[] EmptyValues(IndexSchema schema) =>
        [.. schema.Fields.Select(field => field.IsCollection && !field.IsVector ? Array.Empty<object>() : null)];

    private IndexActionResult Apply(IndexAction action, Dictionary<string, IndexedDocument?> changes, Func<string, int> fault)
    {
        var key = action.Document.TryGetProperty(Schema.Key.Name, out var property) && property.ValueKind == System.Text.Json.JsonValueKind.String ? property.GetString()! : "";
        if (!KeyPattern().IsMatch(key))
            return new IndexActionResult(key, 400, $"The key field '{Schema.Key.Name}' must have 1 to 1024 letters, digits, underscores, dashes or equal signs, and not begin with an underscore.");
        if (fault(key) is var status and > 0)
            return new IndexActionResult(key, status, "Injected fault.");
        var current = changes.TryGetValue(key, out var change) ? change : _written.GetValueOrDefault(key);
        if (action.Kind == "delete")
        {
            changes[key] = null;
            return new IndexActionResult(key, 200);
        }

        if (action.Kind == "merge" && current is null)
            return new IndexActionResult(key, 404, "Document not found.");
        try
        {
            var values = action.Kind == "upload" || current is null ? EmptyValues(Schema) : [.. current.Values];
            Fill(values, action.Document);
            changes[key] = IndexedDocument.Create(Schema, current?.Slot ?? _nextSlot++, values);
            return new IndexActionResult(key, current is null ? 201 : 200);
        }
        catch (SearchException invalid)
        {
            return new IndexActionResult(key, 400, invalid.Message);
        }
    }

    private void Fill(object?[] values, System.Text.Json.JsonElement document)
    {
        foreach (var property in document.EnumerateObject())
        {
            if (property.Name.StartsWith('@'))
                continue;
            var field = Schema.Find(property.Name)
                ?? throw SearchException.BadRequest($"The property '{property.Name}' does not exist on index '{Schema.Name}'.");
            values[field.Ordinal] = FieldValue.Read(field, property.Value);
        }
    }

    private void ShowDue()
    {
        if (_pending.Count == 0)
            return;
        var now = _time.GetUtcNow();
        while (_pending.TryPeek(out var next) && next.Due <= now)
        {
            _pending.Dequeue();
            Show(next.Key, next.Document);
        }
    }

    private void Show(string key, IndexedDocument? document)
    {
        // A document that was deleted and comes again has another slot.
        var isReplaced = _visibleByKey.Remove(key, out var previous) && previous.Slot == document?.Slot;
        if (previous is not null)
        {
            _filters.Forget(previous.Slot);
            _values.Remove(previous);
        }

        if (previous is not null && !isReplaced)
        {
            _visible.Remove(previous.Slot);
            _bySlot[previous.Slot] = null;
            Text.Remove(previous.Slot);
            foreach (var rows in _vectors.Values)
                rows.Remove(previous.Slot);
        }

        if (document is null)
            return;
        _visibleByKey[key] = document;
        _visible[document.Slot] = document;
        while (_bySlot.Count <= document.Slot) _bySlot.Add(null);
        _bySlot[document.Slot] = document;
        _values.Add(document);
        Text.Put(document, isNew: !isReplaced);
        foreach (var (ordinal, rows) in _vectors)
            rows.Put(document.Slot, document.Values[ordinal] as float[]);
    }

    [GeneratedRegex("^(?!_)[A-Za-z0-9_=-]{1,1024}$")]
    private static partial Regex KeyPattern();
}
