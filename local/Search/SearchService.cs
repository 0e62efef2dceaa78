using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Serverless.Local.Search.Queries;
using Serverless.Local.Search.Schema;
using Serverless.Local.Search.Storage;

namespace Serverless.Local.Search;

/// <summary>All indexes of the emulator behind one lock. Thread-safe.</summary>
internal sealed class SearchService : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SearchStore _store;
    private readonly TimeProvider _time;
    private readonly TimeSpan _visibilityDelay;
    private readonly SortedDictionary<string, SearchIndex> _indexes = new(StringComparer.Ordinal);

    public SearchService(string path, TimeProvider time, TimeSpan visibilityDelay)
    {
        _store = new SearchStore(path);
        _time = time;
        _visibilityDelay = visibilityDelay;
        foreach (var (schema, etag) in _store.ReadIndexes().ToArray())
            _indexes[schema.Name] = new SearchIndex(schema, etag, _store, time, visibilityDelay);
    }

    public void Dispose()
    {
        foreach (var index in _indexes.Values)
            index.Dispose();
        _store.Dispose();
    }

    public IReadOnlyList<(IndexSchema Schema, string ETag)> List()
    {
        lock (_lock)
            return [.. _indexes.Values.Select(index => (index.Schema, index.ETag))];
    }

    public (IndexSchema Schema, string ETag) Get(string name)
    {
        lock (_lock)
            return Find(name) is var index ? (index.Schema, index.ETag) : default;
    }

    /// <param name="allowUpdate">PUT may; POST answers 409 when the index exists.</param>
    /// <param name="ifMatch">The ETag that the index must have, <c>*</c> for any; null: no condition.</param>
    /// <param name="ifNoneMatch"><c>*</c>: only create.</param>
    public (IndexSchema Schema, string ETag, bool Created) Put(JsonObject definition, bool allowUpdate, string? ifMatch, string? ifNoneMatch)
    {
        var schema = IndexSchema.Parse(definition);
        lock (_lock)
        {
            var current = _indexes.GetValueOrDefault(schema.Name);
            if (current is not null && !allowUpdate)
                throw new SearchException(409, $"Cannot create index '{schema.Name}' because it already exists.", "ResourceNameAlreadyInUse");
            ThrowUnlessMatched(current, ifMatch);
            if (current is not null && ifNoneMatch == "*")
                throw PreconditionFailed();
            current?.Schema.ThrowIfIncompatible(schema);
            var etag = $"\"0x{Convert.ToHexString(RandomNumberGenerator.GetBytes(8))}\"";
            _store.WriteIndex(schema, etag);
            current?.Dispose();
            _indexes[schema.Name] = new SearchIndex(schema, etag, _store, _time, _visibilityDelay);
            return (schema, etag, current is null);
        }
    }

    public void Delete(string name, string? ifMatch)
    {
        lock (_lock)
        {
            var current = _indexes.GetValueOrDefault(name);
            ThrowUnlessMatched(current, ifMatch);
            if (current is null)
                throw SearchException.NoIndex(name);
            _store.DeleteIndex(name);
            _indexes.Remove(name);
            current.Dispose();
        }
    }

    public (long Documents, long Bytes, long VectorBytes) Statistics(string name)
    {
        lock (_lock)
        {
            var index = Find(name);
            var vectorBytes = index.Documents.Values.Sum(document => document.Values.OfType<float[]>().Sum(vector => (long)vector.Length * sizeof(float)));
            return (index.Documents.Count, _store.Size(name), vectorBytes);
        }
    }

    public List<IndexActionResult> Apply(string name, IReadOnlyList<IndexAction> actions, Func<string, int> fault)
    {
        lock (_lock)
            return Find(name).Apply(actions, fault);
    }

    public (IndexSchema Schema, SearchPage Page) Search(string name, SearchRequest request)
    {
        lock (_lock)
        {
            var index = Find(name);
            return (index.Schema, new SearchQuery(index, request).Run());
        }
    }

    public (IndexSchema Schema, IndexedDocument Document) Lookup(string name, string key)
    {
        lock (_lock)
        {
            var index = Find(name);
            return (index.Schema, index.Find(key) ?? throw new SearchException(404, "The document was not found."));
        }
    }

    public int Count(string name)
    {
        lock (_lock)
            return Find(name).Documents.Count;
    }

    private SearchIndex Find(string name) => _indexes.GetValueOrDefault(name) ?? throw SearchException.NoIndex(name);

    private static void ThrowUnlessMatched(SearchIndex? current, string? ifMatch)
    {
        if (ifMatch is not null && (current is null || (ifMatch != "*" && ifMatch != current.ETag)))
            throw PreconditionFailed();
    }

    private static SearchException PreconditionFailed() => new(412, "The precondition given in one of the request headers evaluated to false. No change was made to the resource from this request.");
}
